#include "client/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

#include "api/arguments.h"
#include "client/attach.h"
#include "client/connection.h"
#include "client/handshake.h"
#include "client/pending_call.h"

namespace stream_status::client {
namespace {

/// A call that waits this long for its answer makes the client look at the server beside it: a way in of its own finds
/// it alive (a health answer waits for nothing), or hung, or gone. While it is alive, the look is repeated.
constexpr seconds kDoubtAfter{3};
constexpr seconds kDoubtAgain{5};
/// wait_for_change calls at once, each on a connection of its own.
constexpr std::size_t kMostWaits = 8;

/// How soon an agent whose connection is gone looks whether it can be there again. Its claims are safe for a minute.
constexpr seconds kReturnAfter{5};
constexpr std::string_view kSince = "since";

std::string header_lines(const Settings& settings, const std::string& branch, InNameOf caller) {
  std::string lines;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) lines += fmt::format("{}: {}\r\n", name, api::percent_encode(value));
  };
  if (caller == InNameOf::kAgent) {
    add(api::kAgentHeader, settings.agent.name);
    add(api::kProcessHeader, settings.agent.process);
    add(api::kClientHeader, settings.agent.program);
  }
  add(api::kWorktreeHeader, settings.project.worktree);
  add(api::kBranchHeader, branch);
  return lines;
}

/// One kept connection, of the server instance that its handshake proved, with the call that it carries.
struct Lane {
  Connection connection;
  std::string instance;
  std::optional<PendingCall> call;
  bool closing = false;  ///< gone, or not of the current server: takes no further call

  bool free() const { return !call && !closing; }
};

struct Finished {
  Client::Done done;
  Result<json::value> result;
};

}  // namespace

struct Client::State {
  State(Settings given, const os::Clock& real_clock, const Log& real_log)
      : settings(std::move(given)), clock(real_clock), log(real_log), attach(settings, log) {
    write_headers();
  }

  Settings settings;
  const os::Clock& clock;
  const Log& log;
  std::string branch;  ///< checked out in the worktree at the last write
  std::string agent_headers;
  std::string nobody_headers;
  Ticket last_ticket = 0;
  std::set<Ticket> given_up;  ///< before their wait had begun
  std::deque<PendingCall> queue;
  std::vector<Lane> lanes;
  std::size_t lane_limit = settings.connections + kMostWaits;  ///< less when the server gives no more
  std::optional<project::Record> server;
  std::optional<project::ProjectDirectory> directory;  ///< of `server`
  std::optional<Handshake> opening;                    ///< one more lane
  Attach attach;
  std::string drained_instance;
  std::vector<Finished> finished;
  bool stays = false;
  bool was_there = false;                  ///< has called as an agent
  std::optional<MonotonicTime> return_at;  ///< when to look for a server again; only while there is none

  /// An agent changes branches while it works; a write says where it was made.
  void look_at_branch() {
    std::string now = project::find_branch(settings.project.worktree);
    if (now == branch) return;
    branch = std::move(now);
    write_headers();
  }

  void write_headers() {
    agent_headers = header_lines(settings, branch, InNameOf::kAgent);
    nobody_headers = header_lines(settings, branch, InNameOf::kNobody);
  }

  /// Another live process has the name already: the server numbered ours, and it stays so after a reconnect.
  void take_name(const std::string& given) {
    settings.agent.name = given;
    write_headers();
  }

  // ---- calls in ------------------------------------------------------------------------------

  void take(PendingCall call, Done done) {
    call.done = std::move(done);
    call.deadline = clock.monotonic() + settings.deadline;
    Lane* lane = queue.empty() ? find_free_lane(call) : nullptr;
    if (lane != nullptr)
      send(*lane, std::move(call));
    else
      queue.push_back(std::move(call));
  }

  void take_as(PendingCall call, Ticket ticket, InNameOf caller, Done done) {
    call.ticket = ticket;
    call.caller = caller;
    take(std::move(call), std::move(done));
  }

  /// An agent between two calls whose server is gone. One that ended by itself, or was told to, took its record away,
  /// and is not started again for those who only stay; one that was killed left it.
  void stay(MonotonicTime now) {
    if (!stays || !was_there || server || !queue.empty() || attach.state() != Attach::State::kIdle) {
      return_at.reset();
      return;
    }
    if (!return_at) return_at = now + kReturnAfter;
    if (now < *return_at) return;
    return_at.reset();
    const auto place = project::find_project_directory(settings.home, settings.project);
    if (!place || !*place || !project::find_record((*place)->fd)) return;
    take_as(make_call(api::operation(api::OperationId::kGetVersion), {}, clock.wall()), ++last_ticket, InNameOf::kAgent,
            [](const Result<json::value>&) {});
  }

