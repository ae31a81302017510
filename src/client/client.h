// Find the project's one server, or start it, and call it. Every role of stream-status (mcp, CLI verbs,
// dashboard) talks to the server through this and nothing else. The way in is lifecycle.md's A–D as a
// state machine (client/attach.h); calls are HTTP over api.sock.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/operation.h"
#include "api/wire.h"
#include "base/json.h"
#include "base/log.h"
#include "os/clock.h"
#include "os/poll.h"
#include "project/directory.h"
#include "project/home.h"
#include "project/identity.h"
#include "project/record.h"

namespace stream_status::client {

enum class StartPolicy { kStartServer, kNeverStart };

/// Who calls, as each call says it.
struct Agent {
  std::string name = {};     ///< the server may number it, when another live process has the same
  std::string process = {};  ///< random, of a process that makes more than one call; empty: there is none
  std::string program = {};  ///< that the calls are made for, "claude-code 2.1"; may be empty
};

/// In whose name a call is made: nobody is not there for others, and is told no news.
enum class InNameOf { kAgent, kNobody };

struct Settings {
  project::Home home;
  project::Project project;
  Agent agent;                  ///< may be set later (set_agent)
  std::string server_program;   ///< absolute path of stream-statusd
  os::Environment environment;  ///< what the server may inherit is chosen from it
  StartPolicy start = StartPolicy::kStartServer;
  seconds deadline{30};  ///< for one call, attaching included; what works on git gets more time once it is sent
  /// Connections, and so calls at once. With one, calls take effect in the order in which they were made: what a
  /// session wrote is there when it reads.
  std::size_t connections = 1;
};

/// Single-threaded, driven by its owner: wait on add_wait/wake_at, then step. Nothing blocks but opening
/// the project directory. The first call attaches; a lost server is found or started again by itself.
/// A write carries a request id (made here unless given), and is sent again with the same id when its
/// server dies, at most 3 times.
class Client {
 public:
  using Done = std::function<void(Result<json::value>)>;
  using Ticket = std::uint64_t;  ///< of one call

  Client(Settings settings, const os::Clock& clock, const Log& log);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Queues one operation; `done` gets the answer's body, exactly once, from within step().
  /// Errors: the server's own, or kServerUnavailable, kPermissionDenied, kIncompatible, kProjectNotFound.
  Ticket call(const api::Operation& operation, json::object arguments, InNameOf caller, Done done);
  Ticket call(const api::Operation& operation, json::object arguments, Done done) {
    return call(operation, std::move(arguments), InNameOf::kAgent, std::move(done));
  }
  /// Nobody waits for this call any longer: if it is one that waits for something to happen, it ends on the server too;
  /// any other takes its course. An answer that was on its way is still given to its `done`.
  void cancel(Ticket ticket);

  /// Queues a request to a route that is no operation (health, stop, login).
  void request(api::Method method, std::string target, const json::object& body, Done done);

  void set_agent(Agent agent);
  /// For a process that lives on between its calls: once it has called as an agent it stays connected, because to be
  /// connected is to be there. A server that is lost is looked for without a call, as long as one is announced.
  void stay_connected();

  void add_wait(std::vector<os::PollEntry>& entries) const;
  std::optional<MonotonicTime> wake_at() const;
  /// Does what can be done without waiting. `entries` as filled by os::poll (matched by descriptor).
  void step(MonotonicTime now, const std::vector<os::PollEntry>& entries);

  bool idle() const;  ///< nothing queued or in flight

  /// The record of the server it is attached to, verified by handshake; null when detached.
  const project::Record* server() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs the client until this one call is answered. For callers that have nothing else to wait for.
Result<json::value> call_and_wait(Client& client, const os::Clock& clock, const api::Operation& operation,
                                  json::object arguments);
Result<json::value> request_and_wait(Client& client, const os::Clock& clock, api::Method method, std::string target,
                                     const json::object& body);

/// stream-statusd of the same build: beside this executable, or ../libexec/stream-status beside it.
/// Error: kServerUnavailable naming both places, with the remedy.
Result<std::string> find_server_program(const std::string& own_executable);

/// One handshake with whoever the record of this directory names, within 2 s; never starts anything.
/// Absent: nobody answers. `held`: the kernel says someone holds server.lock.
struct Probe {
  std::optional<project::Record> record;  ///< verified
  json::object health;                    ///< its answer
  bool held = false;
  bool silent = false;  ///< it took the connection and said nothing
  std::string problem;  ///< when there is a record but no valid answer: why
};
Result<Probe> probe(const project::ProjectDirectory& directory, const os::Clock& clock);

/// Does this server answer on its loopback port, where a browser looks for it? Empty: yes; else why not.
std::string find_port_problem(const project::Record& record, const os::Clock& clock);

/// Asks this server to stop, within 4 s, whatever protocol it speaks: this route is common to all. True: it has heard,
/// or drains already; whether it leaves, server.lock tells. False: it refused, or did not answer in time; it may have
/// heard all the same.
bool ask_to_stop(const project::ProjectDirectory& directory, const os::Clock& clock, const project::Record& server);

}  // namespace stream_status::client
