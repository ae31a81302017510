// Scenarios "read" and "write": one agent, one call at a time, over stdio, on a warm server.
#include <functional>

#include <fmt/format.h>

#include "bench.h"
#include "floors.h"
#include "project.h"

namespace bench {
namespace {

constexpr std::string_view kStream = R"({"streamId":"bench-stream","title":"A stream to work on",)"
                                     R"("category":"backend","priority":"high"})";

struct Latency {
  double p50;
  double p99;
};

/// `request(i)` is built before the clock starts.
Latency time_calls(Agent& agent, int count, const std::function<std::string(int)>& request) {
  std::vector<double> latencies;
  for (int i = 0; i < count; ++i) {
    const std::string line = request(i);
    const auto start = Clock::now();
    agent.exchange(line);
    latencies.push_back(since(start).count());
  }
  return {median(latencies), percentile(latencies, 0.99)};
}

double time_hops(FourHops& hops, int count, const std::string& line) {
  std::vector<double> latencies;
  for (int i = 0; i < count; ++i) {
    const auto start = Clock::now();
    hops.exchange(line);
    latencies.push_back(since(start).count());
  }
  return median(latencies);
}

Row tail_row(std::string name, const std::vector<double>& p99) {
  return {.name = std::move(name), .measured = median(p99), .unit = "µs"};
}

}  // namespace

void measure_read(Run& run) {
  const Project project(run);
  Agent agent(project);
  agent.initialize();
  agent.call("add_stream", kStream);
  const auto request = [](int i) { return call_request(i, "get_stream", R"({"streamId":"bench-stream"})"); };
  FourHops hops(run.make_directory(), agent.exchange(request(1)).size() + 1);

  const int calls = run.times(1000);
  Paired read;
  std::vector<double> p99;
  for (int round = 0; round < run.times(20); ++round) {
    read.floor.push_back(time_hops(hops, calls, request(1)));
    const Latency latency = time_calls(agent, calls, request);
    read.measured.push_back(latency.p50);
    p99.push_back(latency.p99);
  }
  run.report(paired_row("get_stream over stdio p50", read, "µs", "bare four hops, same sizes",
                        Goal{Judged::kMeasured, Bound::kAtMost, 120}));
  run.report(tail_row("get_stream over stdio p99", p99));
}

void measure_write(Run& run) {
  const Project project(run);
  DurableCommits commits(run.make_directory());
  Agent agent(project);
  agent.initialize();
  agent.call("add_stream", kStream);
  int written = 0;
  const auto request = [&](int i) {
    return call_request(i, "update_stream",
                        fmt::format(R"({{"streamId":"bench-stream","progress":{}}})", 1 + ++written % 99));
  };
  // The server's WAL, too, is measured while it is being reused.
  time_calls(agent, run.times(2000), request);

  Paired write;
  std::vector<double> p99;
  for (int round = 0; round < run.times(10); ++round) {
    write.floor.push_back(commits.measure(Seconds(0.5)).p50_us);
    const Latency latency = time_calls(agent, run.times(2500), request);
    write.measured.push_back(latency.p50);
    p99.push_back(latency.p99);
  }
  run.report(paired_row("update_stream over stdio p50", write, "µs", "one durable commit, p50",
                        Goal{Judged::kRatio, Bound::kAtMost, 2.5}));
  run.report(tail_row("update_stream over stdio p99", p99));
}

}  // namespace bench