  void give_up(Ticket ticket) {
    const auto queued =
        std::find_if(queue.begin(), queue.end(), [&](const PendingCall& call) { return call.ticket == ticket; });
    if (queued != queue.end()) {
      if (queued->is_before_wait) given_up.insert(ticket);
      if (queued->waits) queue.erase(queued);
      return;
    }
    for (Lane& lane : lanes) {
      if (!lane.call || lane.call->ticket != ticket) continue;
      if (lane.call->is_before_wait) given_up.insert(ticket);
      if (!lane.call->waits) return;
      // The server ends a wait whose caller says no more; had it answered before, that is still read.
      lane.call->given_up = true;
      lane.connection.finish_sending();
      return;
    }
  }

  std::size_t count_calls(bool waiting) const {
    return static_cast<std::size_t>(std::count_if(
        lanes.begin(), lanes.end(), [&](const Lane& lane) { return lane.call && lane.call->waits == waiting; }));
  }

  /// A call that waits has a connection to itself; the others keep to their number, and so to their order.
  bool may_be_sent(const PendingCall& call) const {
    return call.waits ? count_calls(true) < kMostWaits : count_calls(false) < settings.connections;
  }

  std::deque<PendingCall>::iterator find_sendable() {
    return std::find_if(queue.begin(), queue.end(), [this](const PendingCall& call) { return may_be_sent(call); });
  }

  /// "From now on" is asked for before the wait begins: when its server goes meanwhile, the next one must not take the
  /// time of its own start for now.
  void wait_from_now(const api::Operation& operation, json::object arguments, Ticket ticket, InNameOf caller,
                     Done done) {
    auto wait = [this, &operation, arguments = std::move(arguments), ticket, caller,
                 done = std::move(done)](Result<json::value> health) mutable {
      if (given_up.erase(ticket) > 0) return;
      if (!health) return done(tl::make_unexpected(std::move(health).error()));
      if (const json::object* facts = health->if_object())
        if (const auto revision = find_integer(*facts, "revision")) arguments[kSince] = *revision;
      take_as(make_call(operation, std::move(arguments), clock.wall()), ticket, caller, std::move(done));
    };
    PendingCall look = make_request(api::Method::kGet, std::string(api::kHealthPath), {});
    look.is_before_wait = true;
    take_as(std::move(look), ticket, caller,
            [wait = std::make_shared<decltype(wait)>(std::move(wait))](Result<json::value> health) {
              (*wait)(std::move(health));
            });
  }

  Lane* find_free_lane(const PendingCall& call) {
    if (!server || !may_be_sent(call)) return nullptr;
    const auto lane = std::find_if(lanes.begin(), lanes.end(), [](const Lane& each) { return each.free(); });
    return lane == lanes.end() ? nullptr : &*lane;
  }

  void send(Lane& lane, PendingCall call) const {
    call.sent = true;
    const MonotonicTime now = clock.monotonic();
    call.deadline = std::max(call.deadline, now + call.once_sent);
    call.doubt_at = now + (call.waits ? call.once_sent : kDoubtAfter);
    lane.connection.send(call.http.method, call.http.target,
                         call.caller == InNameOf::kAgent ? agent_headers : nobody_headers, call.http.body);
    lane.call = std::move(call);
  }

  void dispatch(MonotonicTime now) {
    for (auto next = find_sendable(); next != queue.end(); next = find_sendable()) {
      Lane* lane = find_free_lane(*next);
      if (lane == nullptr) break;
      PendingCall call = std::move(*next);
      queue.erase(next);
      send(*lane, std::move(call));
    }
    if (wants_lane()) opening.emplace(directory->fd, *server, settings.project.root, now);
  }

  bool wants_lane() const {
    return server && !opening && lanes.size() < lane_limit &&
           std::any_of(queue.begin(), queue.end(), [this](const PendingCall& call) { return may_be_sent(call); });
  }

  // ---- answers out -----------------------------------------------------------------------------

  void finish(PendingCall& call, Result<json::value> result) {
    finished.push_back({std::move(call.done), std::move(result)});
  }
  void finish_unanswered(PendingCall& call, Error cause) {
    Error error = no_answer(call, std::move(cause));
    finish(call, tl::make_unexpected(std::move(error)));
  }

  /// `done` may call back into the client; so it runs when everything is in order.
  void run_finished() {
    std::vector<Finished> now_done;
    now_done.swap(finished);
    for (Finished& each : now_done) each.done(std::move(each.result));
  }

  // ---- lanes -------------------------------------------------------------------------------------

  void step_lanes(const std::vector<os::PollEntry>& entries) {
    for (Lane& lane : lanes) {
      switch (lane.connection.step(entries)) {
        case Progress::kWaiting: break;
        case Progress::kAnswered: answered(lane); break;
        case Progress::kLost: lost(lane); break;
      }
    }
    drop_closing();
  }

