#include "server/life.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <memory>
#include <vector>

#include "api/errors.h"
#include "api/wire.h"
#include "base/fault_point.h"
#include "base/release.h"
#include "os/file.h"
#include "os/file_parts.h"
#include "os/lock.h"
#include "os/log_file.h"
#include "os/poll.h"
#include "os/random.h"
#include "os/signals.h"
#include "os/stdio.h"
#include "os/stream_io.h"
#include "os/temporary_directory.h"
#include "project/directory.h"
#include "project/record.h"
#include "server/assets.h"
#include "server/doors.h"
#include "server/idle_rule.h"
#include "server/lock_text.h"
#include "server/stall_watch.h"
#include "server/storage.h"
#include "service/work.h"

namespace stream_status::server {
namespace {

using namespace std::chrono_literals;

constexpr auto kWatchInterval = 10s;
constexpr auto kRescuePatience = 60s;
constexpr std::string_view kBoardAppPath = "/board-app.html";

/// What the launcher waits for: one line, once.
class ReadyLine {
 public:
  explicit ReadyLine(int fd) : fd_(fd) {}
  void say(std::string_view line) {
    if (fd_) os::write_all(fd_.get(), fmt::format("{}\n", line));
    fd_.reset();
  }

 private:
  os::Fd fd_;
};

/// The project's files, opened in the order that decides who owns them.
struct Ground {
  project::Home home;
  project::Project project;
  project::ProjectDirectory directory;
};

Result<Ground> open_ground(const LaunchSettings& settings, const os::Environment& environment) {
  Ground ground;
  ground.home = TRY(project::locate_home({settings.home, &environment}));
  ground.project = TRY(project::find_project({settings.project, &environment, "/"}));
  ground.directory = TRY(project::open_project_directory(ground.home, ground.project));
  return ground;
}

Result<Log> open_log(const Ground& ground, const LaunchSettings& settings, const os::Environment& environment,
                     const os::Clock& clock) {
  const auto named = environment.find("STREAM_STATUS_LOG");
  const LogLevel level =
      named == environment.end() ? LogLevel::kInfo : parse_log_level(named->second).value_or(LogLevel::kInfo);
  os::Fd logs = TRY(os::open_private_directory(ground.home.logs(), ground.home.trusted, os::IfMissing::kCreate));
  const auto file = TRY(os::LogFile::open(std::move(logs), ground.directory.log_name(), os::Rotation::kBySize));
  const bool echo = settings.mode == Mode::kForeground;
  if (!echo) file->take_stderr();
  return Log(
      level, [&clock] { return clock.wall(); },
      [file, echo](std::string_view line) {
        file->write_line(line);
        if (echo) os::write_all(os::kStandardError, line);
      });
}

/// A founding server that lives keeps its directory; this one does not start beside it.
Result<void> refuse_founding_server(const project::ProjectDirectory& directory) {
  const auto record = project::find_record(directory.fd);
  if (!record || !record->is_founding() || !os::process_exists(record->pid)) return {};
  return fail(ErrorCode::kIncompatible,
              fmt::format("start server: {}: a server of the founding Node implementation runs there (pid {}, port {})",
                          directory.path, record->pid, record->port),
              fmt::format("stop it first: kill {}", record->pid));
}

/// One server: owns everything that lives as long as it does, in the order it came to life.
class Server {
 public:
  Server(Ground ground, os::FileLock lock, Log log, const os::Environment& environment,
         const os::Environment& inherited, const os::Clock& clock, const ServingSettings& serving)
      : ground_(std::move(ground)),
        lock_(std::move(lock)),
        log_(std::move(log)),
        environment_(environment),
        inherited_(inherited),
        clock_(clock),
        serving_(serving),
        known_revision_(read_lock_number(ground_.directory.fd, "revision")),
        lock_text_(lock_, {read_last_port(ground_.directory.fd), known_revision_},
                   [this](std::string_view phase) { give_up_stop(phase); }) {}

  /// Steps 4–6. On error nothing stays behind but files that the next start overwrites.
  Result<void> start();
  /// Step 7, until something asks to stop. Returns what did.
  std::string run();
  /// Step 8.
  void stop(std::string_view reason);

  const Log& log() const { return log_; }

 private:
  Result<void> open_store();
  Result<std::string> open_scratch() const;
  project::Record describe() const;
  Result<void> open_doors();
  void watch();
  void look_for_stalls();
  void reload_config();
  void drain();
  [[noreturn]] void give_up_stop(std::string_view phase) const;
  void leave_after_custody_lost();
  void insist_on_rescue();
  void look_at_custody();
  void look_at_announcement();
  std::string path_of(const char* name) const { return fmt::format("{}/{}", ground_.directory.path, name); }
  bool is_ours() const { return os::identity_at(lock_path_) == lock_.identity() && storage_->store().is_in_place(); }
  void request_stop(std::string_view reason);

