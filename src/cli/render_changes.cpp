// Changes as people read them: what a write did and what comes next, a stream's history, commits.
#include <fmt/format.h>

#include "cli/render.h"
#include "cli/table.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

constexpr std::size_t kChangeColumns = 60;
constexpr std::size_t kHashColumns = 9;

std::string quoted(const std::string& text) { return text.empty() ? "none" : fit(text, kChangeColumns); }

/// "status active → blocked", or for an object of fields "title a → b, branch c → d".
std::string change_text(std::string_view what, const json::value& from, const json::value& to) {
  const json::object pair{{"from", from}, {"to", to}};
  if (!from.is_object() || !to.is_object())
    return fmt::format("{} {} → {}", what, quoted(shown(pair, "from")), quoted(shown(pair, "to")));
  std::string text;
  for (const auto& [key, value] : to.get_object()) {
    const json::value* before = from.get_object().if_contains(key);
    text += (text.empty() ? "" : ", ") + change_text(key, before != nullptr ? *before : json::value(nullptr), value);
  }
  return text;
}

/// The `changes` of an update: {status: {from, to}, progress: {from, to}, …}.
std::string changes_text(const json::object& changes) {
  std::string text;
  for (const auto& [key, value] : changes) {
    if (!text.empty()) text += ", ";
    const std::string name = printable(key);
    if (value.is_object() && value.get_object().contains("to"))
      text += change_text(name, value.get_object().contains("from") ? value.at("from") : json::value(nullptr),
                          value.at("to"));
    else
      text += fmt::format("{} {}", name, quoted(shown(changes, key)));
  }
  return text;
}

std::string next_step(api::OperationId id, const json::object& stream) {
  const std::string stream_id = shell_quoted(shown(stream, "id"));
  const std::string status = shown(stream, "status");
  const auto progress = find_integer(stream, "progress").value_or(0);
  using enum api::OperationId;
  if (id == kAddStream) return fmt::format("stream-status update {} --status active", stream_id);
  if (status == "completed") return fmt::format("stream-status remove {} --completion-summary \"…\"", stream_id);
  if (status == "active" && progress == 100)
    return fmt::format("stream-status update {} --status completed", stream_id);
  if (const std::string blocker = shown(stream, "blockedBy"); status == "blocked" && !blocker.empty())
    return fmt::format("stream-status show {}", shell_quoted(blocker));
  return "";
}

std::string what_happened(const json::object& event) {
  const std::string type = shown(event, "type");
  const json::value* from = event.if_contains("oldValue");
  const json::value* to = event.if_contains("newValue");
  if (type == "created") return "created";
  if (type == "claimed") return fmt::format("claimed by {}", shown(object_of(event, "newValue"), "agent"));
  if (type == "released") return fmt::format("released by {}", shown(object_of(event, "oldValue"), "agent"));
  if (type == "note") return fmt::format("note: {}", shown(event, "newValue"));
  if (type == "question_asked") return fmt::format("asks: {}", shown(object_of(event, "newValue"), "text"));
  if (type == "question_withdrawn") return fmt::format("asks no more: {}", shown(object_of(event, "oldValue"), "text"));
  if (type == "question_answered")
    return fmt::format("answer to \"{}\": {}", fit(shown(object_of(event, "oldValue"), "text"), kChangeColumns),
                       shown(event, "newValue"));
  if (type == "commit_added") {
    const json::object& commit = object_of(event, "newValue");
    return fmt::format("commit {} {}", shown(commit, "commitHash").substr(0, kHashColumns),
                       shown_first_line(commit, "message"));
  }
  if (type == "commit_removed") {
    const json::object& commit = object_of(event, "oldValue");
    return fmt::format("commit {} is on no branch any more: {}", shown(commit, "commitHash").substr(0, kHashColumns),
                       shown_first_line(commit, "message"));
  }
  std::string_view what = type;
  for (const std::string_view tail : {"_changed", "_updated"})
    if (what.ends_with(tail)) what.remove_suffix(tail.size());
  return change_text(what, from != nullptr ? *from : json::value(nullptr), to != nullptr ? *to : json::value(nullptr));
}

/// Whose events: of one stream, that the reader named, or of any.
enum class Subject { kKnown, kNamed };

std::string table_of(const json::array& events, Subject subject, const Screen& screen) {
  std::vector<Column> columns{{.heading = "REVISION", .align = Align::kRight, .drop_rank = 2},
                              {.heading = "AGE", .align = Align::kRight},
                              {.heading = "AGENT", .least = 8, .drop_rank = 1}};
  if (subject == Subject::kNamed) columns.push_back({.heading = "STREAM", .least = 12});
  columns.push_back({.heading = "WHAT", .least = 20});
  Table table(std::move(columns));
  for (const json::value& row : events) {
    if (!row.is_object()) continue;
    const json::object& event = row.get_object();
    std::vector<Cell> cells{{shown(event, "revision"), Tone::kFaint},
                            {shown_age(event, "timestamp", screen), Tone::kFaint},
                            {shown(event, "agent"), Tone::kFaint}};
    if (subject == Subject::kNamed) cells.push_back({shown(event, "streamId"), Tone::kStrong});
    cells.push_back({what_happened(event), shown(event, "type") == "completed" ? Tone::kDone : Tone::kInk});
    table.add(std::move(cells));
  }
  return table.render(screen.style, screen.columns);
}

}  // namespace

