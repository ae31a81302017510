#include "cli/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cli/table.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

constexpr std::size_t kBarColumns = 10;
constexpr int kCardColumns = 100;

std::string shown_value(const json::value& value) {
  if (value.is_null()) return "none";
  if (value.is_string()) return printable(text_of(value.get_string()));
  if (value.is_array()) {
    std::string list;
    for (const json::value& item : value.get_array()) list += (list.empty() ? "" : ", ") + shown_value(item);
    return list.empty() ? "none" : list;
  }
  return printable(json::serialize(value));
}

std::optional<WallTime> find_time(const json::object& object, std::string_view key) {
  const auto text = find_string(object, key);
  return text ? parse_rfc3339(*text) : std::nullopt;
}

std::string percent(const json::object& stream) {
  return fmt::format("{}%", find_integer(stream, "progress").value_or(0));
}

/// "41 streams · 4 active · 2 blocked", in the order of a stream's life.
std::string count_line(const json::array& streams, std::int64_t total) {
  std::string line = fmt::format("{} stream{}", total, total == 1 ? "" : "s");
  if (static_cast<std::size_t>(total) > streams.size()) return fmt::format("{} of {}", streams.size(), line);
  for (const std::string_view status : {"active", "blocked", "paused", "initializing", "completed", "archived"}) {
    const auto count = std::count_if(streams.begin(), streams.end(), [&](const json::value& stream) {
      return stream.is_object() && find_string(stream.get_object(), "status") == status;
    });
    if (count > 0) line += fmt::format(" · {} {}", count, status);
  }
  return line;
}

/// "design › code › tests" with the current one strong.
std::string phase_line(const json::object& stream, const Screen& screen) {
  const json::array& phases = array_of(stream, "phases");
  const auto current = find_integer(stream, "currentPhase").value_or(0);
  std::string line;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (i > 0) line += screen.style.paint(Tone::kFaint, " › ");
    const bool here = static_cast<std::int64_t>(i) == current;
    line += screen.style.paint(here ? Tone::kStrong : Tone::kFaint, shown_value(phases[i]));
  }
  return line;
}

std::string commit_line(const json::object& stream, const Screen& screen) {
  const json::object& recent = object_of(stream, "recentActivity");
  std::string line = shown_first_line(recent, "lastCommit");
  if (line.empty()) return "";
  if (const std::string when = shown_ago(recent, "lastCommitTime", screen); !when.empty()) line += " · " + when;
  if (const auto files = find_integer(recent, "filesChanged").value_or(0); files > 0)
    line += fmt::format(" · {} file{}", files, files == 1 ? "" : "s");
  return line;
}

}  // namespace

std::string shown(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? std::string{} : shown_value(*value);
}

std::string shown_first_line(const json::object& object, std::string_view key) {
  const std::string_view text = find_string(object, key).value_or("");
  return printable(text.substr(0, text.find('\n')));
}

std::string shown_age(const json::object& object, std::string_view key, const Screen& screen) {
  const auto time = find_time(object, key);
  return time ? age(*time, screen.now) : std::string{};
}

std::string shown_ago(const json::object& object, std::string_view key, const Screen& screen) {
  const auto time = find_time(object, key);
  return time ? ago(*time, screen.now) : std::string{};
}

