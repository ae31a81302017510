// Who is there: which agents call, from which process, and whether that process is still connected. Observed, never
// asked: a connection is the heartbeat. In memory only; silence changes nothing but what is shown, and leases
// (leases.h).
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "os/clock.h"

namespace stream_status::service {

/// Who calls, as a request says it.
struct Visitor {
  AgentName name;       ///< as the process calls itself
  std::string process;  ///< random, kept across reconnects; empty: a program that makes one call and ends
  std::string client;   ///< "claude-code 2.1.0"; may be empty
  std::string worktree;
  bool comes_again = false;  ///< without a process that could be seen to live: each call is a connection of its own
};

enum class PresenceState {
  kLive,   ///< connected, and called lately
  kQuiet,  ///< connected, no call for Presence::kQuietAfter; or one that comes again, within that time
  kGone,   ///< not connected
};
std::string_view name_of(PresenceState state);

struct PresentAgent {
  AgentName name;
  PresenceState state = PresenceState::kGone;
  std::string process;
  std::string client;
  std::string worktree;
  std::optional<StreamId> stream;  ///< that its last call was about
  WallTime first_call;
  WallTime last_call;
};

/// Any thread.
class Presence {
 public:
  static constexpr seconds kQuietAfter{300};
  /// Without a call, being connected counts for so long.
  static constexpr seconds kSilenceLimit{8 * 3600};
  static constexpr seconds kGoneForgotten{24 * 3600};

  explicit Presence(const os::Clock& clock) : clock_(clock) {}

  /// `changed` is called, on the thread of the change, when somebody came, left, fell quiet or went to another stream;
  /// it must only post. Before the first call.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  /// One connection of a process; it is over when this object goes.
  class Visit {
   public:
    Visit(Presence& presence, std::string process) : presence_(&presence), process_(std::move(process)) {}
    Visit(Visit&& other) noexcept
        : presence_(std::exchange(other.presence_, nullptr)), process_(std::move(other.process_)) {}
    Visit& operator=(Visit&&) = delete;
    ~Visit() {
      if (presence_ != nullptr) presence_->leave(process_);
    }

   private:
    Presence* presence_;
    std::string process_;
  };

  /// A call, on a connection that may be a new one of its process: `visit` is made then. Gives the name that the
  /// process has here: its own, or with "#2" and so on while another live process has that one.
  AgentName note_call(const Visitor& visitor, std::optional<Visit>& visit);
  /// What the agent's last call was about.
  void note_stream(const AgentName& name, const std::string& process, const StreamId& stream);

  /// Newest call first.
  std::vector<PresentAgent> agents() const;
  /// The last sign of life: a call, or being connected, which counts for kSilenceLimit after a call. Absent: none since
  /// this server began. Without `process`: of any process of this name.
  std::optional<MonotonicTime> last_sign(const AgentName& name, const std::string& process) const;
  bool is_connected(const std::string& process) const;

  /// About once a second: who fell quiet, whom to forget.
  void step();
  /// Rises with each change that on_change tells of.
  std::uint64_t version() const;

 private:
  struct Entry {
    AgentName wanted;
    PresentAgent shown;  ///< its state is as last told
    int connections = 0;
    bool comes_again = false;
    MonotonicTime last_call{};
    MonotonicTime left{};  ///< when its last connection ended
  };
  PresenceState state_of(const Entry& entry, MonotonicTime now) const;
  AgentName free_name(const AgentName& wanted, const std::string& process) const;
  MonotonicTime sign_of(const Entry& entry, MonotonicTime now) const;
  bool settle(MonotonicTime now);
  void leave(const std::string& process);
  void tell() const;

  const os::Clock& clock_;
  std::function<void()> changed_;
  mutable std::mutex mutex_;              ///< guards what follows
  std::map<std::string, Entry> entries_;  ///< by process, or for those without by "@" and the name
  std::uint64_t version_ = 0;
};

/// {agents: [{name, state, …}]}, as callers and listeners see it.
json::object agents_json(const Presence& presence);

}  // namespace stream_status::service
