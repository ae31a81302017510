// What git says about the streams: conflicts ahead, reconciliation, worktrees, what landed, scans and plan files.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "cli/render.h"
#include "cli/rows.h"
#include "cli/table.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

constexpr std::size_t kShownFiles = 6;
constexpr std::size_t kHashColumns = 9;
constexpr std::size_t kShownClean = 10;

/// The objects of an array, whatever else is in it.
std::vector<const json::object*> objects_of(const json::object& answer, std::string_view key) {
  std::vector<const json::object*> objects;
  for (const json::value& each : array_of(answer, key))
    if (each.is_object()) objects.push_back(&each.get_object());
  return objects;
}

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  for (const json::value& each : array_of(object, key))
    if (each.is_string()) texts.push_back(printable(text_of(each.get_string())));
  return texts;
}

std::string heading(const Screen& screen, Tone tone, std::string_view text) {
  return screen.style.paint(tone, text) + "\n";
}

/// What was left out or went wrong beside the answer.
std::string left_out(const json::object& answer, std::string_view key, const Screen& screen) {
  const auto skipped = objects_of(answer, key);
  if (skipped.empty()) return "";
  std::vector<Row> rows;
  rows.reserve(skipped.size());
  for (const json::object* each : skipped)
    rows.push_back({shown(*each, "streamId"), Tone::kFaint, shown(*each, "reason")});
  return "\n" + heading(screen, Tone::kFaint, "left out") + render_rows(rows, screen);
}

std::string warnings(const json::object& answer, const Screen& screen) {
  std::string text;
  for (const std::string& warning : texts_of(answer, "warnings"))
    text += screen.style.paint(Tone::kRisk, "! ") + warning + "\n";
  return text.empty() ? text : "\n" + text;
}

// ---- conflicts -----------------------------------------------------------------------------------

struct Look {
  std::string_view glyph;
  Tone tone;
};

Look look_of_pair(std::string_view state) {
  if (state == "conflict") return {"✗", Tone::kStuck};
  if (state == "possible") return {"!", Tone::kRisk};
  if (state == "clean") return {"✓", Tone::kDone};
  return {"?", Tone::kRisk};
}

int rank_of_pair(std::string_view state) {
  if (state == "conflict") return 0;
  if (state == "possible") return 1;
  return state == "clean" ? 3 : 2;
}

/// A file once, with all that is said of it; git's own sentence says more than its kind does.
std::vector<Row> conflict_rows(const json::object& of) {
  std::vector<Row> rows;
  for (const json::object* conflict : objects_of(of, "conflicts")) {
    const std::string file = shown(*conflict, "file");
    std::string what = shown(*conflict, "message");
    if (what.empty()) what = shown(*conflict, "kind");
    rows.push_back({file, Tone::kInk, what});
  }
  return rows;
}

