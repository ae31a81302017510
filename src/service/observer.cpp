#include "service/observer.h"

#include <algorithm>
#include <array>

namespace stream_status::service {
namespace {

using namespace std::chrono_literals;

/// git writes several files for one commit: what follows closely belongs to it.
constexpr auto kQuiet = 20ms;
constexpr auto kPatience = 200ms;
constexpr auto kLongestRest = 300ms;
constexpr auto kPollInterval = 5s;
constexpr auto kAskedPause = 1s;
constexpr std::size_t kMostDirectories = 8192;

/// Of a git directory, what says where branches and worktrees are. The index changes with every `git status`.
bool matters(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNoise = {"index",     "COMMIT_EDITMSG", "ORIG_HEAD", "FETCH_HEAD",
                                                      "MERGE_MSG", "config",         "logs",      "gc.pid"};
  return !name.ends_with(".lock") && std::find(kNoise.begin(), kNoise.end(), name) == kNoise.end();
}

std::vector<std::string> directories_of(const git::Git& git, const Look& look) {
  const std::string& common = git.common_directory();
  std::vector<std::string> directories = os::list_directories(common + "/refs", kMostDirectories);
  directories.push_back(common);
  directories.push_back(common + "/worktrees");
  for (const git::Worktree& worktree : look.worktrees)
    if (!worktree.is_main && !worktree.git_directory.empty()) directories.push_back(worktree.git_directory);
  return directories;
}

}  // namespace

Observer::Observer(Parts parts) : parts_(parts) {}

Observer::State Observer::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Observer::set_state(State state) {
  const std::lock_guard lock(mutex_);
  if (state.problem != state_.problem && !state.problem.empty())
    parts_.log.warn("observe watching={} problem=\"{}\"", state.watching, state.problem);
  state_ = std::move(state);
}

/// When the next scan is to be, by what is known now. Between two scans there is a rest that grows with their cost: a
/// repository or a store that is slow to look at does not get a whole core.
MonotonicTime Observer::next_scan() const {
  MonotonicTime next = next_;
  if (changed_)
    next = std::min(next, std::max(std::min(last_change_ + kQuiet, *changed_ + kPatience),
                                   ended_ + std::min<milliseconds>(4 * took_, kLongestRest)));
  if (asked_) next = std::min(next, ended_ + std::max<milliseconds>(kAskedPause, 20 * took_));
  return next;
}

MonotonicTime Observer::step(MonotonicTime now) {
  if (watch_ && watch_->take_changes()) {
    if (!changed_) changed_ = now;
    last_change_ = now;
  }
  if (const MonotonicTime next = next_scan(); now < next) return next;
  if (const auto report = scan({}); report && report->added + report->removed > 0)
    parts_.log.info("commits_scanned added={} removed={}", report->added, report->removed);
  return next_scan();
}

Result<ScanReport> Observer::scan(const std::optional<StreamId>& only) {
  const MonotonicTime begin = parts_.clock.monotonic();
  if (!only) {
    changed_.reset();
    asked_ = false;
  }
  parts_.progress.set("scanning commits", 0, 0);
  auto look = parts_.repository.look(*parts_.config.get());
  Result<ScanReport> report = look ? parts_.scan.run(*look, only) : tl::make_unexpected(look.error());
  parts_.progress.clear();
  State next = state();
  if (report) next.scanned_at = parts_.clock.wall();
  if (!look) {
    next.watching = "nothing";
    next.problem = look.error().message;
    watch_.reset();
  } else {
    next.problem = report ? polling_problem_ : report.error().message;
  }
  set_state(std::move(next));
  ended_ = parts_.clock.monotonic();
  if (look) watch(*look, ended_);
  took_ = std::chrono::duration_cast<milliseconds>(ended_ - begin);
  const std::chrono::seconds interval(parts_.config.get()->scan_interval_seconds);
  if (!only) next_ = ended_ + (polling_ ? std::min<std::chrono::seconds>(interval, kPollInterval) : interval);
  return report;
}

void Observer::watch(const Look& look, MonotonicTime now) {
  if (polling_) return;
  if (!watch_) {
    auto opened = os::TreeWatch::open(&matters);
    if (!opened) return poll_instead(opened.error());
    watch_ = std::move(*opened);
  }
  const auto grew = watch_->set(directories_of(parts_.repository.git(), look));
  if (!grew) return poll_instead(grew.error());
  State next = state();
  next.watching = "inotify";
  set_state(std::move(next));
  if (*grew) {  // what happened there before it was watched is seen by one more scan
    changed_ = now;
    last_change_ = now;
  }
}

void Observer::poll_instead(const Error& error) {
  polling_ = true;
  watch_.reset();
  State next = state();
  polling_problem_ = error.message + "; refs are looked at every 5 s instead";
  next.watching = "polling";
  next.problem = polling_problem_;
  set_state(std::move(next));
}

}  // namespace stream_status::service
