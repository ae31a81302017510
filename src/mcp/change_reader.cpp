#include "mcp/change_reader.h"

#include <algorithm>
#include <utility>

#include "api/wire.h"
#include "mcp/phrase.h"
#include "mcp/project_names.h"

namespace stream_status::mcp {
namespace {

constexpr std::int64_t kWaitSeconds = 50;  // the most that one call may take
constexpr seconds kRetryAfter{2};

struct Entry {
  Subscription wanted;
  Watcher watcher;
  bool is_ready = false;
};

/// The streams that the answer tells of.
std::set<std::string> changed_streams(const json::object& answer) {
  std::set<std::string> ids;
  const json::value* changes = answer.if_contains("changes");
  if (changes == nullptr || !changes->is_array()) return ids;
  for (const json::value& each : changes->get_array())
    if (const json::object* change = each.if_object()) ids.emplace(text_member(*change, "streamId"));
  return ids;
}

bool is_among(const std::set<std::string>& streams, std::string_view uri) {
  if (uri == kBoardUri || uri == kStatsUri) return true;
  const auto id = api::percent_decode(uri.substr(kStreamPrefix.size()));
  return id && streams.contains(*id);
}

}  // namespace

struct ChangeReader::State : std::enable_shared_from_this<State> {
  explicit State(Backend& the_backend) : backend(the_backend) {}

  void go_on();
  void learn_revision();
  void wait();
  void answered(const json::object& answer);
  void failed();
  void dropped();
  void make_ready();
  std::vector<std::shared_ptr<Entry>> live();

  /// For a call's answer: nothing once the reader is gone.
  template <typename Handler>
  Backend::Done handler(Handler on_answer) {
    return [weak = weak_from_this(), on_answer](const Result<json::value>& result) {
      const auto state = weak.lock();
      if (!state) return;
      state->ticket.reset();
      const json::object* answer = result ? result->if_object() : nullptr;
      if (answer == nullptr) return state->failed();
      on_answer(*state, *answer);
    };
  }

  Backend& backend;
  std::vector<std::weak_ptr<Entry>> entries;
  std::optional<std::int64_t> since;      ///< revision up to which all has been told
  std::optional<Backend::Ticket> ticket;  ///< of the call in flight
  bool calling = false;                   ///< a call is in flight, or to be repeated
  bool has_failed = false;
  std::optional<MonotonicTime> retry_at;
};

std::vector<std::shared_ptr<Entry>> ChangeReader::State::live() {
  std::vector<std::shared_ptr<Entry>> found;
  for (const auto& each : entries)
    if (auto entry = each.lock()) found.push_back(std::move(entry));
  return found;
}

void ChangeReader::State::go_on() {
  calling = !live().empty();
  if (!calling) {
    since.reset();
    entries.clear();
    return;
  }
  since ? wait() : learn_revision();
}

void ChangeReader::State::learn_revision() {
  ticket = backend.call(api::operation(api::OperationId::kListStreams), {{"limit", 1}}, Backend::As::kNobody,
                        handler([](State& state, const json::object& answer) {
                          const auto revision = find_integer(answer, "revision");
                          if (!revision) return state.failed();
                          state.since = *revision;
                          state.make_ready();
                          state.go_on();
                        }));
}

void ChangeReader::State::wait() {
  ticket = backend.call(api::operation(api::OperationId::kWaitForChange),
                        {{"since", *since}, {"timeoutSeconds", kWaitSeconds}}, Backend::As::kNobody,
                        handler([](State& state, const json::object& answer) { state.answered(answer); }));
}

void ChangeReader::State::answered(const json::object& answer) {
  since = find_integer(answer, "revision").value_or(*since);
  const std::set<std::string> streams = changed_streams(answer);
  if (!streams.empty())
    for (const auto& entry : live())
      for (const std::string& uri : entry->wanted.uris)
        if (is_among(streams, uri)) entry->watcher.updated(uri);
  go_on();
}

void ChangeReader::State::failed() {
  has_failed = true;
  retry_at.reset();  // set by the next step: here is no clock
}

void ChangeReader::State::make_ready() {
  for (const auto& entry : live())
    if (!std::exchange(entry->is_ready, true)) entry->watcher.ready();
}

/// A subscription ended. The last one takes the call with it.
void ChangeReader::State::dropped() {
  std::erase_if(entries, [](const auto& each) { return each.expired(); });
  if (!entries.empty() || !calling) return;
  if (const auto call = std::exchange(ticket, std::nullopt)) backend.cancel(*call);
  calling = has_failed = false;
  since.reset();
}

ChangeReader::ChangeReader(Backend& backend) : state_(std::make_shared<State>(backend)) {}
ChangeReader::~ChangeReader() = default;

bool ChangeReader::can_watch(std::string_view uri) {
  if (uri == kBoardUri || uri == kStatsUri) return true;
  return uri.starts_with(kStreamPrefix) && uri.size() > kStreamPrefix.size();
}

std::shared_ptr<void> ChangeReader::watch(Subscription wanted, Watcher watcher) {
  if (wanted.uris.empty()) {  // of what never happens here
    watcher.ready();
    return std::make_shared<int>(0);
  }
  auto entry = std::make_shared<Entry>(Entry{std::move(wanted), std::move(watcher)});
  state_->entries.push_back(entry);
  struct Handle {
    std::shared_ptr<Entry> entry;
    std::weak_ptr<State> reader;
    Handle(std::shared_ptr<Entry> mine, std::weak_ptr<State> of) : entry(std::move(mine)), reader(std::move(of)) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
      entry.reset();
      if (const auto state = reader.lock()) state->dropped();
    }
  };
  std::shared_ptr<void> handle = std::make_shared<Handle>(entry, state_);
  if (state_->since)
    state_->make_ready();
  else if (!state_->calling)
    state_->go_on();
  return handle;
}

std::optional<MonotonicTime> ChangeReader::wake_at() const {
  if (!state_->has_failed) return std::nullopt;
  return state_->retry_at.value_or(MonotonicTime{});
}

void ChangeReader::step(MonotonicTime now) {
  if (!state_->has_failed) return;
  if (!state_->retry_at) state_->retry_at = now + kRetryAfter;
  if (now < *state_->retry_at) return;
  state_->has_failed = false;
  state_->go_on();
}

}  // namespace stream_status::mcp
