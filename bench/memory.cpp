// Scenario "memory": 200 agents and their server, by proportional set size, so that pages that
// processes share count once.
#include "bench.h"
#include "floors.h"
#include "writing.h"

namespace bench {
namespace {

constexpr std::size_t kAgents = 200;

double median_pss_of_echoes(const EmptyProgram& program) {
  std::vector<std::unique_ptr<Child>> children;
  std::vector<double> sizes;
  for (std::size_t i = 0; i < kAgents; ++i) {
    auto& child = children.emplace_back(std::make_unique<Child>(program.echo()));
    child->write_line("hello");
    child->read_line();
  }
  sizes.reserve(kAgents);
  for (const auto& child : children) sizes.push_back(pss_kib(child->pid()));
  return median(sizes);
}

}  // namespace

void measure_memory(Run& run) {
  const EmptyProgram program(run);
  const Project project(run);
  const Server server = project.start();
  WrittenStreams streams(server, 32);

  const double floor = median_pss_of_echoes(program);
  const auto agents = start_agents(project, kAgents);
  std::vector<double> sizes;
  sizes.reserve(kAgents);
  for (const auto& agent : agents) sizes.push_back(pss_kib(agent->child().pid()));
  run.report({.name = "200 agents, PSS of each",
              .measured = median(sizes),
              .unit = "KiB",
              .floor = floor,
              .floor_name = "200 empty echoes",
              .ratio = median(sizes) / floor,
              .goal = Goal{Judged::kMeasured, Bound::kAtMost, 300}});

  streams.load_socket(32, run.seconds(5));
  run.report({.name = "server, PSS after 32 writers for 5 s",
              .measured = pss_kib(server.pid) / 1024,
              .unit = "MiB",
              .goal = Goal{Judged::kMeasured, Bound::kAtMost, 20},
              .note = "200 agents connected"});
}

}  // namespace bench
