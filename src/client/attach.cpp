#include "client/attach.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/wire.h"
#include "base/fault_point.h"
#include "base/release.h"
#include "client/start_failure.h"
#include "os/file.h"
#include "os/process.h"
#include "os/watch.h"
#include "project/holder.h"

namespace stream_status::client {
namespace {

constexpr std::size_t kLockTextLimit = 4096;
/// From the taking of server.lock to the text that says who has it; a busy machine included.
constexpr seconds kTimeToSign{1};

/// What a waiting client can learn something from. (The record comes by rename; a lock's end is the close of its file.)
constexpr std::array<std::string_view, 3> kTelling = {project::kRecordName, project::kServerLockName,
                                                      project::kStartLockName};

/// Would another start possibly end better? All else stops at once: waiting changes nothing about it.
bool worth_another_start(ErrorCode code) {
  return code == ErrorCode::kServerUnavailable || code == ErrorCode::kDraining || code == ErrorCode::kInternal ||
         code == ErrorCode::kTooManyRequests;
}

Reason reason_of(Handshake::State state) {
  switch (state) {
    case Handshake::State::kSilent: return Reason::kNoAnswer;
    case Handshake::State::kStranger: return Reason::kStrangerAnswers;
    case Handshake::State::kBusy: return Reason::kNoAnswer;
    case Handshake::State::kDraining: return Reason::kDrained;
    default: return Reason::kNobodyAnswers;
  }
}

}  // namespace

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::kNoRecord: return "no_server";
    case Reason::kUnreadableRecord: return "record_unreadable";
    case Reason::kForeignRecord: return "record_of_other_project";
    case Reason::kFoundingRecord: return "founding_server_gone";
    case Reason::kNobodyAnswers: return "nobody_answers";
    case Reason::kStrangerAnswers: return "stranger_answers";
    case Reason::kNoAnswer: return "no_answer";
    case Reason::kDrained: return "drained";
    case Reason::kUpgrade: return "upgrade";
    case Reason::kHung: return "server_hung";
    case Reason::kStartFailed: return "start_failed";
  }
  return "";
}

Attach::Attach(const Settings& settings, const Log& log) : settings_(settings), log_(log) {}

void Attach::begin(MonotonicTime now, MonotonicTime deadline, std::string drained_instance) {
  state_ = State::kOpenDirectory;
  begun_ = now;
  deadline_ = deadline;
  drained_instance_ = std::move(drained_instance);
  directory_.reset();
  reason_ = Reason::kNoRecord;
  drained_ = !drained_instance_.empty();
  evicted_ = false;
  unproved_since_.reset();
  upgrading_ = false;
  leaving_.reset();
  problem_.clear();
  holder_.reset();
  timer_.reset();
  watching_ = Watching::kNotYet;
  launched_ = Word::kNone;
  failures_ = 0;
  not_before_ = now;
  last_failure_at_ = now;
  last_failure_.reset();
}

void Attach::step(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  if (outlived_ && outlived_->step(entries) != Word::kNone) outlived_.reset();
  if (state_ == State::kIdle) return;
  while (!finished() && advance(now, entries) == Flow::kGoOn) {
  }
  if (!finished() && now >= deadline_) fail_with(unfinished());
}

Attach::Flow Attach::advance(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  switch (state_) {
    case State::kOpenDirectory: return open_directory();
    case State::kReadRecord: return read_record(now);
    case State::kHandshake: return shake_hands(now, entries);
    case State::kAskToLeave: return ask_to_leave(now, entries);
    case State::kLookAtLock: return look_at_lock(now);
    case State::kTakeStartLock: return take_start_lock(now);
    case State::kLaunch: return launch(now, entries);
    case State::kEvict: return evict(now, entries);
    case State::kWait: return wait(now, entries);
    case State::kIdle:
    case State::kAttached:
    case State::kFailed: break;
  }
  return Flow::kWaiting;
}

Attach::Flow Attach::open_directory() {
  if (settings_.start == StartPolicy::kStartServer) {
    auto opened = project::open_project_directory(settings_.home, settings_.project);
    if (!opened) return fail_with(std::move(opened).error());
    directory_.emplace(std::move(*opened));
  } else {
    auto found = project::find_project_directory(settings_.home, settings_.project);
    if (!found) return fail_with(std::move(found).error());
    if (!*found) {
      problem_ = "this project has never had one";
      return fail_with(unfinished());
    }
    directory_.emplace(std::move(**found));
  }
  state_ = State::kReadRecord;
  return Flow::kGoOn;
}

