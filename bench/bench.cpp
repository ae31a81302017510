// Samples, rows and the directories of a run.
#include "bench.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

namespace bench {

void fail(const std::string& message) { throw Failure(message); }

void fail_errno(const std::string& message) {
  const int error = errno;
  throw Failure(message + ": " + std::strerror(error));
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto last = static_cast<double>(values.size() - 1);
  const auto rank = static_cast<std::ptrdiff_t>(std::lround(share * last));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

double median(const std::vector<double>& values) { return percentile(values, 0.5); }

double Paired::ratio() const {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(measured.size(), floor.size()); ++i) ratios.push_back(measured[i] / floor[i]);
  return median(ratios);
}

std::optional<bool> Row::is_met() const {
  if (!goal) return {};
  const double value = goal->what == Judged::kRatio ? ratio.value_or(NAN) : measured;
  return goal->bound == Bound::kAtMost ? value <= goal->limit : value >= goal->limit;
}

Row paired_row(std::string name, const Paired& values, std::string unit, std::string floor_name,
               std::optional<Goal> goal) {
  return {.name = std::move(name),
          .measured = median(values.measured),
          .unit = std::move(unit),
          .floor = median(values.floor),
          .floor_name = std::move(floor_name),
          .ratio = values.ratio(),
          .goal = goal};
}

Run::Run(fs::path programs, fs::path scratch, Length length, std::FILE* table)
    : programs_(std::move(programs)), scratch_(std::move(scratch)), length_(length), table_(table) {}

fs::path Run::make_directory() {
  fs::path directory = scratch_ / std::to_string(++directories_);
  fs::create_directory(directory);
  return directory;
}

int Run::times(int full) const { return length_ == Length::kFull ? full : std::max(1, full / 10); }

Seconds Run::seconds(double full) const { return Seconds(length_ == Length::kFull ? full : full / 10); }

void Run::report(Row row) {
  print_row(table_, scenario_, row);
  rows_.push_back({scenario_, std::move(row)});
}

}  // namespace bench