std::vector<Row> cut_rows(std::vector<Row> rows) {
  if (rows.size() <= kShownFiles) return rows;
  const std::size_t more = rows.size() - kShownFiles;
  rows.resize(kShownFiles);
  rows.push_back({fmt::format("… {} more", more), Tone::kFaint, ""});
  return rows;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string pair_line(const json::object& pair, const Screen& screen) {
  const std::string state = shown(pair, "state");
  const auto [glyph, tone] = look_of_pair(state);
  const std::size_t files = array_of(pair, "files").size();
  const std::size_t uncommitted = array_of(pair, "uncommittedFiles").size();
  std::string line = screen.style.paint(tone, fmt::format("{} {} × {}", glyph, shown(pair, "a"), shown(pair, "b")));
  if (state == "conflict")
    line += fmt::format("  {}", counted(array_of(pair, "conflicts").size(), "conflict", "conflicts"));
  else if (state == "possible")
    line += fmt::format("  both change {}", counted(uncommitted, "file", "files"));
  else if (state == "clean")
    line += fmt::format("  {} in common, merge cleanly", counted(files, "file", "files"));
  else
    line += "  not known";
  if (const std::string detail = shown(pair, "detail"); !detail.empty() && state != "clean")
    line += screen.style.paint(Tone::kFaint, " · " + detail);
  return line + "\n";
}

std::string render_pair(const json::object& pair, const Screen& screen) {
  std::string text = pair_line(pair, screen);
  std::vector<Row> rows = conflict_rows(pair);
  for (const std::string& file : texts_of(pair, "uncommittedFiles"))
    rows.push_back({file, Tone::kInk, "not committed"});
  return text + render_rows(cut_rows(std::move(rows)), screen, 4);
}

std::string against_main(const std::vector<const json::object*>& streams, std::string_view main, const Screen& screen) {
  std::string text;
  for (const json::object* stream : streams) {
    const json::object& against = object_of(*stream, "againstMain");
    const std::string state = shown(against, "state");
    if (state != "conflict" && state != "possible") continue;
    const auto [glyph, tone] = look_of_pair(state);
    text += screen.style.paint(tone, fmt::format("{} {} × {}", glyph, shown(*stream, "streamId"), main)) +
            fmt::format("  {}\n", counted(array_of(against, "conflicts").size(), "conflict", "conflicts"));
    text += render_rows(cut_rows(conflict_rows(against)), screen, 4);
  }
  return text;
}

std::string problems_of(const std::vector<const json::object*>& streams, const Screen& screen) {
  std::vector<Row> rows;
  for (const json::object* stream : streams)
    if (const std::string problem = shown(*stream, "problem"); !problem.empty())
      rows.push_back({shown(*stream, "streamId"), Tone::kRisk, problem});
  return rows.empty() ? "" : "\n" + heading(screen, Tone::kFaint, "not seen whole") + render_rows(rows, screen);
}

// ---- reconciliation --------------------------------------------------------------------------------

std::string landing_text(const json::object& entry) {
  std::string text = shown(entry, "reason");
  const std::string from = shown(entry, "previousStatus");
  const std::string to = shown(entry, "newStatus");
  if (!to.empty() && to != from) text += fmt::format("{}{} → {}", text.empty() ? "" : " · ", from, to);
  return text;
}

struct GroupLook {
  std::string_view key;
  std::string_view glyph;
  Tone tone;
  std::string_view remark;
};

std::string render_group(const json::object& answer, const GroupLook& look, const Screen& screen) {
  const auto entries = objects_of(answer, look.key);
  if (entries.empty()) return "";
  std::string text = screen.style.paint(look.tone, fmt::format("{} {} {}", look.glyph, entries.size(), look.key)) +
                     screen.style.paint(Tone::kFaint, fmt::format("  {}", look.remark)) + "\n";
  std::vector<Row> rows;
  for (const json::object* entry : entries) {
    const bool orphan = look.key == "orphaned";
    const std::string branch = shown(*entry, "branch");
    if (orphan)
      rows.push_back({branch.empty() ? "(no branch)" : branch, Tone::kStrong,
                      fmt::format("{} · {}", shown(*entry, "path"), shown(*entry, "reason"))});
    else
      rows.push_back({shown(*entry, "streamId"), Tone::kStrong, landing_text(*entry)});
  }
  return text + render_rows(rows, screen) + "\n";
}

}  // namespace

std::string render_conflicts(const json::object& answer, const Screen& screen) {
  const auto streams = objects_of(answer, "streams");
  auto pairs = objects_of(answer, "pairs");
  std::stable_sort(pairs.begin(), pairs.end(), [](const json::object* a, const json::object* b) {
    return rank_of_pair(shown(*a, "state")) < rank_of_pair(shown(*b, "state"));
  });
  const std::string main = shown(answer, "mainBranch");
  std::map<std::string, std::size_t> counts;
  std::string text;
  for (const json::object* pair : pairs) {
    const std::string state = shown(*pair, "state");
    if (++counts[state] <= kShownClean || state != "clean") text += render_pair(*pair, screen);
  }
  if (counts["clean"] > kShownClean)
    text +=
        screen.style.paint(Tone::kFaint, fmt::format("… {} more pairs merge cleanly", counts["clean"] - kShownClean)) +
        "\n";
  text += against_main(streams, main.empty() ? "main" : main, screen);
  if (text.empty())
    text = streams.empty()
               ? screen.style.paint(Tone::kFaint, "No live stream has a branch to compare.") + "\n"
               : fmt::format("{} No two streams change the same file.\n", screen.style.paint(Tone::kDone, "✓"));
  text += problems_of(streams, screen) + left_out(answer, "leftOut", screen) + warnings(answer, screen);

  const std::vector<std::string> order = texts_of(answer, "landingOrder");
  if (order.size() > 1) {
    text += "\n" + heading(screen, Tone::kFaint, "land them in this order");
    for (const std::string& line : wrap(fmt::format("{}", fmt::join(order, " → ")), text_width(screen) - 2))
      text += "  " + line + "\n";
  }
  std::string line = counted(streams.size(), "stream", "streams");
  for (const auto& [state, word] : {std::pair{"conflict", "in conflict"}, std::pair{"possible", "possible"},
                                    std::pair{"unknown", "not known"}, std::pair{"clean", "clean"}})
    if (counts[state] > 0) line += fmt::format(" · {} {}", counts[state], word);
  return text + "\n" + line + "\n";
}