// ---- A: is there a server that answers and is ours? ------------------------------------------

Attach::Flow Attach::read_record(MonotonicTime now) {
  std::string problem;
  auto record = project::find_record(directory_->fd, &problem);
  if (!record) {
    const Reason reason = problem.empty() ? Reason::kNoRecord : Reason::kUnreadableRecord;
    return no_server(reason, std::move(problem));
  }
  const std::string where = fmt::format("{}/{}", directory_->path, project::kRecordName);
  if (record->is_founding()) {
    if (!os::process_exists(record->pid))
      return no_server(Reason::kFoundingRecord, where + ": left by a founding server that is gone");
    return fail_with({ErrorCode::kIncompatible,
                      fmt::format("attach: {}: a server of the founding Node implementation runs for this project "
                                  "(pid {}, port {})",
                                  where, record->pid, record->port),
                      fmt::format("stop it (`kill {}`) and call again; if pid {} is no such server, remove that file",
                                  record->pid, record->pid)});
  }
  if (record->project_root != settings_.project.root)
    return no_server(Reason::kForeignRecord, fmt::format("{}: names the server of {}", where, record->project_root));
  handshake_.emplace(directory_->fd, std::move(*record), settings_.project.root, now);
  state_ = State::kHandshake;
  return Flow::kGoOn;
}

Attach::Flow Attach::shake_hands(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  using enum Handshake::State;
  Handshake::State outcome = handshake_->step(now, entries);
  if (outcome == kWaiting) return Flow::kWaiting;
  Handshake done = std::move(*handshake_);
  handshake_.reset();
  if (outcome == kRefused) return fail_with(done.error());
  if (outcome == kVerified && done.record().instance_id == drained_instance_) outcome = kDraining;
  if (outcome == kDraining) drained_ = true;
  if (outcome == kDraining || outcome == kBusy) holder_.reset();  // it has answered: it is not hung
  if (outcome != kVerified) return no_server(reason_of(outcome), done.problem());
  if (wants_upgrade(done.health())) return begin_upgrade(std::move(done), now);
  return attach_to(done.take_connection(), done.record());
}

Attach::Flow Attach::attach_to(Connection connection, project::Record record) {
  start_lock_.reset();
  watch_.reset();
  log_.debug("attached instance={} pid={}", record.instance_id, record.pid);
  attached_.emplace(Attached{std::move(connection), std::move(record), std::move(*directory_)});
  state_ = State::kAttached;
  return Flow::kWaiting;
}

// ---- an older server ---------------------------------------------------------------------------

/// Only who could start the newer one may send the older one away.
bool Attach::wants_upgrade(const json::object& health) const {
  return may_upgrade_ && settings_.start == StartPolicy::kStartServer &&
         is_newer_version(kVersion, find_string(health, "version").value_or("")) &&
         os::kind_of(settings_.server_program) == os::FileKind::kRegular;
}

Attach::Flow Attach::begin_upgrade(Handshake older, MonotonicTime now) {
  may_upgrade_ = false;
  if (!start_lock_) {
    auto lock = os::FileLock::try_acquire(directory_->fd, project::kStartLockName);
    if (!lock) return lock_failed(std::move(lock).error(), now);
    if (!*lock)
      return attach_to(older.take_connection(), older.record());  // somebody is at it; the older one serves too
    start_lock_ = std::move(**lock);
  }
  older_ = older.record();
  log_.info("server_upgrade from={} to={} instance={}", find_string(older.health(), "version").value_or(""), kVersion,
            older_.instance_id);
  leaving_.emplace(older.take_connection());
  leaving_->send(
      api::Method::kPost, api::kStopPath, {},
      json::serialize(json::object{{"instanceId", older_.instance_id}, {"reason", "upgrade"}, {"version", kVersion}}));
  answer_until_ = now + kHandshakeTime;
  state_ = State::kAskToLeave;
  return Flow::kGoOn;
}

Attach::Flow Attach::ask_to_leave(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  const Progress progress = leaving_->step(entries);
  if (progress == Progress::kWaiting && now < answer_until_) return Flow::kWaiting;
  Connection connection = std::move(*leaving_);
  leaving_.reset();
  const bool refused = progress == Progress::kAnswered && connection.take_answer().status != 200;
  if (refused && connection.reusable()) return attach_to(std::move(connection), std::move(older_));
  upgrading_ = progress == Progress::kAnswered && !refused;
  if (upgrading_) {
    drained_instance_ = older_.instance_id;
    drained_ = true;
  }
  state_ = State::kReadRecord;
  return Flow::kGoOn;
}

