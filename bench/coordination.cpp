// Scenarios "claim", "agent-list" and "wait": what agents that work together wait for, over stdio on a warm server.
#include <fmt/format.h>

#include "bench.h"
#include "floors.h"
#include "load.h"
#include "project.h"
#include "writing.h"

namespace bench {
namespace {

constexpr std::size_t kWaiting = 200;

/// Creates ready streams over 64 connections.
void create_ready_streams(const Server& server, int count) {
  const Endpoint endpoint = server.over_socket();
  const Connections connections(endpoint, 64);
  std::vector<std::string> requests(connections.lanes().size());
  int created = 0;
  run_load(
      connections.lanes(), Framing::kHttp,
      [&](std::size_t lane) -> std::string_view {
        if (created == count) return {};
        requests[lane] = endpoint.request("POST", "/api/streams",
                                          fmt::format(R"({{"title":"Ready {0}","streamId":"ready-{0}"}})", created));
        ++created;
        return requests[lane];
      },
      Seconds(3600));
}

/// Until the server counts so many calls that wait.
void await_waiters(HttpConnection& connection, std::size_t count) {
  const auto start = Clock::now();
  const std::string wanted = std::to_string(count);
  for (;;) {
    const auto waiting = find_member(connection.get("/api/health"), "waiting");
    if (waiting && *waiting == wanted) return;
    if (since(start) > Seconds(30)) fail(fmt::format("wait: {} calls wait, not {}", waiting.value_or("no"), count));
  }
}

}  // namespace

void measure_claim(Run& run) {
  const Project project(run);
  const Server server = project.start();
  DurableCommits commits(run.make_directory());
  Agent agent(project);
  agent.initialize();
  const int per_round = run.times(500);
  const int rounds = run.times(10);
  create_ready_streams(server, per_round * rounds + 2000);
  for (int i = 0; i < 2000; ++i) agent.call("claim_stream", "{}");  // the WAL is being reused from here on

  Paired claim;
  for (int round = 0; round < rounds; ++round) {
    claim.floor.push_back(commits.measure(Seconds(0.5)).p50_us);
    std::vector<double> latencies;
    for (int i = 0; i < per_round; ++i) {
      const std::string request = call_request(i, "claim_stream", "{}");
      const auto start = Clock::now();
      agent.exchange(request);
      latencies.push_back(since(start).count());
    }
    claim.measured.push_back(median(latencies));
  }
  run.report(paired_row("claim_stream, the best ready one, p50", claim, "µs", "one durable commit, p50",
                        Goal{Judged::kRatio, Bound::kAtMost, 2.5}));
}

void measure_agent_list(Run& run) {
  const Project project(run);
  const Server server = project.start();
  create_ready_streams(server, 10'000);
  Agent agent(project);
  agent.initialize();
  HttpConnection writer(server.over_socket());
  const std::string request = call_request(1, "list_streams", "{}");
  const FourHops hops(run.make_directory(), agent.exchange(request).size() + 1);

  // As it was asked before, and each time after a change: what is kept per revision is of no use then.
  for (const bool changes : {false, true}) {
    Paired list;
    int progress = 0;
    for (int round = 0; round < run.times(10); ++round) {
      std::vector<double> floor;
      std::vector<double> measured;
      for (int i = 0; i < run.times(300); ++i) {
        if (changes)
          writer.send("PATCH", "/api/streams/ready-1", fmt::format(R"({{"progress":{}}})", 1 + ++progress % 99));
        auto start = Clock::now();
        hops.exchange(request);
        floor.push_back(since(start).count());
        start = Clock::now();
        agent.exchange(request);
        measured.push_back(since(start).count());
      }
      list.floor.push_back(median(floor));
      list.measured.push_back(median(measured));
    }
    run.report(paired_row(changes ? "list of 20 from 10,000, after a change, p50" : "list of 20 from 10,000, p50", list,
                          "µs", "bare four hops, same sizes", Goal{Judged::kMeasured, Bound::kAtMost, 200}));
  }
}

void measure_wait(Run& run) {
  const Project project(run);
  const Server server = project.start();
  HttpConnection connection(server.over_socket());
  Agent writer(project);
  writer.initialize();
  writer.call("add_stream", R"({"title":"Work","streamId":"work"})");
  {
    Agent waiter(project);
    waiter.initialize();
    waiter.call("get_version", "{}");
    std::vector<double> late;
    for (int i = 0; i < run.times(500); ++i) {
      waiter.send(call_request(i, "wait_for_change", R"({"timeoutSeconds":50})"));
      await_waiters(connection, 1);
      writer.call("update_stream", fmt::format(R"({{"streamId":"work","progress":{}}})", 1 + i % 99));
      const auto acknowledged = Clock::now();
      waiter.receive();
      late.push_back(ms(since(acknowledged)));
    }
    run.report({.name = "change acknowledged → its waiter has it, p50",
                .measured = median(late),
                .unit = "ms",
                .goal = Goal{Judged::kMeasured, Bound::kAtMost, 2},
                .note = fmt::format("p99 {:.2f} ms", percentile(late, 0.99))});
  }
  auto waiting = start_agents(project, kWaiting);
  for (const auto& agent : waiting) agent->send(call_request(7, "wait_for_change", R"({"timeoutSeconds":50})"));
  await_waiters(connection, kWaiting);
  run.report({.name = "server, PSS with 200 agents waiting",
              .measured = pss_kib(server.pid) / 1024,
              .unit = "MiB",
              .goal = Goal{Judged::kMeasured, Bound::kAtMost, 25}});
  writer.call("update_stream", R"({"streamId":"work","progress":100})");
  const auto acknowledged = Clock::now();
  for (const auto& agent : waiting) agent->receive();
  run.report({.name = "change acknowledged → the last of 200 waiters has it",
              .measured = ms(since(acknowledged)),
              .unit = "ms",
              .note = "each a process of its own, on the same processors"});
}

}  // namespace bench
