#include "service/presence.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace stream_status::service {
namespace {

std::string key_of(const AgentName& name, const std::string& process) {
  return process.empty() ? "@" + name.text : process;
}

/// "reviewer#2" → "reviewer"
std::string_view without_number(std::string_view name) {
  const std::size_t mark = name.rfind('#');
  if (mark == std::string_view::npos || mark + 1 == name.size()) return name;
  return name.find_first_not_of("0123456789", mark + 1) == std::string_view::npos ? name.substr(0, mark) : name;
}

}  // namespace

std::string_view name_of(PresenceState state) {
  switch (state) {
    case PresenceState::kLive: return "live";
    case PresenceState::kQuiet: return "quiet";
    case PresenceState::kGone: return "gone";
  }
  return "";
}

PresenceState Presence::state_of(const Entry& entry, MonotonicTime now) const {
  const bool is_lately = now - entry.last_call < kQuietAfter;
  if (entry.connections == 0) return entry.comes_again && is_lately ? PresenceState::kQuiet : PresenceState::kGone;
  return !is_lately ? PresenceState::kQuiet : PresenceState::kLive;
}

AgentName Presence::free_name(const AgentName& wanted, const std::string& process) const {
  const auto is_taken = [&](const std::string& name) {
    return std::any_of(entries_.begin(), entries_.end(), [&](const auto& each) {
      const Entry& other = each.second;
      return other.connections > 0 && other.shown.process != process && other.shown.name.text == name;
    });
  };
  std::string name = wanted.text;
  for (int number = 2; is_taken(name); ++number) name = fmt::format("{}#{}", without_number(wanted.text), number);
  return {std::move(name)};
}

AgentName Presence::note_call(const Visitor& visitor, std::optional<Visit>& visit) {
  if (visitor.name.text.empty()) return visitor.name;
  const MonotonicTime now = clock_.monotonic();
  AgentName name;
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[key_of(visitor.name, visitor.process)];
    PresentAgent& shown = entry.shown;
    if (entry.last_call == MonotonicTime{}) shown.first_call = clock_.wall();
    bool came_back = false;  // perhaps to find that another has its name by now
    if (!visitor.process.empty() && !visit) {
      visit.emplace(*this, visitor.process);
      came_back = ++entry.connections == 1;
    }
    shown.process = visitor.process;
    if (entry.wanted != visitor.name || shown.name.text.empty() || came_back) {
      entry.wanted = visitor.name;
      shown.name = visitor.process.empty() ? visitor.name : free_name(visitor.name, visitor.process);
      changed = true;
    }
    changed = changed || shown.client != visitor.client || shown.worktree != visitor.worktree;
    entry.comes_again = visitor.comes_again;
    shown.client = visitor.client;
    shown.worktree = visitor.worktree;
    entry.last_call = now;
    shown.last_call = clock_.wall();
    changed = std::exchange(shown.state, state_of(entry, now)) != shown.state || changed;
    if (changed) ++version_;
    name = shown.name;
  }
  if (changed) tell();
  return name;
}

void Presence::note_stream(const AgentName& name, const std::string& process, const StreamId& stream) {
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(key_of(name, process));
    if (entry == entries_.end() || entry->second.shown.stream == stream) return;
    entry->second.shown.stream = stream;
    ++version_;
  }
  tell();
}

void Presence::leave(const std::string& process) {
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(process);
    if (entry == entries_.end() || --entry->second.connections > 0) return;
    entry->second.left = clock_.monotonic();
    entry->second.shown.state = PresenceState::kGone;
    ++version_;
  }
  tell();
}

std::vector<PresentAgent> Presence::agents() const {
  const MonotonicTime now = clock_.monotonic();
  std::vector<std::pair<MonotonicTime, PresentAgent>> found;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, entry] : entries_) {
      found.emplace_back(entry.last_call, entry.shown);
      found.back().second.state = state_of(entry, now);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<PresentAgent> agents;
  agents.reserve(found.size());
  for (auto& [called, agent] : found) agents.push_back(std::move(agent));
  return agents;
}

MonotonicTime Presence::sign_of(const Entry& entry, MonotonicTime now) const {
  const MonotonicTime connected_until = entry.connections > 0 ? now : entry.left;
  return std::max(entry.last_call, std::min(connected_until, entry.last_call + kSilenceLimit));
}

std::optional<MonotonicTime> Presence::last_sign(const AgentName& name, const std::string& process) const {
  const MonotonicTime now = clock_.monotonic();
  std::optional<MonotonicTime> last;
  const std::lock_guard lock(mutex_);
  if (!process.empty()) {
    if (const auto entry = entries_.find(process); entry != entries_.end()) last = sign_of(entry->second, now);
    return last;
  }
  for (const auto& [key, entry] : entries_)
    if (entry.shown.name == name) last = std::max(last.value_or(MonotonicTime::min()), sign_of(entry, now));
  return last;
}

bool Presence::is_connected(const std::string& process) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(process);
  return entry != entries_.end() && entry->second.connections > 0;
}

bool Presence::settle(MonotonicTime now) {
  bool changed = false;
  for (auto& [key, entry] : entries_)
    changed = std::exchange(entry.shown.state, state_of(entry, now)) != entry.shown.state || changed;
  changed =
      std::erase_if(entries_,
                    [now](const auto& each) {
                      const Entry& entry = each.second;
                      return entry.connections == 0 && now - std::max(entry.left, entry.last_call) >= kGoneForgotten;
                    }) > 0 ||
      changed;
  if (changed) ++version_;
  return changed;
}

void Presence::step() {
  {
    const std::lock_guard lock(mutex_);
    if (!settle(clock_.monotonic())) return;
  }
  tell();
}

std::uint64_t Presence::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

void Presence::tell() const {
  if (changed_) changed_();
}

json::object agents_json(const Presence& presence) {
  json::array agents;
  for (const PresentAgent& agent : presence.agents())
    agents.push_back({{"name", agent.name.text},
                      {"state", name_of(agent.state)},
                      {"process", text_or_null(agent.process)},
                      {"client", text_or_null(agent.client)},
                      {"worktree", text_or_null(agent.worktree)},
                      {"streamId", agent.stream ? json::value(agent.stream->text) : json::value(nullptr)},
                      {"firstCall", format_rfc3339(agent.first_call)},
                      {"lastCall", format_rfc3339(agent.last_call)}});
  return {{"agents", std::move(agents)}};
}

}  // namespace stream_status::service
