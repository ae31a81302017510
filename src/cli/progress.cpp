#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/wire.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";

std::string doing_of(api::OperationId id) {
  using enum api::OperationId;
  switch (id) {
    case kCheckConflicts: return "comparing branches";
    case kScanCommits: return "scanning commits";
    case kSyncFromFiles: return "reading plan files";
    case kReconcileWorktrees:
    case kListMerged: return "comparing with the main branch";
    case kRemoveStream:
    case kArchiveBulk: return "archiving";
    case kUnretire: return "bringing it back";
    default: return "looking at git";
  }
}

}  // namespace

std::string ProgressLine::step(MonotonicTime now) {
  if (now < next_) return "";
  next_ = now + kPeriod;
  const auto seconds_gone = std::chrono::duration_cast<seconds>(now - begun_).count();
  std::string line = doing_ + " …";
  if (total_ > 0) line += fmt::format(" {} of {}", done_, total_);
  line += fmt::format(" ({} s)", seconds_gone);
  shown_ = true;
  const auto most = static_cast<std::size_t>(std::max(columns_ - 1, 10));
  return std::string(kEraseLine) + style_.paint(Tone::kFaint, fit(line, most));
}

void ProgressLine::take_health(const json::value& health) {
  const json::object* members = health.if_object();
  const json::value* work = members == nullptr ? nullptr : members->if_contains("work");
  total_ = 0;
  doing_ = own_words_;
  if (work == nullptr || !work->is_object()) return;
  if (const auto doing = find_string(work->get_object(), "doing"); doing && !doing->empty()) doing_ = printable(*doing);
  done_ = find_integer(work->get_object(), "done").value_or(0);
  total_ = find_integer(work->get_object(), "total").value_or(0);
}

std::string ProgressLine::erase() {
  if (!shown_) return "";
  shown_ = false;
  return std::string(kEraseLine);
}

Result<json::value> call_and_show(client::Client& client, const World& world, const api::Operation& operation,
                                  json::object arguments) {
  ProgressLine line(world.clock.monotonic(), doing_of(operation.id), Style(colours_for(world.err, world)),
                    world.err.columns.value_or(80));
  std::optional<Result<json::value>> outcome;
  bool asking = false;
  client.call(operation, std::move(arguments), [&](Result<json::value> result) { outcome = std::move(result); });
  std::vector<os::PollEntry> entries;
  for (;;) {
    const MonotonicTime now = world.clock.monotonic();
    client.step(now, entries);
    if (outcome) {
      world.err.write(line.erase());
      return std::move(*outcome);
    }
    if (const std::string bytes = line.step(now); !bytes.empty()) {
      world.err.write(bytes);
      if (!asking && client.server() != nullptr) {
        asking = true;
        client.request(api::Method::kGet, std::string(api::kHealthPath), {}, [&](const Result<json::value>& health) {
          asking = false;
          if (health) line.take_health(*health);
        });
      }
    }
    entries.clear();
    client.add_wait(entries);
    MonotonicTime wake = line.wake_at();
    if (const auto due = client.wake_at()) wake = std::min(wake, *due);
    os::poll(entries, std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(wake - now)));
  }
}

}  // namespace stream_status::cli
