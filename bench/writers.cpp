// Scenario "writers": many agents write at once. Group commit is what this shows.
#include <fmt/format.h>

#include "bench.h"
#include "floors.h"
#include "writing.h"

namespace bench {
namespace {

/// One way of writing: its speed beside the bare commits, and its tail, round by round.
struct Kind {
  std::string name;
  Paired speed = {};
  std::vector<double> p99_ms = {};

  void add(double commits_per_second, const LoadResult& result) {
    speed.floor.push_back(commits_per_second);
    speed.measured.push_back(result.per_second);
    p99_ms.push_back(percentile(result.latencies_us, 0.99) / 1000);
  }

  void report(Run& run, std::optional<Goal> speed_goal, std::optional<Goal> p99_goal) const {
    run.report(paired_row(name + ", writes", speed, "/s", "bare durable commits", speed_goal));
    run.report({.name = name + ", p99", .measured = median(p99_ms), .unit = "ms", .goal = p99_goal});
  }
};

}  // namespace

void measure_writers(Run& run) {
  const Project project(run);
  const Server server = project.start();
  DurableCommits commits(run.make_directory());
  WrittenStreams streams(server, 100);
  const auto agents = start_agents(project, 32);
  const Seconds load_time = run.seconds(3);

  streams.load_socket(32, run.seconds(1));  // the server's WAL is being reused from here on
  Kind few{"32 agents on the socket"};
  Kind many{"100 agents on the socket"};
  Kind real{"32 mcp processes"};
  const auto bare = [&] { return commits.measure(Seconds(0.6)).per_second; };
  for (int round = 0; round < run.times(5); ++round) {
    double before = bare();
    few.add(before, streams.load_socket(32, load_time));
    before = bare();
    many.add(before, streams.load_socket(100, load_time));
    before = bare();
    real.add(before, streams.load_agents(agents, load_time));
  }

  const Goal speed{Judged::kRatio, Bound::kAtLeast, 2.5};
  const Goal tail{Judged::kMeasured, Bound::kAtMost, 5};
  few.report(run, speed, tail);
  many.report(run, speed, {});
  run.report(paired_row("100 agents, writes", {many.speed.measured, few.speed.measured}, "/s", "32 agents",
                        Goal{Judged::kRatio, Bound::kAtLeast, 1}));
  real.report(run, speed, tail);
  run.report({.name = "acknowledged and not stored once",
              .measured = static_cast<double>(streams.count_lost()),
              .unit = "lost",
              .goal = Goal{Judged::kMeasured, Bound::kAtMost, 0},
              .note = fmt::format("of {} acknowledged", streams.acknowledged())});
}

}  // namespace bench
