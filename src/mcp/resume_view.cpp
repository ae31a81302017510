// "Where was I?" for an agent without a memory: what matters most first, and what does not fit in 400 tokens left out.
#include <fmt/format.h>

#include "base/text.h"
#include "mcp/phrase.h"
#include "mcp/views.h"

namespace stream_status::mcp {
namespace {

constexpr std::size_t kBudget = 400;  ///< tokens of each face
constexpr std::size_t kTextTokens = 90;
constexpr std::size_t kNameLimit = 64;
constexpr std::size_t kTextLimit = 140;
constexpr std::size_t kFileLimit = 60;

const json::array& array_at(const json::object& object, std::string_view key) {
  static const json::array kNone;
  const json::value* found = object.if_contains(key);
  return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

const json::object& object_at(const json::object& object, std::string_view key) {
  static const json::object kNone;
  const json::value* found = object.if_contains(key);
  return found != nullptr && found->is_object() ? found->get_object() : kNone;
}

/// On one line, and no more than one of several things may cost.
std::string brief(std::string_view text, std::size_t limit) {
  return shorten_to_tokens(one_line(text, limit), kTextTokens);
}

/// Fills both faces until the budget is spent.
class Sheet {
 public:
  bool add(std::string_view label, std::string_view text) {
    if (text.empty()) return true;
    if (!take(kFrame + estimate_tokens(label) + cost_of(text))) return false;
    view_.text += fmt::format("\n{}: {}", label, text);
    view_.structured[label] = text;
    return true;
  }
  /// As many of the lines as fit; how many more there are is said.
  void add_lines(std::string_view label, const std::vector<std::string>& lines, std::size_t total) {
    if (lines.empty()) return;
    json::array shown;
    std::string text;
    for (const std::string& line : lines) {
      if (!take(kFrame + cost_of(line) + (shown.empty() ? kFrame + estimate_tokens(label) : 0))) break;
      text.append("\n- ").append(line);
      shown.emplace_back(line);
    }
    if (const std::size_t more = total - shown.size(); more > 0) {
      was_cut_ = true;
      if (shown.empty()) return;
      const std::string rest = fmt::format("… {} more", more);
      text.append("\n- ").append(rest);
      shown.emplace_back(rest);
    }
    view_.text += fmt::format("\n{}:{}", label, text);
    view_.structured[label] = std::move(shown);
  }
  /// What is said in any case.
  void reserve(std::size_t tokens) { used_ += tokens; }
  bool was_cut() const { return was_cut_; }
  Presentation& view() { return view_; }

 private:
  static constexpr std::size_t kFrame = 2;  ///< quotes, comma, line break

  /// In the dearer face: quotes and backslashes are escaped in the structured one.
  static std::size_t cost_of(std::string_view text) {
    return estimate_tokens(json::serialize(json::string_view(text)));
  }

  bool take(std::size_t tokens) {
    if (used_ + tokens > kBudget) {
      was_cut_ = true;
      return false;
    }
    used_ += tokens;
    return true;
  }

  Presentation view_;
  std::size_t used_ = 0;
  bool was_cut_ = false;
};

std::vector<std::string> notes_of(const json::object& stream) {
  std::vector<std::string> lines;
  for (const json::value& each : array_at(stream, "notes"))
    if (const json::object* note = each.if_object(); note != nullptr && lines.size() < 3)
      lines.push_back(brief(text_member(*note, "text"), kTextLimit));
  return lines;
}

std::vector<std::string> commits_of(const json::object& stream) {
  std::vector<std::string> lines;
  for (const json::value& each : array_at(stream, "commits"))
    if (const json::object* commit = each.if_object(); commit != nullptr && lines.size() < 5)
      lines.push_back(fmt::format("{} {}", one_line(text_member(*commit, "commitHash").substr(0, 7), 7),
                                  brief(text_member(*commit, "message"), kFileLimit)));
  return lines;
}

std::vector<std::string> files_of(const json::array& files, std::size_t most) {
  std::vector<std::string> lines;
  for (const json::value& file : files)
    if (file.is_string() && lines.size() < most) lines.push_back(brief(text_of(file.get_string()), kFileLimit));
  return lines;
}

/// `ui (codex@ui): src/api.ts, src/app.ts +3, would conflict`
std::vector<std::string> neighbours_of(const json::object& stream) {
  constexpr std::size_t kFiles = 2;
  std::vector<std::string> lines;
  for (const json::value& each : array_at(stream, "sharedFiles")) {
    const json::object* other = each.if_object();
    if (other == nullptr || lines.size() == 4) continue;
    std::string line = one_line(text_member(*other, "streamId"), kNameLimit);
    if (const auto agent = text_member(*other, "agent"); !agent.empty())
      line += fmt::format(" ({})", one_line(agent, kNameLimit));
    const json::array& files = array_at(*other, "files");
    line += fmt::format(": {}", fmt::join(files_of(files, kFiles), ", "));
    if (files.size() > kFiles) line += fmt::format(" +{}", files.size() - kFiles);
    if (text_member(*other, "state") == "conflict") line += ", would conflict";
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> obstacles_of(const json::object& stream) {
  std::vector<std::string> lines;
  for (const json::value& each : array_at(stream, "waitsFor"))
    if (const json::object* blocker = each.if_object(); blocker != nullptr && lines.size() < 3)
      lines.push_back(fmt::format("{} {} {}%", one_line(text_member(*blocker, "streamId"), kNameLimit),
                                  text_member(*blocker, "status"), find_integer(*blocker, "progress").value_or(0)));
  return lines;
}

std::string phase_of(const json::object& stream) {
  const json::array& phases = array_at(stream, "phases");
  const auto current = find_integer(stream, "currentPhase").value_or(0);
  if (current < 0 || static_cast<std::size_t>(current) >= phases.size()) return {};
  return fmt::format("{} of {}, {} ({} done)", current + 1, phases.size(),
                     phrase(phases[static_cast<std::size_t>(current)], kNameLimit),
                     array_at(stream, "completedPhases").size());
}

}  // namespace

Presentation resume_view(const json::object& stream) {
  constexpr std::size_t kTitleLimit = 100;
  constexpr std::size_t kRevisionAndMore = 24;
  const std::string id = one_line(text_member(stream, "id"), kNameLimit);
  Sheet sheet;
  json::object& facts = sheet.view().structured;
  facts["id"] = id;
  const std::string title = shorten_to_tokens(one_line(text_member(stream, "title"), kTitleLimit), kTextTokens);
  facts["title"] = title;
  facts["status"] = text_member(stream, "status");
  facts["progress"] = find_integer(stream, "progress").value_or(0);
  sheet.view().text = fmt::format("{} {} {}%  \"{}\"", id, text_member(stream, "status"),
                                  find_integer(stream, "progress").value_or(0), title);
  const std::string more = call_text("get_stream", {{"streamId", id}});
  sheet.reserve(estimate_tokens(json::serialize(facts)) + estimate_tokens(more) + kRevisionAndMore);
  sheet.add("next", one_line(text_member(stream, "nextStep"), 2 * kTextLimit));
  sheet.add("phase", phase_of(stream));
  sheet.add("asked", brief(text_member(object_at(stream, "question"), "text"), kTextLimit));
  const auto obstacles = obstacles_of(stream);
  sheet.add_lines("waits for", obstacles, array_at(stream, "waitsFor").size());
  sheet.add_lines("same files", neighbours_of(stream), array_at(stream, "sharedFiles").size());
  const json::array& uncommitted = array_at(stream, "uncommitted");
  sheet.add_lines("uncommitted", files_of(uncommitted, 6), uncommitted.size());
  const auto notes = notes_of(stream);
  sheet.add_lines("notes", notes, notes.size());
  const auto commits = commits_of(stream);
  sheet.add_lines("commits", commits, commits.size());
  sheet.add("goal", brief(text_member(stream, "goal"), kTextLimit));
  sheet.add("branch", one_line(text_member(stream, "branch"), kNameLimit));
  const auto revision = find_integer(stream, "revision").value_or(0);
  facts["revision"] = revision;
  sheet.view().text += fmt::format("\nrevision: {}", revision);
  if (sheet.was_cut()) {
    facts["more"] = more;
    sheet.view().text += "\nmore: " + more;
  }
  return std::move(sheet.view());
}

}  // namespace stream_status::mcp