Attach::Flow Attach::no_server(Reason reason, std::string problem) {
  reason_ = reason;
  problem_ = std::move(problem);
  state_ = State::kLookAtLock;
  return Flow::kGoOn;
}

// ---- B: does the kernel say that there is one? -----------------------------------------------

Attach::Flow Attach::look_at_lock(MonotonicTime now) {
  auto held = os::is_lock_held(directory_->fd, project::kServerLockName);
  if (!held) return lock_failed(std::move(held).error(), now);
  if (!*held) {
    holder_.reset();
    state_ = start_lock_ ? State::kLaunch : State::kTakeStartLock;
    return Flow::kGoOn;
  }
  // It starts, drains or is busy; or it hangs.
  look_at_holder(now);
  return holder_.hung(now) ? hung(now) : start_waiting(now);
}

void Attach::look_at_holder(MonotonicTime now) {
  auto text = os::read_file(directory_->fd, project::kServerLockName, kLockTextLimit);
  holder_.look(now, text && *text ? std::move(**text) : std::string());
}

// ---- C: become the one who starts it ----------------------------------------------------------

Attach::Flow Attach::take_start_lock(MonotonicTime now) {
  auto busy = os::is_lock_held(directory_->fd, project::kStartLockName);
  if (!busy) return lock_failed(std::move(busy).error(), now);
  // Asked before it is taken: each open for writing wakes everybody who waits for this directory.
  if (*busy) return start_waiting(now);
  if (settings_.start == StartPolicy::kNeverStart) return fail_with(unfinished());

  if (auto failure = find_start_failure(directory_->fd, last_failure_at_, now))
    return start_failed(std::move(*failure), now);
  if (now < not_before_) return start_waiting(now);
  return acquire_start_lock(now);
}

/// Without waiting; then A and B once more: the one before us may have done what we want it for.
Attach::Flow Attach::acquire_start_lock(MonotonicTime now) {
  SS_FAULT_POINT("before_start_lock");
  auto lock = os::FileLock::try_acquire(directory_->fd, project::kStartLockName);
  if (!lock) return lock_failed(std::move(lock).error(), now);
  if (!*lock) return start_waiting(now);
  start_lock_ = std::move(**lock);
  SS_FAULT_POINT("after_start_lock");
  state_ = State::kReadRecord;
  return Flow::kGoOn;
}

Attach::Flow Attach::lock_failed(Error error, MonotonicTime now) {
  if (error.code != ErrorCode::kNotFound) return fail_with(std::move(error));
  problem_ = std::move(error.message);  // the whole directory was removed: open it anew
  directory_.reset();
  watch_.reset();
  watching_ = Watching::kNotYet;
  return start_waiting(now);
}

// ---- D: start it -------------------------------------------------------------------------------

Attach::Flow Attach::launch(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  if (!launch_) return begin_launch(now);
  const Word word = launch_->step(entries);
  if (word == Word::kNone) return look_at_start(now);
  Error error = launch_->error();
  launch_.reset();
  switch (word) {
    case Word::kFailed: return start_failed(std::move(error), now);
    case Word::kCrashed:
      return start_failed(crash_error(settings_, directory_->log_name(), "it ended without a word"), now);
    default: break;
  }
  log_.info("server_launched word={} took_ms={}", word == Word::kReady ? "READY" : "LOST",
            std::chrono::duration_cast<milliseconds>(now - launched_at_).count());
  launched_ = word;
  start_lock_.reset();
  timer_.reset();
  state_ = State::kReadRecord;
  return Flow::kGoOn;
}

/// What we start may hang before its word, with start.lock in our hand: then nobody else can end it.
Attach::Flow Attach::look_at_start(MonotonicTime now) {
  if (now < next_look_) return Flow::kWaiting;
  next_look_ = now + HolderWatch::kProbeDistance;
  const auto held = os::is_lock_held(directory_->fd, project::kServerLockName);
  if (!held || !*held) {
    holder_.reset();
    return Flow::kWaiting;
  }
  look_at_holder(now);
  if (!holder_.hung(now)) return Flow::kWaiting;
  outlived_ = std::exchange(launch_, std::nullopt);
  state_ = State::kReadRecord;  // A and B once more, as before every eviction
  return Flow::kGoOn;
}

