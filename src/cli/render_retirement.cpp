// Retirement as people read it: the plan, what would be lost, what was done, and how to bring it back.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/render.h"
#include "cli/rows.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

constexpr std::size_t kShownItems = 8;

bool is_true(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && *value == true;
}

/// "delete_worktree" → "delete worktree".
std::string words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string items_text(const json::object& risk) {
  const json::array& items = array_of(risk, "items");
  std::string text;
  for (std::size_t i = 0; i < std::min(items.size(), kShownItems); ++i)
    if (items[i].is_string()) text += (text.empty() ? "" : ", ") + printable(text_of(items[i].get_string()));
  if (items.size() > kShownItems) text += fmt::format(", … {} more", items.size() - kShownItems);
  return text;
}

std::string risks_of(const json::object& plan, const Screen& screen) {
  std::vector<Row> rows;
  for (const json::value& each : array_of(plan, "atRisk")) {
    const json::object* risk = each.if_object();
    if (risk == nullptr) continue;
    const std::string items = items_text(*risk);
    std::string text = shown(*risk, "detail");
    if (!items.empty()) text += (text.empty() ? "" : ": ") + items;
    rows.push_back({words(shown(*risk, "kind")), Tone::kStuck, text});
  }
  if (rows.empty()) return "";
  return screen.style.paint(Tone::kStuck, "would be lost") + "\n" + render_rows(rows, screen);
}

std::string steps_of(const json::object& plan, const Screen& screen) {
  std::vector<Row> rows;
  for (const json::value& each : array_of(plan, "steps"))
    if (const json::object* step = each.if_object())
      rows.push_back({words(shown(*step, "step")), Tone::kInk, shown(*step, "subject")});
  return render_rows(rows, screen);
}

std::string notes_of(const json::object& plan, const Screen& screen) {
  std::string text;
  for (const json::value& note : array_of(plan, "notes"))
    if (note.is_string()) text += screen.style.paint(Tone::kFaint, "  " + printable(text_of(note.get_string()))) + "\n";
  return text;
}

/// What was done beside the record, in half a line: "worktree and branch stay".
std::string outcome_of(const json::object& retirement) {
  const bool worktree = is_true(retirement, "worktreeDeleted");
  const bool branch = is_true(retirement, "branchDeleted");
  if (worktree && branch) return "history stays, worktree and branch are deleted";
  if (worktree) return "history and branch stay, the worktree is deleted";
  if (branch) return "history and worktree stay, the branch is deleted";
  return "history, branch and worktree stay";
}

std::string done_text(const json::object& answer, const Screen& screen) {
  const json::object& retirement = object_of(answer, "retirement");
  std::vector<Row> rows;
  if (const std::string report = shown(answer, "report"); !report.empty())
    rows.push_back({"report", Tone::kFaint, report});
  if (is_true(retirement, "planFilesCleanedUp")) rows.push_back({"plan files", Tone::kFaint, "deleted"});
  if (is_true(retirement, "summaryQueued")) rows.push_back({"summary", Tone::kFaint, "is written in the background"});
  if (const std::string kept = shown(answer, "keptRef"); !kept.empty()) rows.push_back({"kept", Tone::kFaint, kept});
  for (const json::value& error : array_of(retirement, "errors"))
    rows.push_back({"not done", Tone::kStuck,
                    printable(error.is_string() ? text_of(error.get_string()) : json::serialize(error))});
  return render_rows(rows, screen);
}

}  // namespace

std::string render_risks(const json::object& refusal, const Screen& screen) {
  return risks_of(object_of(refusal, "plan"), screen);
}

std::string render_retirement(const json::object& answer, const Screen& screen) {
  const json::object& stream = object_of(answer, "stream");
  const json::object& plan = object_of(answer, "plan");
  const std::string id = shown(answer, "streamId").empty() ? shown(stream, "id") : shown(answer, "streamId");
  const std::string name = fmt::format("{}{}{}", shown(stream, "streamNumber"), stream.empty() ? "" : " ", id);
  const Style& style = screen.style;
  if (is_true(answer, "dryRun")) {
    std::string text = fmt::format("would archive {}  {}\n", style.paint(Tone::kStrong, name), shown(stream, "title"));
    text += steps_of(plan, screen) + notes_of(plan, screen);
    const std::string risks = risks_of(plan, screen);
    text += risks.empty() ? style.paint(Tone::kDone, "nothing would be lost") + "\n" : "\n" + risks;
    return text + style.paint(Tone::kFaint, "nothing was changed") + "\n";
  }
  std::string text = fmt::format("{} archived {}  {}\n", style.paint(Tone::kDone, "✓"),
                                 style.paint(Tone::kStrong, name), outcome_of(object_of(answer, "retirement")));
  text += done_text(answer, screen);
  return text + style.paint(Tone::kFaint, fmt::format("  bring it back: stream-status unretire {}", shell_quoted(id))) +
         "\n";
}

std::string render_retirements(const json::object& answer, const Screen& screen) {
  const bool dry = is_true(answer, "dryRun");
  std::string text;
  std::size_t done = 0;
  std::size_t refused = 0;
  for (const json::value& each : array_of(answer, "results")) {
    const json::object* result = each.if_object();
    if (result == nullptr) continue;
    const std::string id = screen.style.paint(Tone::kStrong, shown(*result, "streamId"));
    const json::object& plan = object_of(*result, "plan");
    const std::string risks = risks_of(plan, screen);
    if (const std::string error = shown(*result, "error"); !error.empty()) {
      ++refused;
      text += fmt::format("{} {}  {}\n", screen.style.paint(Tone::kStuck, "✗"), id, error) + risks;
      continue;
    }
    ++done;
    if (dry)
      text += fmt::format("would archive {}\n", id) + steps_of(plan, screen) + risks;
    else
      text += fmt::format("{} {}  {}\n", screen.style.paint(Tone::kDone, "✓"), id,
                          outcome_of(object_of(*result, "retirement"))) +
              done_text(*result, screen);
  }
  text += fmt::format("\n{} {}", done, dry ? "would be archived" : "archived");
  if (refused > 0) text += fmt::format(" · {} refused", refused);
  return text + "\n";
}

}  // namespace stream_status::cli