const json::array& array_of(const json::object& object, std::string_view key) {
  static const json::array kNone;
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

const json::object& object_of(const json::object& object, std::string_view key) {
  static const json::object kNone;
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->get_object() : kNone;
}

std::string render_streams(const json::object& answer, const Screen& screen) {
  const json::array& streams = array_of(answer, "streams");
  if (streams.empty()) {
    const std::string place = screen.project.empty() ? "here" : "in " + printable(screen.project);
    return screen.style.paint(Tone::kFaint,
                              fmt::format("No streams {}. Add one:  stream-status add \"What it does\"", place)) +
           "\n";
  }
  Table table({{.heading = "#"},
               {.heading = "ID", .least = 20},
               {.heading = "STATUS"},
               {.heading = "PROGRESS", .drop_rank = 3},
               {.heading = "", .align = Align::kRight},
               {.heading = "PRIORITY", .drop_rank = 2},
               {.heading = "TITLE", .least = 16, .drop_rank = 1},
               {.heading = "AGE", .align = Align::kRight, .drop_rank = 4}});
  for (const json::value& row : streams) {
    if (!row.is_object()) continue;
    const json::object& stream = row.get_object();
    const std::string status = shown(stream, "status");
    const std::string priority = shown(stream, "priority");
    const StatusLook look = look_of_status(status);
    const bool over = status == "completed" || status == "archived";
    const std::int64_t share = find_integer(stream, "progress").value_or(0);
    table.add({{shown(stream, "streamNumber"), Tone::kFaint},
               {shown(stream, "id"), over ? Tone::kFaint : Tone::kStrong},
               {fmt::format("{} {}", look.glyph, status), look.tone},
               {progress_bar(Style(Colours::kOff), look.tone, share, kBarColumns), Tone::kInk,
                progress_bar(screen.style, look.tone, share, kBarColumns)},
               {percent(stream), over ? Tone::kFaint : Tone::kInk},
               {priority, over ? Tone::kFaint : tone_of_priority(priority)},
               {shown(stream, "title"), over ? Tone::kFaint : Tone::kInk},
               {shown_age(stream, "updatedAt", screen), Tone::kFaint}});
  }
  const std::int64_t total = find_integer(answer, "total").value_or(static_cast<std::int64_t>(streams.size()));
  std::string text = table.render(screen.style, screen.columns);
  std::string summary = count_line(streams, total);
  if (!screen.project.empty()) summary += " · " + printable(screen.project);
  text += "\n" + screen.style.paint(Tone::kFaint, summary) + "\n";
  if (const std::string cursor = shown(answer, "nextCursor"); !cursor.empty())
    text +=
        screen.style.paint(Tone::kFaint, fmt::format("more: the same command with --cursor {}", shell_quoted(cursor))) +
        "\n";
  return text;
}

std::string render_stream(const json::object& stream, const Screen& screen) {
  const std::string status = shown(stream, "status");
  const StatusLook look = look_of_status(status);
  const std::string priority = shown(stream, "priority");
  const Style& style = screen.style;
  const auto width = static_cast<std::size_t>(std::min(screen.columns.value_or(kCardColumns), kCardColumns));

  const std::string head = fmt::format("{}  {}", shown(stream, "streamNumber"), shown(stream, "id"));
  std::string text = fmt::format("{} {}\n", style.paint(look.tone, look.glyph), style.paint(Tone::kFaint, head));
  for (const std::string& line : wrap(shown(stream, "title"), width > 4 ? width - 2 : width))
    text += fmt::format("  {}\n", style.paint(Tone::kStrong, line));
  text += fmt::format("  {} · {} · {}\n", style.paint(look.tone, status),
                      style.paint(tone_of_priority(priority), priority), shown(stream, "category"));
  text += fmt::format("  {} {}\n\n",
                      progress_bar(style, look.tone, find_integer(stream, "progress").value_or(0), 2 * kBarColumns),
                      percent(stream));

  constexpr std::size_t kLabel = 10;
  const auto add = [&](std::string_view label, const std::string& line) {
    if (!line.empty())
      text += fmt::format("  {}  {}\n", style.paint(Tone::kFaint, pad(label, kLabel, Align::kLeft)), line);
  };
  const auto add_text = [&](std::string_view label, std::string_view key) {
    const auto value = find_string(stream, key);
    if (!value) return;
    for (const std::string& line : wrap(*value, width > kLabel + 24 ? width - kLabel - 4 : 20))
      add(std::exchange(label, ""), line);
  };
  add("phases", phase_line(stream, screen));
  const std::string_view waited_for = stream.contains("openBlockers") ? "openBlockers" : "blockers";
  const std::string blockers = array_of(stream, waited_for).empty() ? "" : shown(stream, waited_for);
  add("waits for", style.paint(Tone::kStuck, blockers));
  const json::object& claim = object_of(stream, "claim");
  add("claimed by", shown(claim, "agent"));
  const json::object& question = object_of(stream, "question");
  add("asks", style.paint(Tone::kStuck, shown(question, "text")));
  if (!array_of(question, "choices").empty()) add("", fmt::format("choices: {}", shown(question, "choices")));
  add_text("goal", "goal");
  add_text("last note", "lastNote");
  add("commit", commit_line(stream, screen));
  add_text("next", "nextStep");
  add("branch", shown(stream, "branch"));
  add("worktree", shown(stream, "worktreePath"));
  std::string times = fmt::format("created {} · changed {}", shown_ago(stream, "createdAt", screen),
                                  shown_ago(stream, "updatedAt", screen));
  if (const std::string completed = shown_ago(stream, "completedAt", screen); !completed.empty())
    times += fmt::format(" · completed {}", completed);
  add("age", times);
  add("revision", shown(stream, "revision"));
  return text;
}

std::string render_stats(const json::object& stats, const Screen& screen) {
  struct Row {
    std::string_view key, label, remark;
    Tone tone;
  };
  constexpr std::array kRows = {
      Row{"activeStreams", "open", ", neither completed nor archived", Tone::kStrong},
      Row{"inProgress", "active", "", Tone::kLive},
      Row{"blocked", "blocked", "", Tone::kStuck},
      Row{"readyToStart", "ready", ", nothing in their way", Tone::kInk},
      Row{"completedToday", "completed", " today", Tone::kDone},
      Row{"totalCommits", "commits", "", Tone::kInk},
      Row{"commitsToday", "commits", " today", Tone::kInk},
  };
  std::size_t widest = 1;
  for (const Row& row : kRows) widest = std::max(widest, columns_of(shown(stats, row.key)));
  std::string text;
  for (const Row& row : kRows) {
    const std::string number = pad(shown(stats, row.key), widest, Align::kRight);
    const bool none = find_integer(stats, row.key).value_or(0) == 0;
    std::string line = fmt::format("  {}  {}{}", screen.style.paint(none ? Tone::kFaint : row.tone, number), row.label,
                                   screen.style.paint(Tone::kFaint, row.remark));
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string render_answer(api::OperationId id, const json::object& answer, const Screen& screen) {
  using enum api::OperationId;
  switch (id) {
    case kListStreams: return render_streams(answer, screen);
    case kGetStream:
    case kResume: return render_stream(answer, screen);
    case kGetStreamStats: return render_stats(answer, screen);
    case kGetHistory:
    case kListEvents: return render_history(answer, screen);
    case kListCommits: return render_commits(answer, screen);
    case kAddStream:
    case kUpdateStream:
    case kAddCommit:
    case kAnswerQuestion:
    case kSendMessage:
    case kUnretire: return render_write(id, answer, screen);
    case kRemoveStream: return render_retirement(answer, screen);
    case kArchiveBulk: return render_retirements(answer, screen);
    case kCheckConflicts: return render_conflicts(answer, screen);
    case kSyncFromFiles: return render_sync(answer, screen);
    case kScanCommits: return render_scan(answer, screen);
    case kReconcileWorktrees:
    case kReconciliationStatus: return render_reconciliation(answer, screen);
    case kListWorktrees: return render_worktrees(answer, screen);
    case kListMerged: return render_landed(answer, screen);
    case kListAgents: return render_agents(answer, screen);
    case kWaitForChange: return render_changes(answer, screen);
    case kClaimStream:
    case kRenewClaim:
    case kReleaseClaim: return render_claim(answer, screen);
    case kGetPast:
    case kListProjects:
    case kBoardApp:
    case kStreamFiles:
    case kCompareStreams:
    case kGetVersion: break;
  }
  return json::serialize(answer) + "\n";
}

}  // namespace stream_status::cli