Attach::Flow Attach::begin_launch(MonotonicTime now) {
  // A start that led to nothing counts as failed; else a server that dies right after READY is started without end.
  if (const Word word = std::exchange(launched_, Word::kNone); word != Word::kNone) {
    return start_failed(crash_error(settings_, directory_->log_name(),
                                    word == Word::kReady ? "it said READY and went away"
                                                         : "another server held server.lock and went away"),
                        now);
  }
  const Reason reason = failures_ > 0 ? Reason::kStartFailed
                        : evicted_    ? Reason::kHung
                        : upgrading_  ? Reason::kUpgrade
                        : drained_    ? Reason::kDrained
                                      : reason_;
  log_.info("server_launch reason={} attempt={} program={}", name_of(reason), failures_ + 1, settings_.server_program);
  upgrading_ = false;
  auto begun = Launch::begin(settings_, directory_->fd);
  // Missing or not to be run: it will be so the next time. A full process table or a file being written will not.
  if (!begun && begun.error().code != ErrorCode::kInternal) return fail_with(std::move(begun).error());
  if (!begun) return start_failed(std::move(begun).error(), now);
  launch_.emplace(std::move(*begun));
  launched_at_ = now;
  next_look_ = now + HolderWatch::kProbeDistance;
  return Flow::kGoOn;
}

Attach::Flow Attach::start_failed(Error error, MonotonicTime now) {
  if (start_lock_) save_start_failure(*start_lock_, error, now);
  start_lock_.reset();
  last_failure_at_ = now;
  if (!worth_another_start(error.code)) return fail_with(std::move(error));
  const milliseconds pause = back_off(failures_++);
  not_before_ = now + pause;
  log_.warn("server_start_failed attempt={} next_in_ms={} error=\"{}\"", failures_, pause.count(), error.message);
  if (not_before_ >= deadline_) return fail_with(std::move(error));
  last_failure_ = std::move(error);
  return start_waiting(now);
}

// ---- E: end one that hangs --------------------------------------------------------------------

Attach::Flow Attach::hung(MonotonicTime now) {
  const std::string lock_path = path_of(project::kServerLockName);
  if (settings_.start == StartPolicy::kNeverStart)
    return fail_with({ErrorCode::kServerUnavailable,
                      fmt::format("attach: {} holds {} and has neither answered nor made progress for {} s",
                                  holder_.describe(), lock_path, HolderWatch::kHungAfter.count()),
                      "it hangs: `stream-status restart` replaces it, and so does any tool call"});
  // Before start.lock: where nothing can be proved, nobody needs to wait for somebody else's attempt.
  if (const auto holder = project::prove_holder(lock_path, holder_.text()); !holder) {
    const auto held = os::is_lock_held(directory_->fd, project::kServerLockName);
    if (held && !*held) return start_waiting(now);  // it has just ended
    // Or another has just taken its place, and has not written its name there yet.
    if (!unproved_since_) unproved_since_ = now;
    if (now - *unproved_since_ < kTimeToSign) return start_waiting(now);
    return fail_with(add_context("attach", holder.error()).value());
  }
  unproved_since_.reset();
  if (!start_lock_) {
    const auto busy = os::is_lock_held(directory_->fd, project::kStartLockName);
    return busy && *busy ? start_waiting(now) : acquire_start_lock(now);  // busy: another one does it
  }
  auto begun = Eviction::begin(lock_path, holder_.text(), now);
  if (!begun) return fail_with(add_context("attach", begun.error()).value());
  log_.warn("server_hung holder=\"{}\" silent_s={} problem=\"{}\"", holder_.describe(), HolderWatch::kHungAfter.count(),
            problem_);
  eviction_.emplace(std::move(*begun));
  evicted_ = true;
  state_ = State::kEvict;
  return Flow::kGoOn;
}

Attach::Flow Attach::evict(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  const Eviction::State outcome = eviction_->step(now, entries);
  if (outcome == Eviction::State::kEnding) return Flow::kWaiting;
  if (outcome == Eviction::State::kStays) return fail_with(add_context("attach", eviction_->error()).value());
  log_.warn("server_evicted pid={}", eviction_->pid());
  eviction_.reset();
  holder_.reset();
  state_ = State::kReadRecord;  // with start.lock in hand
  return Flow::kGoOn;
}

// ---- waiting and the end -------------------------------------------------------------------------