std::string render_reconciliation(const json::object& answer, const Screen& screen) {
  constexpr std::array kGroups = {
      GroupLook{"active", "◉", Tone::kLive, "work goes on"},
      GroupLook{"completed", "✓", Tone::kDone, "landed on the main branch"},
      GroupLook{"stale", "■", Tone::kStuck, "no worktree any more"},
      GroupLook{"orphaned", "?", Tone::kRisk, "a worktree without a stream"},
  };
  std::string text;
  for (const GroupLook& look : kGroups) text += render_group(answer, look, screen);
  if (text.empty()) text = screen.style.paint(Tone::kFaint, "No streams, and no worktrees without one.") + "\n\n";

  std::vector<Row> errors;
  for (const json::object* error : objects_of(answer, "errors"))
    errors.push_back({shown(*error, "streamId"), Tone::kStuck, shown(*error, "error")});
  if (!errors.empty()) text += heading(screen, Tone::kStuck, "errors") + render_rows(errors, screen) + "\n";
  std::vector<Row> applied;
  for (const json::object* each : objects_of(answer, "applied"))
    applied.push_back({shown(*each, "action"), Tone::kDone, shown(*each, "streamId")});
  if (!applied.empty()) text += heading(screen, Tone::kDone, "done") + render_rows(applied, screen) + "\n";

  const json::object& main = object_of(answer, "mainBranch");
  if (main.empty())
    text += screen.style.paint(Tone::kRisk, "! no main branch was found; set mainBranch in config.json") + "\n";
  else
    text += screen.style.paint(Tone::kFaint,
                               fmt::format("main branch: {}  ({})", shown(main, "name"), shown(main, "why"))) +
            "\n";
  const json::value* dry = answer.if_contains("dryRun");
  if (dry != nullptr && *dry == true)
    text += screen.style.paint(Tone::kFaint,
                               "nothing was changed; `stream-status reconcile --apply` carries out what → shows") +
            "\n";
  else if (applied.empty())
    text += screen.style.paint(Tone::kFaint, "nothing was to be changed") + "\n";
  return text + warnings(answer, screen);
}

std::string render_scan(const json::object& answer, const Screen& screen) {
  const auto number = [&](std::string_view key) { return find_integer(answer, key).value_or(0); };
  const auto streams = objects_of(answer, "streams");
  if (streams.empty() && number("added") == 0 && number("removed") == 0)
    return fmt::format("{} nothing new\n", screen.style.paint(Tone::kDone, "✓")) + left_out(answer, "skipped", screen) +
           warnings(answer, screen);
  std::string text = fmt::format("{} {} read: {} added", screen.style.paint(Tone::kDone, "✓"),
                                 counted(streams.size(), "stream", "streams"),
                                 counted(static_cast<std::size_t>(number("added")), "commit", "commits"));
  if (number("removed") > 0) text += fmt::format(", {} removed that git no longer has", number("removed"));
  text += "\n";
  std::vector<Row> rows;
  for (const json::object* stream : streams) {
    const auto added = find_integer(*stream, "added").value_or(0);
    const auto removed = find_integer(*stream, "removed").value_or(0);
    const std::string note = shown(*stream, "note");
    if (added == 0 && removed == 0 && note.empty() && streams.size() > 1) continue;
    std::string what = fmt::format("+{}", added);
    if (removed > 0) what += fmt::format(" −{}", removed);
    what += fmt::format(" · {} in all", shown(*stream, "total"));
    if (!note.empty()) what += " · " + note;
    rows.push_back({shown(*stream, "streamId"), Tone::kStrong, what});
  }
  return text + render_rows(rows, screen) + left_out(answer, "skipped", screen) + warnings(answer, screen);
}