  Ground ground_;
  os::FileLock lock_;
  Log log_;
  const os::Environment& environment_;
  const os::Environment& inherited_;
  const os::Clock& clock_;
  const ServingSettings& serving_;
  std::int64_t known_revision_;
  LockText lock_text_;

  std::string lock_path_;
  std::string instance_id_ = os::random_hex(8);
  WallTime started_at_ = clock_.wall();
  MonotonicTime started_ = clock_.monotonic();
  feed::Feed feed_;
  std::unique_ptr<service::LiveConfig> config_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<service::Writer> writer_;
  std::unique_ptr<service::Work> work_;
  std::unique_ptr<service::Service> service_;
  std::unique_ptr<service::Maintenance> maintenance_;
  std::unique_ptr<Doors> doors_;
  StallWatch writer_watch_;
  std::vector<StallWatch> lane_watches_ = std::vector<StallWatch>(serving_.lanes);
  IdleRule idle_;
  std::string stop_reason_ = "signal";
  std::mutex stop_mutex_;  ///< guards stop_reason_
  std::atomic<bool> custody_lost_{false};
};

Result<void> Server::start() {
  lock_path_ = path_of(project::kServerLockName);
  lock_text_.phase("opening");
  SS_FAULT_POINT("after_lock", [this] { lock_text_.phase("opening"); });
  TRY(refuse_founding_server(ground_.directory));
  if (ground_.directory.name != ground_.project.name)
    if (const auto namesake = project::find_namesake(ground_.home, ground_.project); namesake && *namesake)
      log_.info("directory_has_suffix name={} because={} is_of=\"{}\"", ground_.directory.name, (*namesake)->path,
                (*namesake)->owner);
  TRY(os::remove_file(ground_.directory.fd, project::kRecordName));
  TRY(os::remove_file(ground_.directory.fd, project::kSocketName));
  auto config = project::load_or_create_config(ground_.directory.fd, ground_.project, environment_);
  if (!config) return tl::make_unexpected(config.error());
  config->project_root = ground_.project.root;
  config->project_name = ground_.project.name;
  for (const std::string& warning : config->warnings) log_.warn("config_warning text=\"{}\"", warning);
  config_ = std::make_unique<service::LiveConfig>(std::move(*config));
  TRY(open_store());
  SS_FAULT_POINT("after_store", [this] { lock_text_.phase("opening"); });
  lock_text_.phase("binding");
  SS_FAULT_POINT("before_bind", [this] { lock_text_.phase("binding"); });
  TRY(open_doors());
  SS_FAULT_POINT("after_bind", [this] { lock_text_.phase("binding"); });
  TRY(doors_->handshake());
  SS_FAULT_POINT("before_record", [this] { lock_text_.phase("binding"); });
  TRY(doors_->announce());
  SS_FAULT_POINT("after_record");
  lock_text_.phase("ready", LockText::Stage::kServing);
  log_.info("server_started instance={} version={} pid={} port={} project=\"{}\" took_ms={}", instance_id_, kVersion,
            os::this_process().pid, doors_->port(), ground_.project.root,
            std::chrono::duration_cast<milliseconds>(clock_.monotonic() - started_).count());
  return {};
}

Result<void> Server::open_store() {
  storage_ = TRY(Storage::open({ground_.home, ground_.directory, known_revision_, config_->get()->backups_keep,
                                [this](std::string_view phase) { lock_text_.phase(phase); }},
                               clock_, log_));
  SS_FAULT_POINT("after_epoch", [this] { lock_text_.phase("opening"); });
  store::Store& store = storage_->store();
  lock_text_.set_revision(store.head());
  writer_ = std::make_unique<service::Writer>(
      store, feed_, clock_, log_,
      service::Writer::Custody{[this] { return is_ours(); }, [this] { leave_after_custody_lost(); }});
  const std::string scratch = TRY(open_scratch());
  work_ = TRY(service::Work::open({store, *writer_, *config_, clock_, log_, ground_.project.root, environment_,
                                   inherited_, scratch, ground_.home, ground_.directory.name}));
  service_ = std::make_unique<service::Service>(
      service::Identity{ground_.project.name, ground_.project.root, instance_id_, os::this_process().pid}, store,
      *writer_, *work_, *config_, clock_);
  service_->notice().set(storage_->notice());
  maintenance_ = std::make_unique<service::Maintenance>(service::Maintenance::Parts{
      store, *writer_, storage_->snapshots(), *config_, clock_, log_, ground_.directory.fd, ground_.directory.path,
      project::kDatabaseName, storage_->backups_path(), [this](std::string_view reason) { request_stop(reason); }});
  if (const Asset* app = find_asset(kBoardAppPath)) service_->set_board_app(app->identity);
  service_->set_storage_status([this] { return maintenance_->status(); });
  return {};
}

/// Where git may write objects that only answer a question. What a killed server left there goes.
Result<std::string> Server::open_scratch() const {
  std::string path = path_of(project::kScratchName);
  os::remove_tree(path);
  TRY(os::open_private_subdirectory(ground_.directory.fd, project::kScratchName, path, os::IfMissing::kCreate));
  return path;
}

project::Record Server::describe() const {
  const os::ProcessIdentity me = os::this_process();
  return {.pid = me.pid,
          .project_root = ground_.project.root,
          .started_at = format_rfc3339(started_at_),
          .project_name = ground_.project.name,
          .socket = path_of(project::kSocketName),
          .instance_id = instance_id_,
          .server_version = std::string(kVersion),
          .protocol = api::kProtocol,
          .pid_namespace = me.pid_namespace,
          .network_namespace = os::network_namespace()};
}

Result<void> Server::open_doors() {
  doors_ = TRY(Doors::open({*service_, *maintenance_, storage_->store(), feed_, clock_, log_, ground_.directory.fd,
                            *config_->get(), lock_text_.last_port(), describe(),
                            [this](std::string_view reason) { request_stop(reason); }, serving_}));
  lock_text_.set_port(doors_->port());
  writer_->start();
  work_->start();
  maintenance_->start();
  doors_->start();
  return {};
}

void Server::request_stop(std::string_view reason) {
  {
    const std::lock_guard guard(stop_mutex_);
    stop_reason_ = reason;
  }
  os::request_stop();
}

/// On the writer thread: the files at our paths are not ours any more. What is committed here is saved as a backup, and
/// the server leaves the project to whoever owns the files now.
void Server::leave_after_custody_lost() {
  custody_lost_ = true;
  if (const auto saved = storage_->rescue(); !saved) log_.error("rescue_failed error=\"{}\"", saved.error().message);
  request_stop("custody_lost");
}

/// Nothing else has this data: a backups disk that is full for a moment must not be its end.
void Server::insist_on_rescue() {
  const MonotonicTime deadline = clock_.monotonic() + kRescuePatience;
  while (!storage_->is_rescued() && clock_.monotonic() < deadline) {
    if (storage_->rescue()) return;
    std::vector<os::PollEntry> nothing;
    os::poll(nothing, 1000ms);
  }
}

/// Has the writer look for itself whether the files are still ours.
void Server::look_at_custody() {
  if (custody_lost_ || is_ours()) return;
  writer_->submit({[](store::Transaction&, WallTime) -> Result<service::Answer> { return service::Answer{}; },
                   [](const Result<service::Answer>&) {}, doors_->lanes().front().get()});
}

std::string Server::run() {
  MonotonicTime next_watch = clock_.monotonic() + kWatchInterval;
  for (;;) {
    if (os::wait_for_stop_signal(1000ms)) {
      const std::lock_guard guard(stop_mutex_);
      return stop_reason_;
    }
    const MonotonicTime now = clock_.monotonic();
    const auto config = config_->get();
    service_->presence().step();
    look_at_custody();
    look_at_announcement();
    const milliseconds idle_timeout{static_cast<std::int64_t>(config->idle_timeout_minutes * 60'000)};
    if (idle_.step(now, doors_->connections(), doors_->last_call(), idle_timeout)) return "idle";
    if (now < next_watch) continue;
    next_watch = now + kWatchInterval;
    watch();
  }
}

/// A thread that others wait for and that does nothing: nobody can mend that from inside. What was acknowledged is on
/// disk, and the kernel frees the lock for a server that works.
void Server::look_for_stalls() {
  const auto look = [this](StallWatch& stall, std::string_view name, std::int64_t thread, StallWatch::Sign sign) {
    const auto activity = os::find_thread(thread);
    if (!activity) return;
    sign.waits_for_disk = activity->waits_for_disk;
    if (name == "writer") sign.progress += activity->ticks;  // an import may be one group, and take its minutes
    if (!stall.look(sign)) return;
    log_.error("server_stalled instance={} thread={} for_s={}", instance_id_, name,
               StallWatch::kLooks * std::chrono::duration_cast<seconds>(kWatchInterval).count());
    os::end_process(1);
  };
  const service::Writer::Activity writer = writer_->activity();
  look(writer_watch_, "writer", writer.thread, {.progress = writer.groups, .wanted = writer.has_work});
  for (std::size_t i = 0; i < lane_watches_.size(); ++i) {
    const IoLane::Activity lane = doors_->lanes()[i]->activity();
    look(lane_watches_[i], "lane", lane.thread, {.progress = lane.steps, .wanted = true});
  }
}

/// Every 10 s: is everything that says "this is the server" still ours?
void Server::watch() {
  look_for_stalls();
  if (custody_lost_) return;
  lock_text_.set_revision(storage_->store().head());
  if (os::kind_of(ground_.project.root) != os::FileKind::kDirectory) return request_stop("project_gone");
  if (is_ours()) doors_->announce_again();
  reload_config();
}

/// Who does not find the server for 12 s takes it for hung: a file that was removed or put in its place is seen at
/// once, what was written into it at the next watch.
void Server::look_at_announcement() {
  if (!custody_lost_ && doors_->are_moved() && is_ours()) doors_->announce_again();
}

void Server::reload_config() {
  auto next = project::load_or_create_config(ground_.directory.fd, ground_.project, environment_);
  if (!next) {
    if (config_->problem() != next.error().message) log_.error("config_invalid error=\"{}\"", next.error().message);
    config_->set_problem(next.error().message);
    return;
  }
  config_->set_problem("");
  next->project_root = ground_.project.root;
  next->project_name = ground_.project.name;
  if (*next == *config_->get()) return;
  log_.info("config_reloaded");
  config_->set(std::move(*next));
}

void Server::drain() {
  doors_->begin_drain();
  lock_text_.follow(writer_->activity().thread);
  lock_text_.follow(maintenance_->thread());
  SS_FAULT_POINT("in_drain");
  doors_->close();
  work_->stop();
  maintenance_->stop();
  writer_->stop();  // finishes and answers what is queued; a group takes milliseconds
  doors_->stop();
}

/// On the thread of lock_text_. What was acknowledged is on disk; the kernel frees the lock for the next server.
void Server::give_up_stop(std::string_view phase) const {
  log_.error("stop_stuck instance={} phase={}", instance_id_, phase);
  os::end_process(1);
}

void Server::stop(std::string_view reason) {
  // A rescue of data that nothing else has may take its time.
  lock_text_.phase("draining", custody_lost_ ? LockText::Stage::kWorking : LockText::Stage::kStopping);
  log_.info("server_stopping instance={} reason={}", instance_id_, reason);
  if (doors_) drain();
  if (storage_ && !is_ours()) custody_lost_ = true;
  if (custody_lost_) {
    lock_text_.phase("saving", LockText::Stage::kWorking);
    insist_on_rescue();
  } else {
    if (storage_) {
      (void)storage_->snapshots().take_if_changed(clock_.wall(), config_->get()->backups_keep, "clean_stop");
      if (const auto closed = storage_->store().close(); !closed)
        log_.error("close_failed error=\"{}\"", closed.error().message);
      lock_text_.set_revision(storage_->store().head());
    }
    if (doors_) doors_->withdraw();
  }
  SS_FAULT_POINT("after_drain");
  doors_.reset();
  lock_text_.phase("stopped", LockText::Stage::kServing);
  log_.info("server_stopped instance={} uptime_s={}", instance_id_,
            std::chrono::duration_cast<seconds>(clock_.monotonic() - started_).count());
}

int report_failure(const Error& error, ReadyLine& ready, const LaunchSettings& settings) {
  ready.say("ERR " + json::serialize(api::to_json(error)));
  if (settings.mode == Mode::kForeground)
    os::write_all(os::kStandardError,
                  fmt::format("stream-statusd: {}\n{}{}\n", error.message, error.hint.empty() ? "" : "→ ", error.hint));
  return 1;
}

}  // namespace

int run_server(const LaunchSettings& settings, const os::Environment& inherited, const os::Clock& clock) {
  ReadyLine ready(settings.ready_fd);
  os::block_stop_signals();
  const os::Environment environment = os::server_environment(inherited);
  auto ground = open_ground(settings, environment);
  if (!ground) return report_failure(ground.error(), ready, settings);
  auto log = open_log(*ground, settings, environment, clock);
  if (!log) return report_failure(log.error(), ready, settings);

  auto lock = os::FileLock::try_acquire(ground->directory.fd, project::kServerLockName);
  if (!lock) return report_failure(lock.error(), ready, settings);
  if (!*lock) {
    log->info("lost reason=another_server_holds_the_lock");
    ready.say("LOST");
    if (settings.mode == Mode::kForeground)
      os::write_all(os::kStandardError,
                    "stream-statusd: another server of this project runs already; see 'stream-status status'\n");
    return 0;
  }

  Server server(std::move(*ground), std::move(**lock), std::move(*log), environment, inherited, clock,
                settings.serving);
  if (const auto started = server.start(); !started) {
    server.log().error("start_failed error=\"{}\"", started.error().message);
    server.stop("start_failed");
    return report_failure(started.error(), ready, settings);
  }
  SS_FAULT_POINT("before_ready_word");
  ready.say("READY");
  server.stop(server.run());
  return 0;
}

}  // namespace stream_status::server