Attach::Flow Attach::start_waiting(MonotonicTime now) {
  if (!upgrading_) start_lock_.reset();  // nobody waits with it in hand but who has sent an older server away
  if (watching_ == Watching::kNotYet && directory_) {
    auto watch = os::watch_directory(directory_->fd);
    watching_ = watch ? Watching::kYes : Watching::kRefused;
    if (watch) {
      watch_ = std::move(*watch);
      state_ = State::kReadRecord;  // what happened before the watch stood
      return Flow::kGoOn;
    }
  }
  wait_until_ =
      timer_.next(now, watching_ == Watching::kYes ? WaitTimer::kLongestWatched : WaitTimer::kLongestUnwatched);
  if (not_before_ > now) wait_until_ = std::min(wait_until_, not_before_);
  state_ = State::kWait;
  return Flow::kWaiting;
}

Attach::Flow Attach::wait(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  const os::PollEntry* ready = watch_ ? find_entry(entries, watch_.get()) : nullptr;
  const bool woken = ready != nullptr && ready->readable && os::saw_change_of(watch_, kTelling);
  if (woken) timer_.reset();
  if (!woken && now < wait_until_) return Flow::kWaiting;
  state_ = directory_ ? State::kReadRecord : State::kOpenDirectory;
  return Flow::kGoOn;
}

Attach::Flow Attach::fail_with(Error error) {
  handshake_.reset();
  leaving_.reset();
  eviction_.reset();
  if (launch_) outlived_ = std::exchange(launch_, std::nullopt);
  start_lock_.reset();
  watch_.reset();
  error_ = with_way_out(std::move(error));
  log_.debug("attach_failed error=\"{}\"", error_.message);
  state_ = State::kFailed;
  return Flow::kWaiting;
}

Error Attach::with_way_out(Error error) const {
  if (error.code != ErrorCode::kPermissionDenied) return error;
  if (!error.hint.empty()) error.hint += "; ";
  error.hint += fmt::format(
      "in a sandbox: allow {} for reading and writing and unix sockets in it, or use the MCP tools of "
      "stream-status",
      settings_.home.base);
  return error;
}

Error Attach::unfinished() const {
  if (last_failure_) return *last_failure_;
  const std::string& root = settings_.project.root;
  if (holder_.held())
    return {ErrorCode::kServerUnavailable,
            fmt::format("attach: the server of {} is there, {}, and has not answered in time{}{}", root,
                        holder_.describe(), problem_.empty() ? "" : "; ", problem_),
            "try again; `stream-status status` shows what it does"};
  if (launch_)
    return {ErrorCode::kServerUnavailable, fmt::format("attach: the server of {} is not ready yet", root),
            "try again; `stream-status logs` shows what it does"};
  return {ErrorCode::kServerUnavailable,
          problem_.empty() ? fmt::format("attach: no server runs for {}", root)
                           : fmt::format("attach: no server runs for {}: {}", root, problem_),
          "`stream-status serve` or any MCP tool starts one"};
}

void Attach::add_wait(std::vector<os::PollEntry>& entries) const {
  if (outlived_) outlived_->add_wait(entries);
  if (launch_) launch_->add_wait(entries);
  if (state_ == State::kHandshake) handshake_->add_wait(entries);
  if (state_ == State::kAskToLeave) leaving_->add_wait(entries);
  if (state_ == State::kEvict) eviction_->add_wait(entries);
  if (state_ == State::kWait && watch_) entries.push_back({.fd = watch_.get(), .want_read = true});
}

std::optional<MonotonicTime> Attach::wake_at() const {
  switch (state_) {
    case State::kIdle: return std::nullopt;
    case State::kHandshake: return std::min(deadline_, handshake_->wake_at().value_or(MonotonicTime{}));
    case State::kWait: return std::min(deadline_, wait_until_);
    case State::kAskToLeave: return std::min(deadline_, answer_until_);
    case State::kEvict: return std::min(deadline_, eviction_->wake_at());
    case State::kLaunch: return launch_ ? std::min(deadline_, next_look_) : MonotonicTime{};
    default: return MonotonicTime{};
  }
}

Result<Attached> Attach::take() {
  const bool failed = state_ == State::kFailed;
  may_upgrade_ = false;  // from now on every attach is a reconnect
  state_ = State::kIdle;
  if (failed) return tl::make_unexpected(std::move(error_));
  Attached attached = std::move(*attached_);
  attached_.reset();
  return attached;
}

}  // namespace stream_status::client
