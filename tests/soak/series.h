// What a soak looks at, over time: samples of the server and its agents, the table they are printed as, and the rule by
// which a quantity counts as flat.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace stream_status::testing {

/// One look at everything.
struct Sample {
  double at_seconds = 0;
  double writes_per_second = 0;  ///< acknowledged, since the sample before
  double p50_ms = 0;             ///< of agents' calls since then
  double p99_ms = 0;
  std::int64_t errors = 0;  ///< since the start
  double server_pss_kib = 0;
  double server_rss_kib = 0;
  double agent_pss_kib = 0;  ///< mean of all agents
  double descriptors = 0;    ///< of the server
  double threads = 0;
  double database_kib = 0;
  double wal_kib = 0;
  double log_kib = 0;
};

/// Flat: the median of the last quarter lies at most 5 % and `allowance` above that of the second quarter. The first
/// quarter is warming up. Medians, because a checkpoint or an agent that just comes is in single samples.
struct Quantity {
  std::string_view name;
  double Sample::*value;
  double allowance;
};

inline constexpr Quantity kFlatQuantities[] = {
    {"server PSS, KiB", &Sample::server_pss_kib, 2048},
    {"agents' mean PSS, KiB", &Sample::agent_pss_kib, 64},
    {"server descriptors", &Sample::descriptors, 8},
    {"server threads", &Sample::threads, 1},
    {"WAL, KiB", &Sample::wal_kib, 4096},
};

struct Verdict {
  std::string_view name;
  double before = 0;    ///< median of the second quarter
  double after = 0;     ///< median of the last
  double limit = 0;     ///< what `after` may be at most
  double per_hour = 0;  ///< slope of the last three quarters, least squares
  bool is_flat() const { return after <= limit; }
};

/// At least 12 samples.
Verdict judge(const Quantity& quantity, const std::vector<Sample>& samples);

void print_head();
void print(const Sample& sample);
void print(const Verdict& verdict);

/// The value below which `share` (0 to 1) of the values lie; 0 without values.
double percentile(std::vector<double> values, double share);

}  // namespace stream_status::testing
