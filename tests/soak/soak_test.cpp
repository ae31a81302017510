// The real server under agents that last: for minutes or hours nothing may grow but the history, nothing acknowledged
// may be missing or there twice, and it must be the same server from beginning to end. ./test --soak [MINUTES].
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "lifecycle/lifecycle_test.h"
#include "soak/series.h"
#include "soak/visitors.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kThinking{250};  // between an agent's answer and its next call
constexpr milliseconds kReplacing{1000};

/// KiB of a line of /proc/PID/smaps_rollup; 0 when the process is gone.
double memory_kib(pid_t pid, std::string_view key) {
  std::ifstream rollup(fmt::format("/proc/{}/smaps_rollup", pid));
  for (std::string line; std::getline(rollup, line);)
    if (line.starts_with(key)) return std::atof(line.c_str() + key.size());
  return 0;
}

double file_kib(const std::string& path) {
  std::error_code absent;
  const auto size = fs::file_size(path, absent);
  return absent ? 0 : static_cast<double>(size) / 1024;
}

/// One agent after another on one stream, with a call in flight or a pause.
struct Seat {
  std::string stream;
  std::unique_ptr<Agent> agent;
  int call = 0;  ///< id of the call in flight; 0: none
  bool is_write = false;
  Clock::time_point since;  ///< of the call, or of the answer before
  int calls = 0;
  std::string written;  ///< the note in flight
  std::vector<std::string> acknowledged;
  std::set<std::string> unanswered;  ///< of agents that went away: stored or not, but not twice
};

class Soak : public LifecycleTest {
 protected:
  void seat_agent(Seat& seat) const {
    seat.agent = std::make_unique<Agent>(world);
    seat.agent->initialize();
    seat.call = 0;
    seat.since = Clock::now();
  }

  void next_call(Seat& seat) {
    const int turn = seat.calls++;
    seat.is_write = turn % 2 == 0;
    seat.since = Clock::now();
    if (seat.is_write) {
      seat.written = fmt::format("{} did step {}", seat.stream, turn);
      seat.call = seat.agent->send("update_stream",
                                   {{"streamId", seat.stream}, {"progress", turn % 101}, {"note", seat.written}});
    } else if (turn % 6 == 1) {
      seat.call = seat.agent->send("list_streams", {{"limit", 20}});
    } else if (turn % 6 == 3) {
      seat.call = seat.agent->send("get_stream", {{"streamId", seat.stream}});
    } else {
      seat.call = seat.agent->send("get_stream_stats");
    }
  }

  void take_answer(Seat& seat) {
    const ToolAnswer answer = seat.agent->take(seat.call);
    const auto now = Clock::now();
    latencies_.push_back(std::chrono::duration<double, std::milli>(now - seat.since).count());
    if (answer.is_error && ++errors_ <= 10)
      std::printf("    agent of %s: %s\n", seat.stream.c_str(), answer.text.c_str());
    if (seat.is_write && !answer.is_error) {
      seat.acknowledged.push_back(std::move(seat.written));
      ++writes_;
    } else if (seat.is_write) {
      seat.unanswered.insert(std::move(seat.written));
    }
    seat.call = 0;
    seat.since = now;
  }

  /// Every fourth is killed; the others find their input closed, as when a person ends a session.
  void replace_agent(Seat& seat) {
    if (seat.call != 0 && seat.is_write) seat.unanswered.insert(std::move(seat.written));
    if (replaced_++ % 4 == 3) {
      send_signal(seat.agent->program().process(), SIGKILL);
    } else {
      seat.agent->program().close_input();
      seat.agent->program().close_output();
      if (seat.agent->program().wait_exit() != 0) ++errors_;
    }
    seat_agent(seat);
  }

  void drive(std::vector<Seat>& seats, Clock::time_point until) {
    auto next_replacement = Clock::now() + kReplacing;
    while (Clock::now() < until) {
      std::vector<pollfd> entries;
      for (const Seat& seat : seats) entries.push_back({seat.agent->program().output().get(), POLLIN, 0});
      ::poll(entries.data(), entries.size(), 5);
      for (std::size_t i = 0; i < seats.size(); ++i) {
        Seat& seat = seats[i];
        if (entries[i].revents != 0 && !seat.agent->read()) {
          ++errors_;
          std::printf("    the agent of %s has ended\n", seat.stream.c_str());
          seat_agent(seat);
        }
        if (seat.call != 0 && seat.agent->has_answer(seat.call)) take_answer(seat);
        if (seat.call == 0 && Clock::now() - seat.since >= kThinking) next_call(seat);
      }
      if (Clock::now() >= next_replacement) {
        replace_agent(seats[static_cast<std::size_t>(replaced_) * 7 % seats.size()]);
        next_replacement += kReplacing;
      }
    }
  }

  void finish_calls(std::vector<Seat>& seats) {
    for (Seat& seat : seats)
      if (seat.call != 0 && seat.agent->wait_for(seat.call)) take_answer(seat);
  }

