// What git says: conflicts ahead, reconciliation, scans and plan files. What needs someone comes first, and no list is
// longer than an agent wants to read.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "mcp/phrase.h"
#include "mcp/views.h"

namespace stream_status::mcp {
namespace {

constexpr std::size_t kIdLimit = 200;
constexpr std::size_t kTextLimit = 160;
constexpr std::size_t kShownFiles = 5;

const json::array& array_of(const json::object& object, std::string_view key) {
  static const json::array kNone;
  const json::value* found = object.if_contains(key);
  return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

const json::object& object_of(const json::object& object, std::string_view key) {
  static const json::object kNone;
  const json::value* found = object.if_contains(key);
  return found != nullptr && found->is_object() ? found->get_object() : kNone;
}

std::vector<const json::object*> objects_of(const json::object& object, std::string_view key) {
  std::vector<const json::object*> objects;
  for (const json::value& each : array_of(object, key))
    if (each.is_object()) objects.push_back(&each.get_object());
  return objects;
}

std::int64_t number_of(const json::object& object, std::string_view key) {
  return find_integer(object, key).value_or(0);
}

std::string plural(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// Rows of one answer: each is a line of the text and an item of the structured face.
class Rows {
 public:
  explicit Rows(std::size_t budget) : budget_(budget / 2) {}

  void add(const std::string& line, json::object item) {
    const std::size_t cost = more_ > 0 ? 0 : std::max(estimate_tokens(line), estimate_tokens(json::serialize(item)));
    if (more_ > 0 || shown_ == kGitRows || (shown_ > 0 && cost_ + cost > budget_)) {
      ++more_;
      return;
    }
    cost_ += cost;
    ++shown_;
    text_ += "\n" + line;
    items_.emplace_back(std::move(item));
  }

  void move_into(Presentation& view, std::string_view name) {
    view.text += text_;
    if (more_ > 0) {
      view.text += fmt::format("\n… and {} more", more_);
      view.structured["more"] = more_;
    }
    view.structured[name] = std::move(items_);
  }

 private:
  std::size_t shown_ = 0;
  std::size_t cost_ = 0;
  std::size_t budget_;
  std::int64_t more_ = 0;
  std::string text_;
  json::array items_;
};

/// "a.ts (content), b.ts (uncommitted), +3" and the same names as an array.
struct Files {
  std::string text;
  json::array names;
  std::size_t left = 0;

  void add(std::string_view file, std::string_view remark) {
    if (names.size() == kShownFiles) {
      ++left;
      return;
    }
    const std::string shown = one_line(file, kTextLimit) + (remark.empty() ? "" : fmt::format(" ({})", remark));
    text += (text.empty() ? "" : ", ") + shown;
    names.emplace_back(shown);
  }

  void close() {
    if (left == 0) return;
    text += fmt::format(", +{}", left);
    names.emplace_back(fmt::format("+{}", left));
  }
};

Files files_of(const json::object& of) {
  Files files;
  for (const json::object* conflict : objects_of(of, "conflicts"))
    files.add(text_member(*conflict, "file"), one_line(text_member(*conflict, "kind"), 40));
  for (const json::value& file : array_of(of, "uncommittedFiles"))
    if (file.is_string()) files.add(text_of(file.get_string()), "uncommitted");
  files.close();
  return files;
}

int rank_of(std::string_view state) {
  if (state == "conflict") return 0;
  if (state == "possible") return 1;
  return state == "clean" ? 3 : 2;
}

/// One line on two streams, or on a stream and the main branch.
void add_pair(Rows& rows, const json::object& of, std::string_view a, std::string_view b, std::string_view state) {
  const Files files = files_of(of);
  std::string line = fmt::format("{} {} × {}", state, one_line(a, kIdLimit), one_line(b, kIdLimit));
  json::object item{{"state", state}, {"a", a}, {"b", b}};
  if (!files.names.empty()) {
    line += ": " + files.text;
    item["files"] = files.names;
  }
  if (const auto detail = text_member(of, "detail"); !detail.empty()) {
    line += " · " + one_line(detail, kTextLimit);
    item["detail"] = one_line(detail, kTextLimit);
  }
  rows.add(line, std::move(item));
}

/// Streams or files that an answer could not take in, each with its reason.
void add_left_out(Presentation& view, const json::object& answer, std::string_view key) {
  const auto skipped = objects_of(answer, key);
  if (skipped.empty()) return;
  constexpr std::size_t kShown = 8;
  json::array items;
  std::string text;
  for (std::size_t i = 0; i < std::min(skipped.size(), kShown); ++i) {
    const std::string item = fmt::format("{} ({})", one_line(text_member(*skipped[i], "streamId"), kIdLimit),
                                         one_line(text_member(*skipped[i], "reason"), kTextLimit));
    text += (text.empty() ? "" : "; ") + item;
    items.emplace_back(item);
  }
  if (skipped.size() > kShown) {
    text += fmt::format("; +{}", skipped.size() - kShown);
    items.emplace_back(fmt::format("+{}", skipped.size() - kShown));
  }
  view.text += "\nLeft out: " + text;
  view.structured["leftOut"] = std::move(items);
}

void add_warnings(Presentation& view, const json::object& answer) {
  constexpr std::size_t kShown = 5;
  json::array warnings;
  for (const json::value& warning : array_of(answer, "warnings")) {
    if (!warning.is_string() || warnings.size() == kShown) continue;
    const std::string text = one_line(text_of(warning.get_string()), kTextLimit);
    view.text += "\nWarning: " + text;
    warnings.emplace_back(text);
  }
  if (!warnings.empty()) view.structured["warnings"] = std::move(warnings);
}

void add_next(Presentation& view, std::string_view next) {
  view.text.append("\nNext: ").append(next);
  view.structured["next"] = next;
}

/// "auth ahead: 2 commits ahead of main"; an orphan by its branch and path.
void add_entry(Rows& rows, std::string_view group, const json::object& entry) {
  json::object item{{"group", group}};
  std::string line = fmt::format("{} ", group);
  if (group == "orphaned") {
    const std::string branch = one_line(text_member(entry, "branch"), kIdLimit);
    const std::string path = one_line(text_member(entry, "path"), 400);
    line += fmt::format("{} at {}", branch.empty() ? "(no branch)" : branch, path);
    item["branch"] = branch;
    item["path"] = path;
  } else {
    const std::string id = one_line(text_member(entry, "streamId"), kIdLimit);
    line += id;
    item["id"] = id;
    const std::string_view from = text_member(entry, "previousStatus");
    const std::string_view to = text_member(entry, "newStatus");
    if (!to.empty() && to != from) {
      line += fmt::format(" {} → {}", from, to);
      item["newStatus"] = to;
    }
  }
  if (const auto reason = text_member(entry, "reason"); !reason.empty()) {
    line += ": " + one_line(reason, kTextLimit);
    item["reason"] = one_line(reason, kTextLimit);
  }
  rows.add(line, std::move(item));
}

}  // namespace

Presentation conflicts_view(const json::object& answer, std::size_t budget) {
  auto pairs = objects_of(answer, "pairs");
  std::stable_sort(pairs.begin(), pairs.end(), [](const json::object* a, const json::object* b) {
    return rank_of(text_member(*a, "state")) < rank_of(text_member(*b, "state"));
  });
  const auto streams = objects_of(answer, "streams");
  const std::string main = one_line(text_member(answer, "mainBranch"), kIdLimit);
  Rows rows(budget);
  std::array<std::int64_t, 4> counts{};
  for (const json::object* pair : pairs) {
    const std::string_view state = text_member(*pair, "state");
    const auto rank = static_cast<std::size_t>(rank_of(state));
    ++counts.at(rank);
    if (state != "clean") add_pair(rows, *pair, text_member(*pair, "a"), text_member(*pair, "b"), state);
  }
  for (const json::object* stream : streams) {
    const json::object& against = object_of(*stream, "againstMain");
    const std::string_view state = text_member(against, "state");
    if (state == "conflict" || state == "possible")
      add_pair(rows, against, text_member(*stream, "streamId"), main.empty() ? "main" : main, state);
    if (const auto problem = text_member(*stream, "problem"); !problem.empty())
      rows.add(
          fmt::format("problem {}: {}", one_line(text_member(*stream, "streamId"), kIdLimit),
                      one_line(problem, kTextLimit)),
          {{"state", "problem"}, {"a", text_member(*stream, "streamId")}, {"detail", one_line(problem, kTextLimit)}});
  }

  Presentation view;
  const std::string among = fmt::format(" among {}", plural(static_cast<std::int64_t>(streams.size()), "stream"));
  constexpr std::array<std::string_view, 4> kWords = {"in conflict", "possible", "unknown", "clean"};
  for (std::size_t i = 0; i < kWords.size(); ++i)
    if (counts.at(i) > 0)
      view.text += fmt::format("{}{} {}", view.text.empty() ? "" : ", ", counts.at(i), kWords.at(i));
  view.text = (view.text.empty() ? "No pair of streams shares a file" : "Pairs: " + view.text) + among;
  rows.move_into(view, "pairs");
  if (counts[3] > 0) view.structured["clean"] = counts[3];
  json::array order = array_of(answer, "landingOrder");
  if (order.size() > 1) {
    const std::size_t more = order.size() - std::min(order.size(), kGitRows);
    order.resize(order.size() - more);
    if (more > 0) order.emplace_back(fmt::format("… {} more", more));
    view.text += "\nLand in this order: " + phrase(order, kIdLimit);
    view.structured["landingOrder"] = std::move(order);
  }
  add_left_out(view, answer, "leftOut");
  add_warnings(view, answer);
  return view;
}

Presentation reconciliation_view(const json::object& answer, std::size_t budget) {
  const json::value* dry = answer.if_contains("dryRun");
  const bool dry_run = dry != nullptr && *dry == true;
  const json::object& main = object_of(answer, "mainBranch");
  Presentation view;
  Rows rows(budget);
  bool changes = false;
  // What changes something first; active streams are what one expects.
  for (const std::string_view group : {"completed", "stale", "orphaned", "active"}) {
    const auto entries = objects_of(answer, group);
    view.text += fmt::format("{}{} {}", view.text.empty() ? "" : ", ", entries.size(), group);
    view.structured[group] = entries.size();
    for (const json::object* entry : entries) {
      const auto to = text_member(*entry, "newStatus");
      changes |= !to.empty() && to != text_member(*entry, "previousStatus");
      add_entry(rows, group, *entry);
    }
  }
  for (const json::object* error : objects_of(answer, "errors"))
    rows.add(fmt::format("error {}: {}", one_line(text_member(*error, "streamId"), kIdLimit),
                         one_line(text_member(*error, "error"), kTextLimit)),
             {{"group", "error"},
              {"id", text_member(*error, "streamId")},
              {"reason", one_line(text_member(*error, "error"), kTextLimit)}});
  view.text += main.empty() ? "; no main branch found"
                            : fmt::format("; main branch {}", one_line(text_member(main, "name"), kIdLimit));
  view.structured["mainBranch"] = main.empty() ? json::value(nullptr) : json::value(text_member(main, "name"));
  view.structured["dryRun"] = dry_run;
  rows.move_into(view, "rows");
  const auto applied = objects_of(answer, "applied");
  if (!applied.empty()) {
    json::array done;
    for (const json::object* each : applied)
      done.emplace_back(
          fmt::format("{} {}", text_member(*each, "action"), one_line(text_member(*each, "streamId"), kIdLimit)));
    if (done.size() > kGitRows) done.resize(kGitRows);
    view.text += "\nDone: " + phrase(done, kIdLimit);
    view.structured["applied"] = std::move(done);
  }
  add_warnings(view, answer);
  if (dry_run && changes) add_next(view, R"(reconcile_worktrees {"dryRun":false} carries out what → shows)");
  return view;
}

Presentation scan_view(const json::object& answer, std::size_t budget) {
  const auto streams = objects_of(answer, "streams");
  Presentation view;
  view.text = fmt::format(
      "{}: {} added, {} removed",
      streams.empty() ? "Nothing new" : plural(static_cast<std::int64_t>(streams.size()), "stream") + " read",
      plural(number_of(answer, "added"), "commit"), number_of(answer, "removed"));
  view.structured["added"] = number_of(answer, "added");
  view.structured["removed"] = number_of(answer, "removed");
  Rows rows(budget);
  for (const json::object* stream : streams) {
    const auto added = number_of(*stream, "added");
    const auto removed = number_of(*stream, "removed");
    const std::string note = one_line(text_member(*stream, "note"), kTextLimit);
    if (added == 0 && removed == 0 && note.empty() && streams.size() > 1) continue;
    const std::string id = one_line(text_member(*stream, "streamId"), kIdLimit);
    std::string line = fmt::format("{} +{} -{}, {} in all", id, added, removed, number_of(*stream, "total"));
    json::object item{{"id", id}, {"added", added}, {"removed", removed}, {"total", number_of(*stream, "total")}};
    if (!note.empty()) {
      line += " · " + note;
      item["note"] = note;
    }
    rows.add(line, std::move(item));
  }
  rows.move_into(view, "streams");
  add_left_out(view, answer, "skipped");
  add_warnings(view, answer);
  return view;
}

Presentation sync_view(const json::object& answer, std::size_t budget) {
  Presentation view;
  view.text =
      fmt::format("{} added from plan files, {} known already, {} found", plural(number_of(answer, "synced"), "stream"),
                  number_of(answer, "skipped"), plural(number_of(answer, "worktreesDiscovered"), "worktree"));
  for (const std::string_view key : {"synced", "skipped", "worktreesDiscovered"})
    view.structured[key] = number_of(answer, key);
  json::array added = array_of(answer, "streams");
  if (!added.empty()) {
    if (added.size() > kGitRows) added.resize(kGitRows);
    view.text += "\nAdded: " + phrase(added, kIdLimit);
    view.structured["streams"] = std::move(added);
  }
  Rows rows(budget);
  for (const json::object* error : objects_of(answer, "errors")) {
    const std::string file = one_line(text_member(*error, "file"), 400);
    const auto line = find_integer(*error, "line");
    const std::string reason = one_line(text_member(*error, "reason"), kTextLimit);
    json::object item{{"file", file}, {"reason", reason}};
    if (line) item["line"] = *line;
    rows.add(fmt::format("not read {}{}: {}", file, line ? fmt::format(":{}", *line) : "", reason), std::move(item));
  }
  rows.move_into(view, "errors");
  add_warnings(view, answer);
  return view;
}

std::string add_risks(json::object& structured, const json::object& plan) {
  std::string text;
  json::array items;
  for (const json::object* risk : objects_of(plan, "atRisk")) {
    std::string line = one_line(text_member(*risk, "kind"), 40);
    if (const auto detail = text_member(*risk, "detail"); !detail.empty()) line += " " + one_line(detail, kTextLimit);
    Files files;
    for (const json::value& item : array_of(*risk, "items"))
      if (item.is_string()) files.add(text_of(item.get_string()), "");
    files.close();
    if (!files.text.empty()) line += ": " + files.text;
    text += "\nWould be lost: " + line;
    items.emplace_back(line);
  }
  if (!items.empty()) structured["atRisk"] = std::move(items);
  return text;
}

}  // namespace stream_status::mcp