std::string render_sync(const json::object& answer, const Screen& screen) {
  const auto number = [&](std::string_view key) {
    return static_cast<std::size_t>(find_integer(answer, key).value_or(0));
  };
  std::string text = fmt::format("{} {} added from plan files · {} known already · {} found\n",
                                 screen.style.paint(Tone::kDone, "✓"), counted(number("synced"), "stream", "streams"),
                                 number("skipped"), counted(number("worktreesDiscovered"), "worktree", "worktrees"));
  for (const std::string& id : texts_of(answer, "streams")) text += "  " + screen.style.paint(Tone::kStrong, id) + "\n";
  std::vector<Row> errors;
  for (const json::object* error : objects_of(answer, "errors")) {
    const std::string line = shown(*error, "line");
    errors.push_back({shown(*error, "file") + (line.empty() ? "" : ":" + line), Tone::kStuck, shown(*error, "reason")});
  }
  if (!errors.empty()) text += "\n" + heading(screen, Tone::kStuck, "not read") + render_rows(errors, screen);
  return text + warnings(answer, screen);
}

std::string render_worktrees(const json::object& answer, const Screen& screen) {
  const auto worktrees = objects_of(answer, "worktrees");
  if (worktrees.empty()) return screen.style.paint(Tone::kFaint, "No worktrees: this is no git repository.") + "\n";
  Table table({{.heading = "PATH", .least = 20},
               {.heading = "BRANCH", .least = 12},
               {.heading = "COMMIT", .drop_rank = 2},
               {.heading = "STREAM", .least = 12},
               {.heading = "NOTE", .least = 8, .drop_rank = 1}});
  const auto is = [](const json::object& worktree, std::string_view key, bool wanted) {
    const json::value* value = worktree.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool() == wanted;
  };
  for (const json::object* worktree : worktrees) {
    std::string note;
    const auto add = [&](std::string_view word) { note += fmt::format("{}{}", note.empty() ? "" : ", ", word); };
    Tone tone = Tone::kFaint;
    if (is(*worktree, "isMain", true)) add("main worktree");
    if (is(*worktree, "exists", false)) {
      add("directory is gone");
      tone = Tone::kStuck;
    }
    if (const std::string operation = shown(*worktree, "operation"); !operation.empty()) {
      add("in the middle of a " + operation);
      tone = Tone::kRisk;
    }
    if (const std::string reason = shown(*worktree, "lockReason"); !reason.empty()) add("locked: " + reason);
    const std::string branch = shown(*worktree, "branch");
    table.add({{shown(*worktree, "path"), Tone::kInk},
               {branch.empty() ? (is(*worktree, "isDetached", true) ? "detached" : "–") : branch,
                branch.empty() ? Tone::kFaint : Tone::kStrong},
               {shown(*worktree, "commitHash").substr(0, kHashColumns), Tone::kLive},
               {shown(*worktree, "streamId"), Tone::kStrong},
               {note, tone}});
  }
  return table.render(screen.style, screen.columns);
}

std::string render_landed(const json::object& answer, const Screen& screen) {
  const auto evidence = objects_of(answer, "evidence");
  if (evidence.empty()) return screen.style.paint(Tone::kFaint, "No branch has landed.") + "\n";
  Table table({{.heading = "BRANCH", .least = 12},
               {.heading = "LANDED"},
               {.heading = "BY"},
               {.heading = "EVIDENCE", .least = 20}});
  for (const json::object* each : evidence)
    table.add({{shown(*each, "branch"), Tone::kStrong},
               {shown(*each, "state"), Tone::kDone},
               {shown(*each, "landedBy").substr(0, kHashColumns), Tone::kLive},
               {shown(*each, "evidence"), Tone::kFaint}});
  return table.render(screen.style, screen.columns);
}

}  // namespace stream_status::cli
