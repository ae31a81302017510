// Scenario "floors": what this machine gives, without the programs under test.
#include <fmt/format.h>

#include "bench.h"
#include "floors.h"
#include "load.h"

namespace bench {
namespace {

void report_raw_server(Run& run, RawServer server, const std::string& name) {
  const Connections connections(server.endpoint(), 16);
  const std::string request = server.endpoint().request("GET", "/api/stats");
  const auto next = [&](std::size_t) -> std::string_view { return request; };
  std::vector<double> speeds(static_cast<std::size_t>(run.times(5)));
  for (double& speed : speeds) speed = run_load(connections.lanes(), Framing::kHttp, next, run.seconds(1)).per_second;
  run.report({.name = name, .measured = median(speeds), .unit = "/s"});
}

}  // namespace

void measure_floors(Run& run) {
  const EmptyProgram program(run);
  std::vector<double> empty;
  std::vector<double> echo;
  for (int i = 0; i < run.times(300); ++i) {
    empty.push_back(time_empty_spawn(program).count() / 1000);
    echo.push_back(time_echo_spawn(program).count() / 1000);
  }
  run.report({.name = "empty spawn", .measured = median(empty), .unit = "ms"});
  run.report({.name = "echo spawn", .measured = median(echo), .unit = "ms"});

  DurableCommits commits(run.make_directory());
  std::vector<double> p50;
  std::vector<double> per_second;
  for (int round = 0; round < run.times(5); ++round) {
    const auto speed = commits.measure(Seconds(0.6));
    p50.push_back(speed.p50_us);
    per_second.push_back(speed.per_second);
  }
  run.report({.name = "durable commit p50", .measured = median(p50), .unit = "µs"});
  run.report({.name = "durable commits", .measured = median(per_second), .unit = "/s"});

  FourHops hops(run.make_directory(), 1000);
  std::vector<double> trips;
  for (int i = 0; i < run.times(20000); ++i) {
    const auto start = Clock::now();
    hops.exchange("a request of about the size that a call of a tool over stdio has, give or take");
    trips.push_back(since(start).count());
  }
  run.report({.name = "bare four hops p50", .measured = median(trips), .unit = "µs"});

  const std::string body(130, 'x');
  const std::string answer = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
  report_raw_server(run, RawServer(listen_tcp(), answer), "raw epoll answers over TCP");
  report_raw_server(run, RawServer(listen_unix(run.make_directory() / "raw.sock"), answer),
                    "raw epoll answers over a unix socket");
}

}  // namespace bench