std::string render_write(api::OperationId id, const json::object& answer, const Screen& screen) {
  const json::object& stream = object_of(answer, "stream");
  const Style& style = screen.style;
  const std::string name = fmt::format("{} {}", shown(stream, "streamNumber"), shown(stream, "id"));
  std::string line;
  using enum api::OperationId;
  switch (id) {
    case kAddStream:
      line = fmt::format("added {}  {}", style.paint(Tone::kStrong, name), shown(stream, "title"));
      break;
    case kUpdateStream: {
      const std::string changes = changes_text(object_of(answer, "changes"));
      line = fmt::format("updated {}  {}", style.paint(Tone::kStrong, name),
                         changes.empty() ? "nothing changed" : changes);
      if (const std::string holder = shown(answer, "heldBy"); !holder.empty())
        line += fmt::format("\n{} holds it, and may not expect this", style.paint(Tone::kRisk, holder));
      if (const std::string opened = shown(answer, "opened"); !opened.empty())
        line += fmt::format("\nno longer blocked: {}", style.paint(Tone::kStrong, opened));
      break;
    }
    case kUnretire: {
      const auto restored = [&](std::string_view key) {
        const json::value* value = answer.if_contains(key);
        return value != nullptr && *value == true;
      };
      line = fmt::format("brought back {}  {}", style.paint(Tone::kStrong, name), shown(stream, "status"));
      if (restored("branchRestored")) line += fmt::format(" · branch {}", shown(stream, "branch"));
      if (restored("worktreeRestored")) line += fmt::format(" · worktree {}", shown(stream, "worktreePath"));
      if (restored("uncommittedRestored")) line += " · with what was not committed";
      break;
    }
    default: line = shown(answer, "message");
  }
  std::string text = fmt::format("{} {}\n", style.paint(Tone::kDone, "✓"), line);
  const std::string next = stream.empty() ? "" : next_step(id, stream);
  if (!next.empty()) text += style.paint(Tone::kFaint, "  next: " + next) + "\n";
  return text;
}

std::string render_news(const json::object& news) {
  std::string text = shown(news, "kind");
  const bool is_said = text == "message" || text == "answer";  // else the text tells who did it
  if (const std::string from = shown(news, "from"); is_said && !from.empty()) text += fmt::format(" from {}", from);
  if (const std::string stream = shown(news, "streamId"); !stream.empty()) text += fmt::format(" on {}", stream);
  return fmt::format("{}: {}", text, shown(news, "text"));
}

std::string render_changes(const json::object& answer, const Screen& screen) {
  const json::array& changes = array_of(answer, "changes");
  const std::string next = screen.style.paint(
      Tone::kFaint, fmt::format("wait on: stream-status wait --since {}", shown(answer, "revision")));
  if (changes.empty()) return fmt::format("Nothing happened.\n{}\n", next);
  return fmt::format("{}\n{}\n", table_of(changes, Subject::kNamed, screen), next);
}

std::string render_history(const json::object& answer, const Screen& screen) {
  const json::array& events = array_of(answer, "events");
  if (events.empty()) return screen.style.paint(Tone::kFaint, "No events.") + "\n";
  const bool is_of_all = answer.contains("floor") && !answer.contains("streamId");
  std::string text = table_of(events, is_of_all ? Subject::kNamed : Subject::kKnown, screen);
  if (const std::string cursor = shown(answer, "nextCursor"); !cursor.empty())
    text += screen.style.paint(Tone::kFaint,
                               fmt::format("\nolder: the same command with --cursor {}", shell_quoted(cursor))) +
            "\n";
  return text;
}

std::string render_commits(const json::object& answer, const Screen& screen) {
  const json::array& commits = array_of(answer, "commits");
  if (commits.empty()) return screen.style.paint(Tone::kFaint, "No commits recorded.") + "\n";
  Table table({{.heading = "COMMIT"},
               {.heading = "AGE", .align = Align::kRight},
               {.heading = "STREAM", .least = 12, .drop_rank = 1},
               {.heading = "AUTHOR", .least = 8, .drop_rank = 3},
               {.heading = "FILES", .align = Align::kRight, .drop_rank = 4},
               {.heading = "MESSAGE", .least = 16}});
  for (const json::value& row : commits) {
    if (!row.is_object()) continue;
    const json::object& commit = row.get_object();
    table.add({{shown(commit, "commitHash").substr(0, kHashColumns), Tone::kLive},
               {shown_age(commit, "timestamp", screen), Tone::kFaint},
               {shown(commit, "streamId"), Tone::kStrong},
               {shown(commit, "author"), Tone::kFaint},
               {shown(commit, "filesChanged"), Tone::kFaint},
               {shown_first_line(commit, "message"), Tone::kInk}});
  }
  std::string text = table.render(screen.style, screen.columns);
  const auto total = find_integer(answer, "total").value_or(0);
  const auto seen = static_cast<std::int64_t>(commits.size()) + find_integer(answer, "offset").value_or(0);
  if (total > seen)
    text += screen.style.paint(Tone::kFaint, fmt::format("\n{} of {}; more: the same command with --offset {}",
                                                         commits.size(), total, seen)) +
            "\n";
  return text;
}

}  // namespace stream_status::cli
