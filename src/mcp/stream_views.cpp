// Reads: rows of streams, one stream, the seven numbers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "mcp/json_text.h"
#include "mcp/phrase.h"
#include "mcp/views.h"

namespace stream_status::mcp {
namespace {

constexpr std::size_t kIdLimit = 200;
constexpr std::size_t kRowTitleLimit = 100;
constexpr std::size_t kRowQuestionLimit = 80;
constexpr std::size_t kRowBlockers = 3;
// What a structured row leaves out: names of members cost more than their values.
constexpr std::string_view kUsualCategory = "backend";
constexpr std::string_view kUsualPriority = "medium";

/// The member `key` of the object `stream[outer]`; empty when there is none.
std::string_view nested_text(const json::object& stream, std::string_view outer, std::string_view key) {
  const json::value* found = stream.if_contains(outer);
  return found != nullptr && found->is_object() ? text_member(found->get_object(), key) : std::string_view{};
}

/// Number, id, status, progress, priority and title: what opens every line about a stream.
void append_head(std::string& out, const json::object& stream, std::size_t title_limit) {
  append_line(out, text_member(stream, "streamNumber"), kIdLimit);
  out += ' ';
  append_line(out, text_member(stream, "id"), kIdLimit);
  out.append("  ").append(text_member(stream, "status")).append(" ");
  out.append(fmt::format_int(find_integer(stream, "progress").value_or(0)).c_str()).append("%  ");
  out.append(text_member(stream, "priority"));
  if (const auto category = text_member(stream, "category"); !category.empty() && category != kUsualCategory) {
    out += ' ';
    append_line(out, category, kIdLimit);
  }
  out += "  ";
  append_quoted(out, text_member(stream, "title"), title_limit);
}

bool is_full(const json::object& arguments) { return text_member(arguments, "detail") == "full"; }

/// What a full row has besides.
constexpr std::size_t kRowTextLimit = 200;
void add_details(json::object& row, const json::object& stream) {
  for (const std::string_view name : {"branch", "worktreePath", "updatedAt", "lastNote"})
    if (const auto text = text_member(stream, name); !text.empty()) row[name] = one_line(text, kRowTextLimit);
  const json::value* phases = stream.if_contains("phases");
  const auto current = find_integer(stream, "currentPhase").value_or(0);
  if (phases != nullptr && phases->is_array() && current >= 0 &&
      static_cast<std::size_t>(current) < phases->get_array().size())
    row["phase"] = phrase(phases->get_array()[static_cast<std::size_t>(current)], kRowTextLimit);
}

void append_details(std::string& out, const json::object& row) {
  for (const std::string_view name : {"branch", "worktreePath", "updatedAt", "lastNote", "phase"})
    if (const auto text = text_member(row, name); !text.empty()) out.append("  ").append(name).append(" ").append(text);
}

json::object row_of(const json::object& answer, const json::object& stream, const json::storage_ptr& storage) {
  json::object row(storage);
  row.reserve(10);
  row.emplace("id", text_member(stream, "id"));
  row.emplace("number", text_member(stream, "streamNumber"));
  row.emplace("title", one_line(text_member(stream, "title"), kRowTitleLimit));
  row.emplace("status", text_member(stream, "status"));
  if (const auto progress = find_integer(stream, "progress").value_or(0); progress != 0)
    row.emplace("progress", progress);
  if (const auto priority = text_member(stream, "priority"); priority != kUsualPriority)
    row.emplace("priority", priority);
  const std::string_view category = text_member(stream, "category");
  if (!category.empty() && category != kUsualCategory) row.emplace("category", category);
  if (json::array blockers = open_blockers(answer, stream); !blockers.empty())
    row.emplace("blockers", std::move(blockers));
  if (const auto agent = nested_text(stream, "claim", "agent"); !agent.empty()) row.emplace("claimedBy", agent);
  if (const auto question = nested_text(stream, "question", "text"); !question.empty())
    row.emplace("question", one_line(question, kRowQuestionLimit));
  return row;
}

/// The same call with one argument set, as the caller would write it. Names only what the tool knows.
std::string page_call(const json::object& arguments, std::string_view changed, const json::value& to) {
  json::object call;
  for (const api::Argument& argument : api::operation(api::OperationId::kListStreams).arguments) {
    const json::value* value = arguments.if_contains(argument.name);
    if (argument.name == changed)
      call[argument.name] = to;
    else if (value != nullptr && !value->is_null() && !(argument.name == "limit" && *value == kDefaultRows))
      call[argument.name] = *value;
  }
  return call_text("list_streams", call);
}

std::string empty_list_step(const json::object& arguments) {
  const bool filtered = std::any_of(arguments.begin(), arguments.end(), [](const auto& member) {
    return member.key() != "limit" && !member.value().is_null();
  });
  return filtered ? "list_streams {} shows all streams" : R"(add_stream {"title":"…"} opens the first stream)";
}

/// How many of the rows fit into the budget of both faces, one at least.
/// `ends` says where each row's line ends in the text.
std::size_t count_fitting(const json::array& rows, std::string_view lines, const std::vector<std::size_t>& ends,
                          std::size_t budget) {
  const std::size_t most = std::min(rows.size(), static_cast<std::size_t>(kMaxRows));
  if (most == 0) return most;
  // No token is less than a byte: the usual list needs no closer look.
  if (ends[most - 1] <= budget && (json_size_bound(rows) <= budget || json::serialize(rows).size() <= budget))
    return most;

  std::size_t text = 0;
  std::size_t structured = 0;
  for (std::size_t count = 0; count < most; ++count) {
    const std::size_t begin = count == 0 ? 0 : ends[count - 1];
    text += estimate_tokens(lines.substr(begin, ends[count] - begin));
    structured += estimate_tokens(json::serialize(rows[count])) + 1;
    if (std::max(text, structured) > budget) return std::max<std::size_t>(count, 1);
  }
  return most;
}

bool fits(const Presentation& view, std::size_t budget) {
  return costs_at_most(view.text, budget) &&
         (json_size_bound(view.structured) <= budget || costs_at_most(json::serialize(view.structured), budget));
}

/// Says nothing that is not so: null, an empty list, the first phase of none.
bool is_worth_telling(const json::object& stream, std::string_view name, const json::value& value) {
  if (value.is_null() || (value.is_array() && value.get_array().empty())) return false;
  if (name == "blockedBy" || name == "ignored" || name == "notice" || name == "news")
    return false;  // the first of blockers; told for every answer
  if (name == "recentActivity") return !nested_text(stream, name, "lastCommit").empty();
  if (name == "currentPhase") {
    const json::value* phases = stream.if_contains("phases");
    return value != 0 || (phases != nullptr && phases->is_array() && !phases->get_array().empty());
  }
  return true;
}

bool is_in_head(std::string_view name) {
  constexpr std::array<std::string_view, 7> kHead = {"id", "number", "title", "status", "progress", "priority", "cut"};
  return std::find(kHead.begin(), kHead.end(), name) != kHead.end();
}

/// "1 (implement)" for the index of a phase that has a name.
std::string phase_text(const json::object& facts, const json::value& index) {
  const json::value* phases = facts.if_contains("phases");
  std::string text = phrase(index, 20);
  if (phases == nullptr || !index.is_int64() || index.get_int64() < 0) return text;
  const auto at = static_cast<std::size_t>(index.get_int64());
  if (phases->is_array() && at < phases->get_array().size())
    text += " (" + phrase(phases->get_array()[at], kIdLimit) + ")";
  return text;
}

/// Of no use to somebody who works on it.
bool is_record(std::string_view name) { return name == "createdAt" || name == "updatedAt" || name == "openBlockers"; }

Presentation stream_view_with(const json::object& stream, std::size_t limit, bool is_whole) {
  Presentation view;
  json::array cut;
  for (const auto& [name, value] : stream) {
    const json::value told = name == "blockers" && !is_whole ? json::value(open_blockers(stream, stream)) : value;
    if (!is_worth_telling(stream, name, told) || (!is_whole && is_record(name))) continue;
    const std::string_view shown = name == "streamNumber" ? std::string_view("number") : std::string_view(name);
    json::value& fact = view.structured[shown] = told;
    if (name == "claim" && !is_whole && fact.is_object()) fact.get_object().stable_erase("process");
    if (shorten_texts(fact, limit)) cut.emplace_back(shown);
  }
  append_head(view.text, stream, limit);
  for (const auto& [name, value] : view.structured) {
    if (is_in_head(name)) continue;
    view.text += fmt::format("\n{}: {}", std::string_view(name),
                             name == "currentPhase" ? phase_text(view.structured, value) : phrase(value, limit));
  }
  if (!cut.empty()) {
    const std::string more =
        is_whole ? fmt::format("stream-status show {} --json", text_member(stream, "id"))
                 : call_text("get_stream", {{"streamId", text_member(stream, "id")}, {"detail", "full"}});
    view.text += fmt::format("\nShortened here: {}. Whole: {}{}", phrase(cut, kIdLimit), is_whole ? "run " : "", more);
    view.structured["cut"] = std::move(cut);
    view.structured["more"] = more;
  }
  return view;
}

/// The part of an event that its type does not say.
std::string what_changed(const json::object& event, std::size_t limit) {
  const auto value_at = [&](std::string_view key) -> const json::value& {
    static const json::value kNull;
    const json::value* found = event.if_contains(key);
    return found == nullptr ? kNull : *found;
  };
  const json::value& from = value_at("oldValue");
  const json::value& to = value_at("newValue");
  if (const std::string_view type = text_member(event, "type"); type.starts_with("question_")) {
    const json::object* question = from.is_object() ? from.if_object() : to.if_object();
    std::string text = question == nullptr ? "" : phrase(json::value(text_member(*question, "text")), limit);
    return type == "question_answered" ? fmt::format("{} → {}", text, phrase(to, limit)) : text;
  }
  const json::object* whole = to.if_object();
  if (whole != nullptr && text_member(event, "type") == "claimed") return {};  // `by` says who
  if (whole != nullptr)
    for (const std::string_view key : {"title", "message"})
      if (const auto text = text_member(*whole, key); !text.empty()) return phrase(json::value(text), limit);
  if (to.is_null()) return {};
  return from.is_null() ? phrase(to, limit) : fmt::format("{} → {}", phrase(from, limit), phrase(to, limit));
}

}  // namespace

json::array open_blockers(const json::object& answer, const json::object& stream) {
  const auto list = [](const json::object& object, std::string_view key) -> const json::array* {
    const json::value* found = object.if_contains(key);
    return found == nullptr ? nullptr : found->if_array();
  };
  const json::array* blockers = list(stream, "blockers");
  if (blockers == nullptr) return {};
  json::array open = *blockers;
  if (const json::array* are_open = list(answer, "openBlockers"))
    open.erase(std::remove_if(open.begin(), open.end(),
                              [&](const json::value& id) {
                                return std::find(are_open->begin(), are_open->end(), id) == are_open->end();
                              }),
               open.end());
  return open;
}

void append_stream_line(std::string& out, const json::object& answer, const json::object& stream) {
  append_head(out, stream, kRowTitleLimit);
  if (const json::array blockers = open_blockers(answer, stream); !blockers.empty()) {
    out += text_member(stream, "status") == "blocked" ? "  by " : "  waits for ";
    for (std::size_t i = 0; i < std::min(blockers.size(), kRowBlockers); ++i)
      out.append(i == 0 ? "" : ", ").append(phrase(blockers[i], kIdLimit));
    if (blockers.size() > kRowBlockers) out += fmt::format(" +{}", blockers.size() - kRowBlockers);
  }
  if (const auto agent = nested_text(stream, "claim", "agent"); !agent.empty()) {
    out += "  @";
    append_line(out, agent, kIdLimit);
  }
  if (const auto question = nested_text(stream, "question", "text"); !question.empty()) {
    out += "  asks ";
    append_quoted(out, question, kRowQuestionLimit);
  }
}

Presentation list_view(const json::object& arguments, const json::object& answer, std::size_t budget) {
  Presentation view;
  json::array rows(view.structured.storage());
  std::string lines;
  std::vector<std::size_t> ends;
  const bool with_details = is_full(arguments);
  const json::value* streams = answer.if_contains("streams");
  if (streams != nullptr && streams->is_array()) {
    rows.reserve(streams->get_array().size());
    ends.reserve(streams->get_array().size());
    lines.reserve(100 * streams->get_array().size());
    for (const json::value& stream : streams->get_array()) {
      if (!stream.is_object()) continue;
      json::object& row = rows.emplace_back(row_of(answer, stream.get_object(), rows.storage())).get_object();
      lines += '\n';
      append_stream_line(lines, answer, stream.get_object());
      if (with_details) {
        add_details(row, stream.get_object());
        append_details(lines, row);
      }
      ends.push_back(lines.size());
    }
  }
  const std::int64_t total = find_integer(answer, "total").value_or(static_cast<std::int64_t>(rows.size()));
  if (rows.empty()) {
    const std::string next = empty_list_step(arguments);
    view.text = fmt::format("No streams. Next: {}", next);
    view.structured = {{"streams", json::array()}, {"total", total}, {"next", next}};
    return view;
  }

  // Beside the rows stand their number and the call for more, which repeats the arguments.
  const std::size_t frame = 60 + 2 * estimate_tokens(json::serialize(arguments));
  const std::size_t fitting = count_fitting(rows, lines, ends, budget - std::min(budget, frame));
  const auto count = static_cast<std::int64_t>(fitting);
  std::string more;
  std::string_view cursor = text_member(answer, "nextCursor");
  if (fitting < rows.size()) {
    cursor = {};
    view.narrower_limit = count;
    more = page_call(arguments, "limit", count);
  } else if (!cursor.empty()) {
    more = page_call(arguments, "cursor", json::value(cursor));
  }

  view.text = count == total ? fmt::format("{} stream{}, newest first", total, total == 1 ? "" : "s")
                             : fmt::format("{} of {} streams, newest first", count, total);
  view.text.append(lines, 0, ends[fitting - 1]);
  rows.resize(fitting);
  view.structured["streams"] = std::move(rows);
  view.structured["total"] = total;
  if (!cursor.empty()) view.structured["nextCursor"] = cursor;
  if (!more.empty()) {
    view.text += "\nMore: " + more;
    view.structured["more"] = more;
  }
  return view;
}

Presentation stream_view(const json::object& arguments, const json::object& stream, std::size_t budget) {
  constexpr std::array<std::size_t, 7> kTextLimits = {100'000, 4'000, 1'000, 400, 200, 40, 15};
  constexpr std::size_t kConcise = 3;  // from which limit on
  const bool is_whole = is_full(arguments);
  Presentation view;
  for (std::size_t i = is_whole ? 0 : kConcise; i < kTextLimits.size(); ++i) {
    view = stream_view_with(stream, kTextLimits[i], is_whole);
    if (fits(view, budget)) break;
  }
  return view;
}

Presentation changes_view(const json::object& arguments, const json::object& answer, std::size_t budget) {
  constexpr std::size_t kValue = 160;
  auto revision = find_integer(answer, "revision").value_or(0);
  std::size_t cost = 100 + 2 * estimate_tokens(json::serialize(arguments));
  std::optional<std::int64_t> last_told;
  Presentation view;
  json::array lines;
  const json::value* changes = answer.if_contains("changes");
  if (changes != nullptr && changes->is_array())
    for (const json::value& each : changes->get_array()) {
      const json::object* event = each.if_object();
      if (event == nullptr) continue;
      std::string line = one_line(text_member(*event, "streamId"), kIdLimit);
      line.append(" ").append(one_line(text_member(*event, "type"), 40));
      if (const std::string what = what_changed(*event, kValue); !what.empty()) line.append(" ").append(what);
      if (const auto agent = text_member(*event, "agent"); !agent.empty())
        line.append(" by ").append(one_line(agent, kIdLimit));
      cost += estimate_tokens(line) + 3;
      if (last_told && cost > budget) {  // the next call begins after what was told
        revision = *last_told;
        break;
      }
      last_told = find_integer(*event, "revision").value_or(revision);
      lines.emplace_back(std::move(line));
    }
  for (const json::value& line : lines) view.text.append(text_of(line.get_string())).append("\n");
  if (lines.empty()) view.text = "Nothing has changed\n";
  json::object again = arguments;
  again["since"] = revision;
  const std::string next = call_text("wait_for_change", again) + " waits on";
  view.structured["changes"] = std::move(lines);
  view.structured["revision"] = revision;
  view.structured["next"] = next;
  view.text += "Next: " + next;
  return view;
}

Presentation stats_view(const json::object& answer) {
  const auto number = [&](std::string_view name) { return find_integer(answer, name).value_or(0); };
  Presentation view;
  view.text =
      fmt::format("open {} (in progress {}, blocked {}, ready to start {}), completed today {}, commits {} (today {})",
                  number("activeStreams"), number("inProgress"), number("blocked"), number("readyToStart"),
                  number("completedToday"), number("totalCommits"), number("commitsToday"));
  view.structured = answer;
  return view;
}

}  // namespace stream_status::mcp
