// Scenarios "start" and "first-write": what an agent waits for before it can work.
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"
#include "floors.h"
#include "project.h"

namespace bench {
namespace {

/// What was prepared must not be written out while the clock runs.
void settle(const fs::path& directory) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ::syncfs(fd.get());
}

Micros time_initialize(const Project& project) {
  const auto start = Clock::now();
  Agent agent(project);
  agent.initialize();
  return since(start);
}

Micros time_first_write_of_agent(const Project& project) {
  settle(project.directory());
  const auto start = Clock::now();
  Agent agent(project);
  agent.initialize();
  agent.call("add_stream", R"({"title":"The first stream"})");
  return since(start);
}

Micros time_first_write_of_person(const Project& project) {
  settle(project.directory());
  const auto start = Clock::now();
  Child child(project.command({"add", "The first stream", "--json"}));
  child.read_line();
  const Micros answered = since(start);
  if (child.finish() != 0) fail("stream-status add: it failed on a cold project");
  return answered;
}

/// Two programs that cost nothing, a new database, one durable commit.
Micros time_first_write_floor(Run& run, const EmptyProgram& program) {
  const fs::path directory = run.make_directory();
  settle(directory);
  const auto start = Clock::now();
  Child client(program.echo());
  Child server(program.echo());
  for (Child* child : {&client, &server}) child->write_line("hello");
  for (Child* child : {&client, &server}) child->read_line();
  DurableCommits database(directory);
  database.commit();
  return since(start);
}

}  // namespace

void measure_start(Run& run) {
  const EmptyProgram program(run);
  const Project project(run);
  Paired beside_echo;
  Paired beside_empty;
  for (int i = 0; i < run.times(300); ++i) {
    beside_empty.floor.push_back(ms(time_empty_spawn(program)));
    beside_echo.floor.push_back(ms(time_echo_spawn(program)));
    const double ours = ms(time_initialize(project));
    beside_empty.measured.push_back(ours);
    beside_echo.measured.push_back(ours);
  }
  const Goal goal{Judged::kMeasured, Bound::kAtMost, 1.5};
  run.report(paired_row("spawn → initialize", beside_echo, "ms", "spawn of an empty echo", goal));
  run.report(paired_row("spawn → initialize", beside_empty, "ms", "spawn → exit, empty", {}));
}

void measure_first_write(Run& run) {
  const EmptyProgram program(run);
  Paired agent;
  Paired person;
  for (int i = 0; i < run.times(40); ++i) {
    const double floor = ms(time_first_write_floor(run, program));
    agent.floor.push_back(floor);
    person.floor.push_back(floor);
    const Project cold(run);
    agent.measured.push_back(ms(time_first_write_of_agent(cold)));
    cold.stop();
    const Project colder(run);
    person.measured.push_back(ms(time_first_write_of_person(colder)));
    colder.stop();
  }
  const Goal goal{Judged::kMeasured, Bound::kAtMost, 10};
  const char* floor_name = "2 spawns, new database, 1 commit";
  run.report(paired_row("no server → first write, mcp", agent, "ms", floor_name, goal));
  run.report(paired_row("no server → first write, CLI", person, "ms", floor_name, goal));
}

}  // namespace bench