  void answered(Lane& lane) {
    const Answer answer = lane.connection.take_answer();
    PendingCall call = std::move(*lane.call);
    lane.call.reset();
    lane.closing = !lane.connection.reusable() || !server || lane.instance != server->instance_id;
    if (!answer.agent.empty()) take_name(answer.agent);
    if (!says_draining(answer) || call.resend == Resend::kNever) return finish(call, result_of(answer));
    // It goes to the next server, which starts when this one is gone; it may have taken effect all the same.
    drained_instance = lane.instance;
    log.debug("server_draining instance={}", lane.instance);
    queue.push_front(std::move(call));
    detach();
  }

  void lost(Lane& lane) {
    lane.closing = true;
    if (lane.call && lane.call->given_up) return lane.call.reset();
    if (lane.call) take_back(lane);
    if (server && lane.instance == server->instance_id) detach();
  }

  /// The call of a lane that will never answer: sent again if it may be.
  void take_back(Lane& lane) {
    PendingCall call = std::move(*lane.call);
    lane.call.reset();
    // The long time of a call that works on git is for a server that works on it.
    call.deadline = std::min(call.deadline, clock.monotonic() + settings.deadline);
    log.info("connection_lost instance={} resends={} request_id={}", lane.instance, call.resends, call.request_id);
    if (lane.connection.well_formed() && call.may_be_resent()) {
      ++call.resends;
      queue.push_front(std::move(call));
    } else {
      finish_unanswered(call, lost_error(call, lane.connection));
    }
  }

  /// The next call finds the server anew. Calls on other lanes still get their answers, or their end of file.
  void detach() {
    server.reset();
    opening.reset();
    for (Lane& lane : lanes) lane.closing = lane.closing || !lane.call;
  }

  void drop_closing() {
    std::erase_if(lanes, [](const Lane& lane) { return lane.closing && !lane.call; });
    const auto current = [&](const Lane& lane) { return lane.instance == server->instance_id; };
    if (server && std::none_of(lanes.begin(), lanes.end(), current)) detach();
  }

  void add_lane(Connection connection) {
    lanes.push_back(Lane{std::move(connection), server->instance_id, std::nullopt, false});
  }

  void step_opening(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
    if (!opening) return;
    const Handshake::State outcome = opening->step(now, entries);
    if (outcome == Handshake::State::kWaiting) return;
    if (outcome == Handshake::State::kVerified)
      add_lane(opening->take_connection());
    else
      lane_limit = std::max<std::size_t>(1, lanes.size());  // those that we have must do, until the next attach
    opening.reset();
  }

  // ---- the way in -----------------------------------------------------------------------------

  void step_attach(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
    if (!server && !queue.empty()) {
      const MonotonicTime latest =
          std::max_element(queue.begin(), queue.end(), [](const PendingCall& a, const PendingCall& b) {
            return a.deadline < b.deadline;
          })->deadline;
      if (attach.state() == Attach::State::kIdle)
        attach.begin(now, latest, drained_instance);
      else
        attach.set_deadline(latest);
    } else if (const Lane* doubted = find_doubted(); doubted != nullptr && doubted->call->doubt_at <= now) {
      log.debug("server_doubted instance={}", doubted->instance);
      attach.begin(now, doubted->call->deadline);
    }
    attach.step(now, entries);
    if (!attach.finished()) return;
    auto attached = attach.take();
    if (!attached) return attach_failed(attached.error());
    if (server && server->instance_id == attached->record.instance_id) return trust_again(now);
    // Whoever still waits for another server's answer waits in vain: only one is the project's.
    for (Lane& lane : lanes) {
      if (lane.instance == attached->record.instance_id) continue;
      lane.closing = true;
      if (lane.call) take_back(lane);
    }
    drop_closing();
    server = std::move(attached->record);
    directory = std::move(attached->directory);
    lane_limit = settings.connections + kMostWaits;
    add_lane(std::move(attached->connection));
  }

  /// The lane whose call has waited longest, of a server that we take for the project's; null: nothing to doubt.
  const Lane* find_doubted() const {
    if (!server || attach.state() != Attach::State::kIdle || settings.start == StartPolicy::kNeverStart) return nullptr;
    const Lane* doubted = nullptr;
    for (const Lane& lane : lanes)
      if (lane.call && (doubted == nullptr || lane.call->doubt_at < doubted->call->doubt_at)) doubted = &lane;
    return doubted;
  }

  void trust_again(MonotonicTime now) {
    for (Lane& lane : lanes)
      if (lane.call) lane.call->doubt_at = now + kDoubtAgain;
  }