  Sample sample(const std::vector<Seat>& seats, pid_t server, double at, double since_last, std::int64_t errors) {
    Sample s{.at_seconds = at, .errors = errors + errors_};
    s.writes_per_second = static_cast<double>(std::exchange(writes_, 0)) / since_last;
    s.p50_ms = percentile(latencies_, 0.5);
    s.p99_ms = percentile(std::exchange(latencies_, {}), 0.99);
    s.server_pss_kib = memory_kib(server, "Pss:");
    s.server_rss_kib = memory_kib(server, "Rss:");
    for (const Seat& seat : seats)
      s.agent_pss_kib += memory_kib(seat.agent->program().pid(), "Pss:") / static_cast<double>(seats.size());
    s.descriptors = static_cast<double>(open_files_of(server).size());
    s.threads = std::atof(status_of(server, "Threads").c_str());
    s.database_kib = file_kib(world.file("streams.db"));
    s.wal_kib = file_kib(world.file("streams.db-wal"));
    s.log_kib = file_kib(world.home() + "/logs/api-server-shop.log");
    return s;
  }

  /// How often each note stands in the stream's history.
  std::map<std::string, int> notes_of(const std::string& stream) const {
    HttpConnection connection = HttpConnection::to_socket(world.file("api.sock"));
    std::map<std::string, int> notes;
    std::string cursor;
    do {
      const json::object page =
          connection.get(fmt::format("/api/streams/{}/history?limit=1000{}", stream, cursor)).json();
      const json::value* events = page.if_contains("events");
      if (events == nullptr) {
        ADD_FAILURE() << stream << ": " << json::serialize(page);
        return notes;
      }
      for (const json::value& event : events->as_array())
        if (text_at(event.as_object(), "type") == "note") ++notes[text_at(event.as_object(), "newValue")];
      const auto next = find_string(page, "nextCursor");
      cursor = next ? "&cursor=" + std::string(*next) : "";
    } while (!cursor.empty());
    return notes;
  }

  void expect_stored_once(const std::vector<Seat>& seats) const {
    std::size_t acknowledged = 0;
    std::size_t missing = 0;
    std::size_t twice = 0;
    std::size_t unasked = 0;
    for (const Seat& seat : seats) {
      auto notes = notes_of(seat.stream);
      for (const std::string& note : seat.acknowledged) {
        const int count = std::exchange(notes[note], 0);
        ++acknowledged;
        missing += count == 0 ? 1u : 0u;
        twice += count > 1 ? 1u : 0u;
      }
      for (const auto& [note, count] : notes) {
        twice += count > 1 ? 1u : 0u;
        unasked += count > 0 && !seat.unanswered.contains(note) ? 1u : 0u;
      }
    }
    std::printf("%zu acknowledged writes: %zu missing, %zu stored twice, %zu that nobody asked for\n", acknowledged,
                missing, twice, unasked);
    EXPECT_GT(acknowledged, 0u);
    EXPECT_EQ(missing, 0u);
    EXPECT_EQ(twice, 0u);
    EXPECT_EQ(unasked, 0u);
  }

  std::vector<double> latencies_;
  std::int64_t writes_ = 0;
  std::int64_t errors_ = 0;
  std::int64_t replaced_ = 0;
};

TEST_F(Soak, NothingGrowsUnderLastingAgents) {
  const int agents = number_from_environment("STREAM_STATUS_SOAK_AGENTS", 50);
  const int length = number_from_environment("STREAM_STATUS_SOAK_SECONDS", 120);
  const double interval = std::max(1.0, length / 60.0);
  const int samples_wanted = static_cast<int>(length / interval);

  std::vector<Seat> seats(static_cast<std::size_t>(agents));
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    seats[i].stream = fmt::format("stream-{}", i);
    seat_agent(seats[i]);
    seats[i].agent->get("add_stream", {{"title", "Soak"}, {"streamId", seats[i].stream}});
    ids.push_back(seats[i].stream);
  }
  const pid_t server = world.server_pid();
  const std::string instance = world.instance();
  std::printf("%d agents for %d s, server %d\n", agents, length, server);

  Visitors visitors(world, ids);
  const auto start = Clock::now();
  std::vector<Sample> samples;
  print_head();
  for (int i = 1; i <= samples_wanted; ++i) {
    const double since_last = interval * i - (samples.empty() ? 0 : samples.back().at_seconds);
    drive(seats, start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(interval * i)));
    samples.push_back(sample(seats, server, interval * i, since_last, visitors.errors()));
    if (samples_wanted <= 30 || i % 2 == 0) print(samples.back());
  }
  visitors.stop();
  finish_calls(seats);
  std::printf("%lld agents replaced, %lld pages, %lld command lines, %lld commits, %lld events heard\n",
              static_cast<long long>(replaced_), static_cast<long long>(visitors.pages()),
              static_cast<long long>(visitors.command_lines()), static_cast<long long>(visitors.commits()),
              static_cast<long long>(visitors.events()));

  EXPECT_EQ(errors_ + visitors.errors(), 0);
  EXPECT_EQ(world.server_pid(), server);
  EXPECT_EQ(world.instance(), instance);
  EXPECT_EQ(world.log_lines("server_started").size(), 1u);
  expect_stored_once(seats);
  // A short run only shows that everything above works: caches are still filling.
  if (length < 60) return;
  for (const Quantity& quantity : kFlatQuantities) {
    const Verdict verdict = judge(quantity, samples);
    print(verdict);
    EXPECT_TRUE(verdict.is_flat()) << quantity.name << " grows";
  }
}

}  // namespace
}  // namespace stream_status::testing
