#include "mcp/presenter.h"

#include <algorithm>

#include "base/text.h"
#include "mcp/json_text.h"
#include "mcp/phrase.h"
#include "mcp/views.h"

namespace stream_status::mcp {
namespace {

/// Most that news, a notice and ignored names cost together; an answer gets what is left.
constexpr std::size_t kBesides = 6'000;

/// For answers without a view of their own: what the service said, in both faces.
Presentation plain_view(const json::object& answer, std::size_t budget) {
  Presentation view;
  json::value whole = answer;
  whole.get_object().erase("ignored");
  whole.get_object().erase("notice");
  whole.get_object().erase("news");
  for (const std::size_t limit : {100'000U, 1'000U, 100U, 30U, 8U}) {
    shorten_texts(whole, limit);
    if (costs_at_most(json::serialize(whole), budget)) break;
  }
  view.text = phrase(whole, budget);
  view.structured = std::move(whole.get_object());
  return view;
}

Presentation view_of(const api::Operation& operation, const json::object& arguments, const json::object& answer,
                     std::size_t budget) {
  switch (operation.id) {
    case api::OperationId::kListStreams: return list_view(arguments, answer, budget);
    case api::OperationId::kGetStream:
    case api::OperationId::kResume:
      return answer.contains("nextStep") ? resume_view(answer) : stream_view(arguments, answer, budget);
    case api::OperationId::kAddStream: return added_view(answer);
    case api::OperationId::kUpdateStream: return updated_view(arguments, answer);
    case api::OperationId::kClaimStream: return claimed_view(arguments, answer);
    case api::OperationId::kWaitForChange: return changes_view(arguments, answer, budget);
    case api::OperationId::kAddCommit: return commit_view(arguments, answer);
    case api::OperationId::kRemoveStream: return archived_view(arguments, answer);
    case api::OperationId::kGetStreamStats: return stats_view(answer);
    case api::OperationId::kCheckConflicts: return conflicts_view(answer, budget);
    case api::OperationId::kReconcileWorktrees: return reconciliation_view(answer, budget);
    case api::OperationId::kScanCommits: return scan_view(answer, budget);
    case api::OperationId::kSyncFromFiles: return sync_view(answer, budget);
    default: return plain_view(answer, budget);
  }
}

/// A caller that sent what nobody reads must not believe that it had an effect.
void name_ignored(Presentation& view, const json::object& answer) {
  constexpr std::size_t kNames = 20;
  constexpr std::size_t kTokens = 600;
  const json::value* found = answer.if_contains("ignored");
  if (found == nullptr || !found->is_array() || found->get_array().empty()) return;
  json::value names = *found;
  if (names.get_array().size() > kNames) names.get_array().resize(kNames);
  shorten_texts(names, 60);
  if (!costs_at_most(json::serialize(names), kTokens)) shorten_texts(names, 10);
  view.text += "\nIgnored, no such argument: " + phrase(names, 60);
  view.structured["ignored"] = std::move(names);
}

/// Said before the answer: it may be about less, or other, data than the agent remembers.
void tell_notice(Presentation& view, const json::object& answer) {
  constexpr std::size_t kCharacters = 1000;
  constexpr std::size_t kNoticeTokens = 800;
  const auto notice = find_string(answer, "notice");
  if (!notice) return;
  const std::string text = shorten_to_tokens(shorten(*notice, kCharacters), kNoticeTokens);
  view.text = "Notice: " + text + "\n" + view.text;
  view.structured["notice"] = text;
}

/// `answer from ada on auth-rotation: which algorithm? → HS256`
std::string news_line(const json::object& news, std::size_t tokens) {
  constexpr std::size_t kNameLimit = 200;
  constexpr std::size_t kTextLimit = 3000;
  std::string line(one_line(text_member(news, "kind"), 20));
  const bool is_said = line == "message" || line == "answer";  // else the text tells who did it
  if (const auto from = text_member(news, "from"); is_said && !from.empty())
    line += " from " + one_line(from, kNameLimit);
  if (const auto stream = text_member(news, "streamId"); !stream.empty()) line += " on " + one_line(stream, kNameLimit);
  return line + ": " + shorten_to_tokens(one_line(text_member(news, "text"), kTextLimit), tokens);
}

/// Said before the answer, a line each: somebody waits for it to be read.
void tell_news(Presentation& view, const json::object& answer) {
  constexpr std::size_t kNewsTokens = 4'400;  // the longest message in any script of prose
  const json::value* found = answer.if_contains("news");
  if (found == nullptr || !found->is_array() || found->get_array().empty()) return;
  json::array lines;
  std::string text;
  std::size_t left = kNewsTokens;
  for (const json::value& each : found->get_array())
    if (const json::object* news = each.if_object()) {
      const std::string line = news_line(*news, left);
      left -= std::min(left, estimate_tokens(line));
      lines.emplace_back(line);
      text.append("News: ").append(text_of(lines.back().get_string())).append("\n");
    }
  view.text = text + view.text;
  view.structured["news"] = std::move(lines);
}

}  // namespace

void complete_arguments(const api::Operation& operation, json::object& arguments) {
  if (operation.id != api::OperationId::kListStreams) return;
  json::value& limit = arguments["limit"];
  if (limit.is_null()) limit = kDefaultRows;
}

Presentation present(const api::Operation& operation, const json::object& arguments, const json::value& answer) {
  if (!answer.is_object()) return plain_view({{"value", answer}}, kAnswerTokens);
  Presentation besides;
  name_ignored(besides, answer.get_object());
  tell_news(besides, answer.get_object());
  tell_notice(besides, answer.get_object());
  const std::size_t cost = besides.structured.empty() ? 0
                                                      : std::max(estimate_tokens(besides.text),
                                                                 estimate_tokens(json::serialize(besides.structured)));
  Presentation view = view_of(operation, arguments, answer.get_object(), kAnswerTokens - std::min(cost, kBesides));
  name_ignored(view, answer.get_object());
  tell_news(view, answer.get_object());
  tell_notice(view, answer.get_object());
  return view;
}

}  // namespace stream_status::mcp