  void attach_failed(const Error& error) {
    for (PendingCall& call : queue) finish_unanswered(call, error);
    queue.clear();
    if (!server) return;
    for (Lane& lane : lanes) {
      lane.closing = true;
      if (lane.call) finish_unanswered(*lane.call, error);
      lane.call.reset();
    }
    detach();
    drop_closing();
  }

  // ---- deadlines --------------------------------------------------------------------------------

  void expire(MonotonicTime now) {
    // Who waits for a connection that others' calls use has not begun to wait for an answer; theirs end in time.
    const bool waits_for_others =
        server && std::any_of(lanes.begin(), lanes.end(), [](const Lane& lane) { return lane.call.has_value(); });
    for (PendingCall& call : queue) {
      if (waits_for_others) call.deadline = std::max(call.deadline, now + settings.deadline);
      if (call.deadline > now) continue;
      finish_unanswered(call, server ? timeout_error(call, "a free connection") : attach.unfinished());
    }
    std::erase_if(queue, [now](const PendingCall& call) { return call.deadline <= now; });
    for (Lane& lane : lanes) {
      if (!lane.call || lane.call->deadline > now) continue;
      finish_unanswered(*lane.call, timeout_error(*lane.call, "the answer"));
      lane.call.reset();
      lane.closing = true;  // its answer may still come, and would be taken for the next call's
    }
    drop_closing();
  }
};

Client::Client(Settings settings, const os::Clock& clock, const Log& log)
    : state_(std::make_unique<State>(std::move(settings), clock, log)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Client::Ticket Client::call(const api::Operation& operation, json::object arguments, InNameOf caller, Done done) {
  const Ticket ticket = ++state_->last_ticket;
  // What does not fit is said at once, by the same rules as at the server, and needs none.
  if (caller == InNameOf::kAgent) state_->was_there = true;
  if (auto fits = api::Arguments::bind(operation, arguments); !fits) {
    state_->finished.push_back({std::move(done), tl::make_unexpected(std::move(fits).error())});
    return ticket;
  }
  if (operation.access == api::Access::kWait && !arguments.contains(kSince)) {
    state_->wait_from_now(operation, std::move(arguments), ticket, caller, std::move(done));
    return ticket;
  }
  if (!api::is_read_only(operation.access)) state_->look_at_branch();
  state_->take_as(make_call(operation, std::move(arguments), state_->clock.wall()), ticket, caller, std::move(done));
  return ticket;
}

void Client::cancel(Ticket ticket) { state_->give_up(ticket); }

void Client::request(api::Method method, std::string target, const json::object& body, Done done) {
  state_->take(make_request(method, std::move(target), body), std::move(done));
}

void Client::set_agent(Agent agent) {
  state_->settings.agent = std::move(agent);
  state_->write_headers();
}

void Client::stay_connected() { state_->stays = true; }

void Client::add_wait(std::vector<os::PollEntry>& entries) const {
  for (const Lane& lane : state_->lanes) lane.connection.add_wait(entries);
  if (state_->opening) state_->opening->add_wait(entries);
  state_->attach.add_wait(entries);
}

std::optional<MonotonicTime> Client::wake_at() const {
  const State& state = *state_;
  const bool attaching = state.attach.state() != Attach::State::kIdle;
  if (!state.queue.empty() && !state.server && !attaching) return MonotonicTime{};
  if (state.wants_lane() || !state.finished.empty()) return MonotonicTime{};
  if (state.stays && state.was_there && !state.server && state.queue.empty() && !attaching)
    return state.return_at.value_or(MonotonicTime{});
  std::optional<MonotonicTime> earliest = state.attach.wake_at();
  const auto consider = [&](MonotonicTime time) { earliest = earliest ? std::min(*earliest, time) : time; };
  if (state.opening) consider(state.opening->wake_at().value_or(MonotonicTime{}));
  for (const PendingCall& call : state.queue) consider(call.deadline);
  for (const Lane& lane : state.lanes)
    if (lane.call) consider(lane.call->deadline);
  if (const Lane* doubted = state.find_doubted()) consider(doubted->call->doubt_at);
  return earliest;
}

void Client::step(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  State& state = *state_;
  state.step_lanes(entries);
  state.step_opening(now, entries);
  state.step_attach(now, entries);
  state.expire(now);
  state.stay(now);
  state.dispatch(now);
  state.run_finished();
}

bool Client::idle() const {
  const State& state = *state_;
  const auto free = [](const Lane& lane) { return !lane.call; };
  return state.queue.empty() && state.finished.empty() && std::all_of(state.lanes.begin(), state.lanes.end(), free);
}

const project::Record* Client::server() const { return state_->server ? &*state_->server : nullptr; }

}  // namespace stream_status::client
