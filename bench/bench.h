// What every scenario shares: taking samples, reporting rows, failing.
// A scenario is a function in the table of main.cpp; it drives the built programs and reports rows.
#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using Micros = std::chrono::duration<double, std::micro>;

/// Ends the scenario; main prints it and goes on with the next. Nothing here can go on after a
/// failure, so one exception that unwinds to main replaces a Result in every signature.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Message form: "doing: subject: cause".
[[noreturn]] void fail(const std::string& message);

/// As fail, with the text of errno as the cause.
[[noreturn]] void fail_errno(const std::string& message);

inline Micros since(Clock::time_point start) { return Clock::now() - start; }
inline double ms(Micros time) { return time.count() / 1000; }

/// The value below which `share` (0 to 1) of the values lie; 0 without values.
double percentile(std::vector<double> values, double share);
double median(const std::vector<double>& values);

/// One quantity of ours and its floor, measured in turns on a machine that others use too.
struct Paired {
  std::vector<double> measured;
  std::vector<double> floor;

  /// Median of the ratios of neighbours, so that a slow minute weighs on both sides.
  double ratio() const;
};

enum class Bound { kAtMost, kAtLeast };
enum class Judged { kMeasured, kRatio };

struct Goal {
  Judged what;
  Bound bound;
  double limit;
};

struct Row {
  std::string name;
  double measured = 0;
  std::string unit = {};
  std::optional<double> floor = {};
  std::string floor_name = {};
  std::optional<double> ratio = {};  ///< measured / floor
  std::optional<Goal> goal = {};
  std::string note = {};

  std::optional<bool> is_met() const;
};

/// A row of medians: what was measured in turns with the floor called `floor_name`.
Row paired_row(std::string name, const Paired& values, std::string unit, std::string floor_name,
               std::optional<Goal> goal);

enum class Length { kFull, kQuick };

/// Where one run of the program works, how long it measures, and what it has found so far.
/// Used by one thread.
class Run {
 public:
  Run(fs::path programs, fs::path scratch, Length length, std::FILE* table);

  const fs::path& programs() const { return programs_; }
  const fs::path& scratch() const { return scratch_; }

  /// A new empty directory in scratch.
  fs::path make_directory();

  /// How often, how long: as given in a full run, a tenth in a quick one.
  int times(int full) const;
  Seconds seconds(double full) const;

  void begin(std::string scenario) { scenario_ = std::move(scenario); }
  void report(Row row);

  struct Reported {
    std::string scenario;
    Row row;
  };
  const std::vector<Reported>& rows() const { return rows_; }

 private:
  fs::path programs_;
  fs::path scratch_;
  Length length_;
  std::FILE* table_;
  int directories_ = 0;
  std::string scenario_;
  std::vector<Reported> rows_;
};

// report.cpp
/// The machine, and how busy it is, above the names of the columns.
void print_header(std::FILE* table, const fs::path& scratch);
void print_row(std::FILE* table, std::string_view scenario, const Row& row);
void print_json(const Run& run);

// The scenarios, one group per file.
void measure_floors(Run& run);                // floors_alone.cpp
void measure_start(Run& run);                 // starting.cpp
void measure_first_write(Run& run);           // starting.cpp
void measure_read(Run& run);                  // calls.cpp
void measure_write(Run& run);                 // calls.cpp
void measure_writers(Run& run);               // writers.cpp
void measure_stats(Run& run);                 // reads.cpp
void measure_page(Run& run);                  // reads.cpp
void measure_lists(Run& run);                 // reads.cpp
void measure_listeners(Run& run);             // listeners.cpp
void measure_memory(Run& run);                // memory.cpp
void measure_claim(Run& run);                 // coordination.cpp
void measure_agent_list(Run& run);            // coordination.cpp
void measure_wait(Run& run);                  // coordination.cpp
void measure_git_scan(Run& run);              // git_scanning.cpp
void measure_git_scan_idle(Run& run);         // git_scanning.cpp
void measure_git_commit_to_sse(Run& run);     // git_scanning.cpp
void measure_git_reconcile(Run& run);         // git_judging.cpp
void measure_git_conflicts(Run& run);         // git_judging.cpp
void measure_git_others_meanwhile(Run& run);  // git_meanwhile.cpp

}  // namespace bench
