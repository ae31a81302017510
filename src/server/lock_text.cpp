#include "server/lock_text.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "os/file.h"
#include "os/process.h"
#include "project/directory.h"
#include "project/holder.h"

namespace stream_status::server {
namespace {

using namespace std::chrono_literals;

constexpr auto kBeat = 1s;

}  // namespace

std::int64_t read_lock_number(const os::Fd& directory, std::string_view key) {
  const auto text = os::read_file(directory, project::kServerLockName, 4096);
  if (!text || !*text) return 0;
  const auto object = parse_json_object(**text);
  return object ? std::max<std::int64_t>(find_integer(*object, key).value_or(0), 0) : 0;
}

std::uint16_t read_last_port(const os::Fd& directory) {
  const std::int64_t port = read_lock_number(directory, "lastPort");
  return port < 65536 ? static_cast<std::uint16_t>(port) : std::uint16_t{0};
}

LockText::LockText(const os::FileLock& lock, Known known, std::function<void(std::string_view phase)> stuck)
    : lock_(lock),
      me_(project::describe_holder()),
      stuck_(std::move(stuck)),
      threads_{os::this_thread()},
      known_(known) {}

LockText::~LockText() {
  {
    const std::lock_guard guard(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void LockText::phase(std::string_view name, Stage stage) {
  {
    const std::lock_guard guard(mutex_);
    phase_ = name;
    stage_ = stage;
    ++progress_;
    write();
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { beat(); });
  changed_.notify_one();
}

void LockText::follow(std::int64_t thread) {
  const std::lock_guard guard(mutex_);
  threads_.push_back(thread);
}

void LockText::set_port(std::uint16_t port) {
  const std::lock_guard guard(mutex_);
  known_.last_port = port;
}

std::uint16_t LockText::last_port() const {
  const std::lock_guard guard(mutex_);
  return known_.last_port;
}

void LockText::set_revision(std::int64_t revision) {
  const std::lock_guard guard(mutex_);
  if (std::exchange(known_.revision, revision) != revision) write();
}

void LockText::write() const {
  json::object text = me_;
  text["phase"] = phase_;
  text["progress"] = progress_;
  text["lastPort"] = known_.last_port;
  text["revision"] = known_.revision;
  (void)lock_.write_text(json::serialize(text));  // only informs: a full disk must not stop a start
}

LockText::Work LockText::work() const {
  Work work;
  for (const std::int64_t thread : threads_) {
    const auto activity = os::find_thread(thread);
    if (!activity) continue;
    work.ticks += activity->ticks;
    work.waits_for_disk = work.waits_for_disk || activity->waits_for_disk;
  }
  return work;
}

void LockText::beat() {
  std::unique_lock guard(mutex_);
  std::uint64_t worked = work().ticks;
  int still = 0;
  int beats = 0;
  for (;;) {
    const auto due = [this] { return ending_ || stage_ != Stage::kServing; };
    if (stage_ == Stage::kServing) {
      changed_.wait(guard, due);
      still = beats = 0;
    }
    if (changed_.wait_for(guard, kBeat, [this] { return ending_; })) return;
    if (stage_ == Stage::kServing) continue;
    const Work now = work();
    const bool moves = now.ticks != worked || now.waits_for_disk;
    worked = now.ticks;
    still = moves ? 0 : still + 1;
    ++beats;
    if (moves) ++progress_;
    if (moves) write();
    if (stage_ == Stage::kStopping && (still >= kStillBeats || beats >= kStopBeats)) return stuck_(phase_);
  }
}

}  // namespace stream_status::server
