// A project with its directory, a hand-moved clock and servers that a test steps itself: everything of the client that
// is not the client. Real files, locks and sockets; no thread and no sleep.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/log.h"
#include "client/client.h"
#include "os/clock.h"
#include "os/lock.h"
#include "os/poll.h"
#include "project/directory.h"
#include "project/record.h"
#include "support/temporary_directory.h"

namespace stream_status::testing {

/// Time that only moves when a test moves it.
class HandClock final : public os::Clock {
 public:
  WallTime wall() const override { return from_unix_ms(1'790'000'000'000) + elapsed(); }
  MonotonicTime monotonic() const override { return now_; }
  WallTime local_midnight(WallTime now) const override { return now; }

  void advance(std::chrono::nanoseconds by) { now_ += by; }
  void advance_to(MonotonicTime time) { now_ = std::max(now_, time); }
  milliseconds elapsed() const { return std::chrono::duration_cast<milliseconds>(now_ - kStart); }

 private:
  // As after an hour of running: 0 would hide mistakes with times that were never set.
  static constexpr MonotonicTime kStart{std::chrono::hours{1}};
  MonotonicTime now_ = kStart;
};

/// One HTTP request as it arrived.
struct Request {
  std::string method;
  std::string target;
  std::string head;  ///< all header lines
  std::string body;
};

/// What to do with a request.
struct Reply {
  enum class Kind { kAnswer, kSilence, kClose, kBytes } kind = Kind::kAnswer;
  int status = 200;
  std::string text = {};  ///< body; kBytes: everything that is sent
  bool then_close = false;

  static Reply silence() { return {Kind::kSilence}; }
  static Reply close() { return {Kind::kClose}; }
  static Reply bytes(std::string text, bool then_close = false) {
    return {Kind::kBytes, 0, std::move(text), then_close};
  }
};

/// A server as far as the client can see one: lock, record, socket, answers. Stepped by its test.
class FakeServer {
 public:
  enum class Record { kWritten, kNone };
  /// Holds server.lock, listens, and (unless kNone) writes its record.
  FakeServer(const project::ProjectDirectory& directory, const project::Project& project, std::string instance,
             Record record = Record::kWritten);
  ~FakeServer();

  /// Accepts, reads and answers what can be without waiting. Did anything happen?
  bool step();
  void add_wait(std::vector<os::PollEntry>& entries) const;

  void drop_connections() { connections_.clear(); }
  /// As a clean stop: no socket, no record, no lock.
  void stop();
  /// As SIGKILL: the record stays.
  void die();
  void let_go_of_lock() { lock_.reset(); }
  void listen_on(os::Fd listener) { listener_ = std::move(listener); }
  void write_lock_text(const std::string& text) const;
  void write_record() const;

  project::Record record;                       ///< change, then write_record()
  json::object health;                          ///< what GET /api/health answers
  std::optional<Reply> health_reply;            ///< instead of `health`
  std::function<Reply(const Request&)> answer;  ///< to everything else; default: {}
  std::vector<Request> requests;                ///< all but GET /api/health
  int handshakes = 0;
  std::string last_health_head;
  std::size_t connections() const { return connections_.size(); }

 private:
  struct Connection {
    os::Fd socket;
    std::string in;
    std::string out;
    bool closing = false;
  };
  bool read_from(Connection& connection);
  void handle(Connection& connection, Request request);

  const project::ProjectDirectory& directory_;
  std::optional<os::FileLock> lock_;
  os::Fd listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

class ClientWorld {
 public:
  ClientWorld();

  client::Settings settings(client::StartPolicy start = client::StartPolicy::kNeverStart) const;
  /// Makes a program for Settings::server_program: a shell script with descriptor 3 as the server has it. It notes each
  /// start as a line in the file `starts`.
  std::string program(const std::string& script);
  int starts() const;
  bool logged(const std::string& part) const;
  FakeServer& start_server(const std::string& instance, FakeServer::Record record = FakeServer::Record::kWritten);

  TemporaryDirectory temporary;
  project::Home home;
  project::Project project;
  project::ProjectDirectory directory;
  HandClock clock;
  std::vector<std::string> lines;
  Log log;
  std::vector<std::unique_ptr<FakeServer>> servers;
};

/// Steps the subject (Attach or Client) and the world's servers until `done`. When nothing can happen, time moves to
/// the moment the subject wants to be woken at; while a real process is being started, it waits for that. False: it is
/// stuck.
template <class Subject, class Done>
bool drive(Subject& subject, ClientWorld& world, Done done) {
  std::vector<os::PollEntry> entries;
  for (int i = 0; i < 50'000; ++i) {
    subject.step(world.clock.monotonic(), entries);
    bool moved = false;
    for (const auto& server : world.servers) moved = server->step() || moved;
    if (done()) return true;
    bool launching = false;
    if constexpr (requires { subject.launching(); }) launching = subject.launching();
    entries.clear();
    subject.add_wait(entries);
    os::poll(entries, launching ? seconds{30} : milliseconds{0});
    for (const os::PollEntry& entry : entries) moved = moved || entry.readable || (entry.want_write && entry.writable);
    if (moved) continue;
    const auto wake_at = subject.wake_at();
    if (!wake_at) return false;
    world.clock.advance_to(*wake_at);
  }
  return false;
}

}  // namespace stream_status::testing
