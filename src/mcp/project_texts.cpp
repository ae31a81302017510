#include "mcp/project_texts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "mcp/phrase.h"
#include "mcp/tokens.h"
#include "mcp/views.h"

namespace stream_status::mcp {
namespace {

constexpr std::size_t kTitle = 120;
constexpr std::size_t kName = 64;
/// Of the budget, for what is not the board: the task, and twenty each of finished streams and commits.
constexpr std::size_t kRestOfStandup = 3'000;

std::vector<const json::object*> rows_of(const json::object& answer, std::string_view key) {
  std::vector<const json::object*> rows;
  const json::value* found = answer.if_contains(key);
  if (found == nullptr || !found->is_array()) return rows;
  for (const json::value& each : found->get_array())
    if (const json::object* row = each.if_object()) rows.push_back(row);
  return rows;
}

/// Text of others within a row of a table.
std::string cell(std::string_view text, std::size_t limit) {
  std::string safe;
  for (const char each : one_line(text, limit)) {
    if (each == '|' || each == '\\') safe += '\\';
    safe += each;
  }
  return safe;
}

std::string holder(const json::object& stream) {
  const json::value* claim = stream.if_contains("claim");
  return claim != nullptr && claim->is_object() ? cell(text_member(claim->get_object(), "agent"), kName) : "";
}

std::string blockers(const json::object& answer, const json::object& stream) {
  std::string names;
  for (const json::value& each : open_blockers(answer, stream)) {
    if (!each.is_string()) continue;
    if (!names.empty()) names += ", ";
    names += cell(text_of(each.get_string()), kName);
  }
  return names;
}

std::string row(const json::object& answer, const json::object& stream) {
  return fmt::format("| {} {} | {} | {}% | {} | {} | {} |\n", cell(text_member(stream, "streamNumber"), kName),
                     cell(text_member(stream, "id"), kName), text_member(stream, "status"),
                     find_integer(stream, "progress").value_or(0), holder(stream), blockers(answer, stream),
                     cell(text_member(stream, "title"), kTitle));
}

/// As many rows as the budget holds; what is left out is counted, with the call that gets it.
std::string table(const json::object& list, std::size_t left_out, std::size_t budget) {
  const auto streams = rows_of(list, "streams");
  std::string text = "| stream | status | progress | who | blocked by | title |\n|---|---|---|---|---|---|\n";
  std::size_t spent = estimate_tokens(text);
  for (auto stream = streams.begin(); stream != streams.end(); ++stream) {
    const std::string line = row(list, **stream);
    spent += estimate_tokens(line);
    if (spent > budget) {
      left_out += static_cast<std::size_t>(streams.end() - stream);
      break;
    }
    text += line;
  }
  if (left_out > 0) text += fmt::format("\nand {} more: list_streams {{\"limit\":200}}, page by page\n", left_out);
  return text;
}

}  // namespace

std::string board_text(const json::object& list, std::size_t budget) {
  const auto streams = rows_of(list, "streams");
  const auto count = [&](std::string_view status) {
    return std::count_if(streams.begin(), streams.end(),
                         [&](const json::object* each) { return text_member(*each, "status") == status; });
  };
  if (streams.empty()) return "# Board\n\nNo open stream. add_stream {\"title\":\"…\"} begins one.\n";
  const auto total = static_cast<std::size_t>(find_integer(list, "total").value_or(0));
  const std::size_t beyond = total > streams.size() ? total - streams.size() : 0;
  return fmt::format("# Board\n\n{} open{}: {} active, {} blocked\n\n{}", streams.size() + beyond,
                     beyond > 0 ? fmt::format(", of the newest {}", streams.size()) : "", count("active"),
                     count("blocked"), table(list, beyond, budget));
}

std::string resume_text(std::string_view facts) {
  return fmt::format(
      "Go on with this stream of work from where it was left.\n\n{}\n\n"
      "First claim it (claim_stream) unless you hold it, and look at what is uncommitted. Then do the next step. Say "
      "how "
      "far you are with update_stream, and what you decided with its note.",
      facts);
}

std::string handoff_text(std::string_view facts) {
  return fmt::format(
      "Hand this stream of work over, so that the next agent can go on at once.\n\n{}\n\n"
      "Commit what is worth keeping and add_commit it. Write what is done, what comes next, what you tried in vain and "
      "what is undecided in one update_stream note of at most ten lines, with the true progress. Then let go: "
      "claim_stream with action release.",
      facts);
}

std::string standup_text(const json::object& list, const json::object& finished, const json::object& commits) {
  std::string text =
      "Give a standup of this project, for a person who has one minute: what was finished, what goes on and how far, "
      "what is stuck and on whom. Name streams by their titles. Facts:\n\n";
  text += board_text(list, kAnswerTokens - kRestOfStandup);
  std::string finished_lines;
  for (const json::object* stream : rows_of(finished, "streams"))
    finished_lines += fmt::format("- {} \"{}\" {}\n", one_line(text_member(*stream, "id"), kName),
                                  one_line(text_member(*stream, "title"), kTitle), text_member(*stream, "completedAt"));
  if (!finished_lines.empty())
    text += "\nFinished, newest streams first\n" + shorten_to_tokens(finished_lines, kRestOfStandup / 2 - 200);
  const auto rows = rows_of(commits, "commits");
  if (!rows.empty()) text += "\nLast commits\n";
  std::string commit_lines;
  for (const json::object* commit : rows)
    commit_lines +=
        fmt::format("- {} {} {} ({})\n", one_line(text_member(*commit, "commitHash"), 10),
                    one_line(text_member(*commit, "streamId"), kName), one_line(text_member(*commit, "message"), 100),
                    one_line(text_member(*commit, "author"), kName));
  return text + shorten_to_tokens(commit_lines, kRestOfStandup / 2);
}

std::vector<std::string> matching_ids(const json::object& list, std::string_view begun) {
  std::vector<std::string> beginning;
  std::vector<std::string> containing;
  for (const json::object* stream : rows_of(list, "streams")) {
    const std::string id(text_member(*stream, "id"));
    const std::size_t at = to_lower(id).find(begun);
    if (at == 0) beginning.push_back(id);
    if (at != 0 && at != std::string::npos) containing.push_back(id);
  }
  beginning.insert(beginning.end(), containing.begin(), containing.end());
  return beginning;
}

}  // namespace stream_status::mcp
