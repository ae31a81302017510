#include "soak/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace stream_status::testing {
namespace {

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end());
  return values[index];
}

Verdict judge(const Quantity& quantity, const std::vector<Sample>& samples) {
  const std::size_t quarter = samples.size() / 4;
  const auto median_of = [&](std::size_t from, std::size_t to) {
    std::vector<double> values;
    for (std::size_t i = from; i < to; ++i) values.push_back(samples[i].*quantity.value);
    return percentile(std::move(values), 0.5);
  };
  Verdict verdict{quantity.name, median_of(quarter, 2 * quarter), median_of(samples.size() - quarter, samples.size())};
  verdict.limit = verdict.before * 1.05 + quantity.allowance;

  double n = 0, sum_t = 0, sum_v = 0, sum_tt = 0, sum_tv = 0;
  for (std::size_t i = quarter; i < samples.size(); ++i) {
    const double t = samples[i].at_seconds / 3600;
    const double v = samples[i].*quantity.value;
    n += 1, sum_t += t, sum_v += v, sum_tt += t * t, sum_tv += t * v;
  }
  const double spread = n * sum_tt - sum_t * sum_t;
  verdict.per_hour = spread > 0 ? (n * sum_tv - sum_t * sum_v) / spread : 0;
  return verdict;
}

void print_head() {
  say(fmt::format("{:>7} {:>8} {:>7} {:>7} {:>6} {:>9} {:>9} {:>9} {:>5} {:>7} {:>9} {:>8} {:>8}", "time s", "writes/s",
                  "p50 ms", "p99 ms", "errors", "srv PSS", "srv RSS", "agent PSS", "fds", "threads", "db KiB",
                  "WAL KiB", "log KiB"));
}

void print(const Sample& s) {
  say(fmt::format(
      "{:7.0f} {:8.0f} {:7.2f} {:7.2f} {:6} {:9.0f} {:9.0f} {:9.0f} {:5.0f} {:7.0f} {:9.0f} {:8.0f} {:8.1f}",
      s.at_seconds, s.writes_per_second, s.p50_ms, s.p99_ms, s.errors, s.server_pss_kib, s.server_rss_kib,
      s.agent_pss_kib, s.descriptors, s.threads, s.database_kib, s.wal_kib, s.log_kib));
}

void print(const Verdict& verdict) {
  say(fmt::format("{:<22} {:>9.0f} -> {:>9.0f}  (at most {:.0f}; slope {:+.0f} per hour)  {}", verdict.name,
                  verdict.before, verdict.after, verdict.limit, verdict.per_hour,
                  verdict.is_flat() ? "flat" : "GROWS"));
}

}  // namespace stream_status::testing
