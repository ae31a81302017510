// What the tests of the client look at, as subjects of drive(): one way in (Attach), two at once, and a Client with the
// answers it got.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "client/attach.h"
#include "client/client.h"
#include "support/client_world.h"

namespace stream_status::testing {

using client::Attach;
using client::Attached;
using client::Client;
using client::Settings;
using client::StartPolicy;

/// An attach with its settings, as the subject of drive.
struct Way {
  explicit Way(ClientWorld& given, StartPolicy start = StartPolicy::kStartServer)
      : world(given), settings(given.settings(start)), attach(settings, given.log) {
    attach.begin(world.clock.monotonic(), world.clock.monotonic() + settings.deadline);
  }

  void step(MonotonicTime now, const std::vector<os::PollEntry>& entries) { attach.step(now, entries); }
  void add_wait(std::vector<os::PollEntry>& entries) const { attach.add_wait(entries); }
  std::optional<MonotonicTime> wake_at() const { return attach.wake_at(); }
  bool launching() const { return attach.state() == Attach::State::kLaunch; }

  /// Runs it to its end; `each` is called after every step.
  template <class Each>
  Result<Attached> run(Each each) {
    const bool ended = drive(*this, world, [&] {
      each();
      return attach.finished();
    });
    if (!ended) return fail(ErrorCode::kInternal, "the attach is stuck");
    return attach.take();
  }
  Result<Attached> run() {
    return run([] {});
  }

  ClientWorld& world;
  Settings settings;
  Attach attach;
};

inline std::string message_of(const Result<Attached>& result) { return result ? "" : result.error().message; }
inline ErrorCode code_of(const Result<Attached>& result) { return result ? ErrorCode::kNotFound : result.error().code; }

/// Two ways in as one subject: two agents of one project at the same moment.
struct TwoWays {
  void step(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
    first.step(now, entries);
    second.step(now, entries);
  }
  void add_wait(std::vector<os::PollEntry>& entries) const {
    first.add_wait(entries);
    second.add_wait(entries);
  }
  std::optional<MonotonicTime> wake_at() const {
    const auto a = first.wake_at();
    const auto b = second.wake_at();
    return a && b ? std::min(*a, *b) : a ? a : b;
  }
  bool launching() const { return first.launching() || second.launching(); }
  bool finished() const { return first.attach.finished() && second.attach.finished(); }

  Way& first;
  Way& second;
};

/// A client and what it was answered, in order.
struct Caller {
  explicit Caller(ClientWorld& given, StartPolicy start = StartPolicy::kNeverStart, std::size_t connections = 1)
      : world(given), client(settings_with(given.settings(start), connections), given.clock, given.log) {}

  void call(api::OperationId id, json::object arguments = {}) {
    client.call(api::operation(id), std::move(arguments), note());
  }
  Client::Done note() {
    return [this](Result<json::value> result) { results.push_back(std::move(result)); };
  }
  /// Until everything is answered.
  template <class Each>
  bool run(Each each) {
    return drive(client, world, [&] {
      each();
      return client.idle();
    });
  }
  bool run() {
    return run([] {});
  }

  static Settings settings_with(Settings settings, std::size_t connections) {
    settings.connections = connections;
    return settings;
  }

  ClientWorld& world;
  Client client;
  std::vector<Result<json::value>> results;
};

inline std::string text_of_result(const Result<json::value>& result) {
  return result ? json::serialize(*result)
                : std::string(error_name(result.error().code)) + ": " + result.error().message;
}

inline std::string request_id_in(const Request& request) {
  const auto body = parse_json_object(request.body);
  return body ? std::string(find_string(*body, "requestId").value_or("")) : std::string();
}

}  // namespace stream_status::testing
