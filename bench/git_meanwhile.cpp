// Scenario "git-others-meanwhile": what other calls wait while the server is busy with git.
#include <poll.h>

#include <functional>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "git_streams.h"

namespace bench {
namespace {

constexpr auto kPause = std::chrono::milliseconds(2);

/// One agent's reads and writes, one after the other with a pause between, and how long each waited.
class Caller {
 public:
  explicit Caller(const Endpoint& endpoint) : endpoint_(endpoint) {}

  struct Waits {
    std::vector<double> reads;
    std::vector<double> writes;

    void add(const Waits& more) {
      reads.insert(reads.end(), more.reads.begin(), more.reads.end());
      writes.insert(writes.end(), more.writes.begin(), more.writes.end());
    }
  };

  Waits call_until(const std::function<bool()>& is_over) {
    HttpConnection connection(endpoint_);
    Waits waits;
    while (!is_over()) {
      auto start = Clock::now();
      connection.get("/api/streams?limit=20");
      waits.reads.push_back(ms(since(start)));
      std::this_thread::sleep_for(kPause);
      start = Clock::now();
      connection.send("PATCH", "/api/streams/stream-000", fmt::format(R"({{"progress":{}}})", 1 + ++written_ % 99));
      waits.writes.push_back(ms(since(start)));
      std::this_thread::sleep_for(kPause);
    }
    return waits;
  }

  /// Until this long call is answered.
  Waits call_during(std::string_view method, std::string_view target, std::string_view body) {
    HttpConnection connection(endpoint_);
    connection.ask(method, target, body);
    Waits waits = call_until([&] {
      pollfd readable{connection.fd(), POLLIN, 0};
      return ::poll(&readable, 1, 0) == 1;
    });
    if (const auto answer = connection.receive(); http_status(answer) / 100 != 2)
      fail(fmt::format("{} {}: {}", method, target, answer.substr(0, 1000)));
    return waits;
  }

  Waits call_alone(Seconds duration) {
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(duration);
    return call_until([&] { return Clock::now() >= end; });
  }

 private:
  Endpoint endpoint_;
  int written_ = 0;
};

void report_kind(Run& run, const std::string& name, const std::vector<double>& busy, const std::vector<double>& alone) {
  for (const auto& [share, shown] : {std::pair(0.5, "p50"), std::pair(0.99, "p99")}) {
    const double measured = percentile(busy, share);
    const double floor = percentile(alone, share);
    Row row{.name = fmt::format("{}, {}", name, shown),
            .measured = measured,
            .unit = "ms",
            .floor = floor,
            .floor_name = "the same calls, server otherwise idle",
            .ratio = measured / floor,
            .note = fmt::format("{} calls", busy.size())};
    if (share > 0.5) row.goal = Goal{Judged::kMeasured, Bound::kAtMost, 5};
    run.report(std::move(row));
  }
}

void report(Run& run, const std::string& during, const Caller::Waits& busy, const Caller::Waits& alone) {
  report_kind(run, "page of 20, during " + during, busy.reads, alone.reads);
  report_kind(run, "PATCH, during " + during, busy.writes, alone.writes);
}

}  // namespace

void measure_git_others_meanwhile(Run& run) {
  const GeneratedRepository repository =
      make_repository(run.make_directory(), run.times(9000), run.times(50), Overlap::kConflict);
  Caller::Waits alone;
  Caller::Waits scanning;
  Caller::Waits forecasting;
  for (int i = 0; i < run.times(5); ++i) {
    GitStreams streams(run, repository);
    Caller caller(streams.server().over_socket());
    alone.add(caller.call_alone(run.seconds(1)));
    scanning.add(caller.call_during("POST", "/api/commits/scan", "{}"));
    streams.restart();
    Caller next(streams.server().over_socket());
    forecasting.add(next.call_during("GET", "/api/conflicts", {}));
  }
  report(run, "a first scan", scanning, alone);
  report(run, "a first forecast", forecasting, alone);
}

}  // namespace bench
