// Scenarios "stats", "page" and "lists": what dashboards and scripts read, with few streams and with
// 100,000.
#include <algorithm>
#include <functional>
#include <random>

#include <fmt/format.h>

#include "bench.h"
#include "floors.h"
#include "load.h"
#include "project.h"

namespace bench {
namespace {

constexpr std::size_t kConnections = 16;
constexpr int kRareEvery = 4000;

/// 100,000 streams: one in ten blocked, 25 paused ones scattered among them.
const char* status_of(int stream) {
  if (stream % kRareEvery == 0) return "paused";
  return stream % 10 == 0 ? "blocked" : "active";
}

/// Creates streams over 64 connections; returns how many per second.
double create_streams(const Server& server, int count) {
  const Endpoint endpoint = server.over_socket();
  const Connections connections(endpoint, 64);
  std::vector<std::string> requests(connections.lanes().size());
  int created = 0;
  const auto start = Clock::now();
  run_load(
      connections.lanes(), Framing::kHttp,
      [&](std::size_t lane) -> std::string_view {
        if (created == count) return {};
        const int stream = created++;
        requests[lane] =
            endpoint.request("POST", "/api/streams",
                             fmt::format(R"({{"title":"Stream number {0}","streamId":"stream-{0}","status":"{1}"}})",
                                         stream, status_of(stream)));
        return requests[lane];
      },
      Seconds(3600));
  return count / Seconds(Clock::now() - start).count();
}

double answers_per_second(const Endpoint& endpoint, std::string_view target, Seconds duration) {
  const Connections connections(endpoint, kConnections);
  const std::string request = endpoint.request("GET", target);
  return run_load(
             connections.lanes(), Framing::kHttp, [&](std::size_t) -> std::string_view { return request; }, duration)
      .per_second;
}

/// One target over TCP beside a raw epoll server that sends the very same bytes.
Row compare_with_raw(Run& run, const Server& server, std::string name, const std::string& target,
                     std::optional<Goal> goal) {
  const RawServer raw(listen_tcp(), std::string(HttpConnection(server.over_tcp()).get(target)));
  Paired speed;
  for (int round = 0; round < run.times(10); ++round) {
    speed.floor.push_back(answers_per_second(raw.endpoint(), target, run.seconds(1)));
    speed.measured.push_back(answers_per_second(server.over_tcp(), target, run.seconds(1)));
  }
  return paired_row(std::move(name), speed, "/s", "raw epoll, same bytes", goal);
}

/// The same while one agent writes without pause, so that whatever is kept per revision lives short.
Row compare_while_writing(Run& run, const Server& server) {
  const Endpoint tcp = server.over_tcp();
  const Connections readers(tcp, kConnections);
  const Connections writer(server.over_socket(), 1);
  std::vector<Lane> lanes(readers.lanes().begin(), readers.lanes().end());
  lanes.push_back(writer.lanes().front());
  const std::string read = tcp.request("GET", "/api/stats");
  std::string write;
  int written = 0;
  const auto next = [&](std::size_t lane) -> std::string_view {
    if (lane < kConnections) return read;
    write = server.over_socket().request("PATCH", "/api/streams/stream-1",
                                         fmt::format(R"({{"progress":{}}})", 1 + ++written % 99));
    return write;
  };
  const LoadResult result = run_load(lanes, Framing::kHttp, next, run.seconds(3));
  const double writes_share =
      static_cast<double>(result.answers.back()) / static_cast<double>(result.latencies_us.size());
  return {.name = "GET /api/stats, many streams, 1 writer",
          .measured = result.per_second * (1 - writes_share),
          .unit = "/s",
          .note = fmt::format("and {:.0f} writes/s", result.per_second * writes_share)};
}

/// A server with 100,000 streams (10,000 in a quick run), and a row saying how fast they came.
Server fill(Run& run, const Project& project) {
  Server server = project.start();
  const int count = run.times(100'000);
  run.report({.name = fmt::format("creating {} streams, 64 connections", count),
              .measured = create_streams(server, count),
              .unit = "/s"});
  return server;
}

/// Times pages of 20 in turns with a raw answer of the same bytes.
class PageTimer {
 public:
  PageTimer(Run& run, const Server& server)
      : server_(server.over_socket()),
        raw_process_(listen_unix(run.make_directory() / "raw.sock"), std::string(server_.get("/api/streams?limit=20"))),
        raw_(raw_process_.endpoint()) {}

  /// Reads one page; returns the cursor of the next, empty behind the last.
  std::string read(const std::string& target) {
    auto start = Clock::now();
    raw_.get(target);
    times_.floor.push_back(since(start).count() / 1000);
    start = Clock::now();
    const std::string_view answer = server_.get(target);
    times_.measured.push_back(since(start).count() / 1000);
    const auto cursor = find_member(answer, "nextCursor");
    return cursor && *cursor != "null" ? std::string(*cursor) : std::string();
  }

  /// The row of the pages read since the last report.
  void report(Run& run, std::string name) {
    const double p99 = percentile(times_.measured, 0.99);
    Row row =
        paired_row(std::move(name), times_, "ms", "raw epoll, same bytes", Goal{Judged::kMeasured, Bound::kAtMost, 1});
    row.note = fmt::format("{} pages, p99 {:.3f} ms", times_.measured.size(), p99);
    run.report(std::move(row));
    times_ = {};
  }

  /// A change, so that whatever is kept per revision is of no more use.
  void change(const std::string& stream, int progress) {
    server_.send("PATCH", "/api/streams/" + stream, fmt::format(R"({{"progress":{}}})", progress));
  }

 private:
  HttpConnection server_;
  RawServer raw_process_;
  HttpConnection raw_;
  Paired times_;
};

std::string after(const std::string& target, const std::string& cursor) {
  return cursor.empty() ? target : target + "&cursor=" + cursor;
}

/// Follows the cursors of `target`; returns them.
std::vector<std::string> walk(PageTimer& pages, const std::string& target, int limit) {
  std::vector<std::string> cursors;
  std::string cursor = pages.read(target);
  for (int page = 1; page < limit && !cursor.empty(); ++page) {
    cursors.push_back(cursor);
    cursor = pages.read(after(target, cursor));
  }
  return cursors;
}

}  // namespace

void measure_stats(Run& run) {
  const Goal goal{Judged::kRatio, Bound::kAtLeast, 0.6};
  {
    const Project project(run);
    const Server server = project.start();
    create_streams(server, 20);
    run.report(compare_with_raw(run, server, "GET /api/stats, 20 streams", "/api/stats", goal));
  }
  const Project project(run);
  const Server server = fill(run, project);
  run.report(compare_with_raw(run, server, "GET /api/stats, many streams", "/api/stats", goal));
  run.report(compare_while_writing(run, server));
}

void measure_page(Run& run) {
  const Project project(run);
  const Server server = fill(run, project);
  PageTimer pages(run, server);
  const std::string target = "/api/streams?limit=20";
  const int most = run.times(3000);

  auto cursors = walk(pages, target, most);
  pages.report(run, "page of 20, walking the cursors");

  // Old cursors in random order, each after a change: no page can come from a cache.
  std::shuffle(cursors.begin(), cursors.end(), std::mt19937(1));
  int progress = 0;
  for (const auto& cursor : cursors) {
    pages.change("stream-1", 1 + ++progress % 99);
    pages.read(after(target, cursor));
  }
  pages.report(run, "page of 20, anywhere, after a change");

  for (int i = 0; i < run.times(300); ++i) {
    pages.change("stream-1", 1 + ++progress % 99);
    pages.read(target);
  }
  pages.report(run, "first page of 20, after a change");

  walk(pages, target + "&status=blocked", most);
  pages.report(run, "page of 20, status of one in 10");

  for (int i = 0; i < run.times(100); ++i) {
    pages.change("stream-1", 1 + ++progress % 99);
    walk(pages, target + "&status=paused", 2);
  }
  pages.report(run, "page of 20, status of one in 4000");
}

void measure_lists(Run& run) {
  const Project project(run);
  const Server server = project.start();
  create_streams(server, 1000);
  run.report(compare_with_raw(run, server, "GET /api/streams, 1,000 rows", "/api/streams", {}));
}

}  // namespace bench
