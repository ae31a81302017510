#include "mcp/project_catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/wire.h"
#include "base/text.h"
#include "mcp/introduction.h"
#include "mcp/json_text.h"
#include "mcp/phrase.h"
#include "mcp/presenter.h"
#include "mcp/project_names.h"
#include "mcp/project_texts.h"
#include "mcp/tokens.h"

namespace stream_status::mcp {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

constexpr std::int64_t kBoardRows = 200;
constexpr std::size_t kMostCompletions = 100;  // Source: MCP, "Completion".
constexpr std::size_t kLongestId = 64;

/// Arguments of tools/call. Some clients send the object as a JSON text, and "" or null for none.
Result<json::object> read_arguments(json::object& params) {
  json::value* found = params.if_contains("arguments");
  if (found == nullptr || found->is_null()) return json::object{};
  if (found->is_object()) return std::move(found->get_object());
  if (found->is_string()) {
    const std::string_view text = text_of(found->get_string());
    if (text.empty()) return json::object{};
    if (auto object = parse_json_object(text)) return object;
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("arguments: {} is not an object", shorten(json::serialize(*found), 60)),
              R"(send arguments as a JSON object: {"name":value,…})");
}

/// The result of tools/call, as JSON text.
std::string tool_result(const Presentation& shown, const Exchange& exchange, bool is_error) {
  std::string result;
  result.reserve(2 * shown.text.size() + 256);
  result += R"({"content":[{"type":"text","text":)";
  append_json_string(result, shown.text);
  result += "}]";
  if (exchange.takes_structured_content()) {
    result += R"(,"structuredContent":)";
    append_json(result, shown.structured);
  }
  return result.append(R"(,"isError":)").append(is_error ? "true}" : "false}");
}

std::string resource_result(std::string_view uri, std::string_view type, std::string_view text) {
  std::string result = R"({"contents":[{"uri":)";
  append_json_string(result, uri);
  result.append(R"(,"mimeType":")").append(type).append(R"(","text":)");
  append_json_string(result, text);
  return result += "}]}";
}

std::string prompt_result(std::string_view description, std::string_view text) {
  std::string result = R"({"description":)";
  append_json_string(result, description);
  result += R"(,"messages":[{"role":"user","content":{"type":"text","text":)";
  append_json_string(result, text);
  return result += "}}]}";
}

std::string said(const Error& error) {
  return error.hint.empty() ? error.message : fmt::format("{}; {}", error.message, error.hint);
}

/// The argument `streamId` of a prompt, as arguments of get_stream.
json::object stream_arguments(const json::object& params) {
  json::object arguments;
  const json::value* given = params.if_contains("arguments");
  if (given == nullptr || !given->is_object()) return arguments;
  if (const auto id = text_member(given->get_object(), "streamId"); !id.empty()) arguments["streamId"] = id;
  return arguments;
}

bool completes_streams(const json::object& ref, std::string_view argument) {
  const std::string_view type = text_member(ref, "type");
  if (type == "ref/resource") return text_member(ref, "uri") == kStreamTemplate && argument == "id";
  const std::string_view name = text_member(ref, "name");
  return type == "ref/prompt" && (name == kResumePrompt || name == kHandoffPrompt) && argument == "streamId";
}

bool is_known_reference(const json::object& ref) {
  const std::string_view type = text_member(ref, "type");
  const std::string_view name = text_member(ref, type == "ref/prompt" ? "name" : "uri");
  for (const std::string_view known :
       {kResumePrompt, kStandupPrompt, kHandoffPrompt, kBoardUri, kStatsUri, kStreamTemplate})
    if (name == known) return true;
  return false;
}

}  // namespace

const Offer& ProjectCatalog::offer() const { return project_offer(); }

template <typename Handler>
Backend::Done ProjectCatalog::while_here(Handler handler) {
  return [here = std::weak_ptr(here_), handler](Result<json::value> result) mutable {
    if (!here.expired()) handler(std::move(result));
  };
}

// ---- tools ---------------------------------------------------------------------------------------

void ProjectCatalog::call_tool(const ExchangePtr& exchange, std::string_view name) {
  const api::Operation* operation = api::find_operation(name);
  if (operation == nullptr || !operation->is_tool)
    return exchange->refuse(RpcCode::kInvalidParams,
                            fmt::format("unknown tool: {}; tools: {}", one_line(name, 80), tool_names()));
  Result<json::object> arguments = read_arguments(exchange->params());
  if (!arguments)
    return exchange->complete(tool_result(present_error(*operation, {}, arguments.error()), *exchange, true));
  complete_arguments(*operation, *arguments);
  ToolCall call{exchange, *operation, std::move(*arguments)};
  if (exchange->wants_progress()) watch_progress(call);
  start(std::move(call));
}

void ProjectCatalog::start(ToolCall call) {
  const api::Operation& operation = call.operation;
  json::object arguments = call.arguments;
  const ExchangePtr exchange = call.exchange;
  const Backend::Ticket ticket =
      backend_.call(operation, std::move(arguments), Backend::As::kAgent,
                    while_here([this, call = std::move(call)](Result<json::value> result) mutable {
                      finish(call, std::move(result));
                    }));
  if (!exchange->is_over()) exchange->on_cancel([this, ticket] { backend_.cancel(ticket); });
}

/// Of an answer that the agent does not get: it is told with the next that it gets.
void ProjectCatalog::keep_news(const json::value& answer) {
  const json::value* news = answer.is_object() ? answer.get_object().if_contains("news") : nullptr;
  if (news != nullptr && news->is_array())
    unread_.insert(unread_.end(), news->get_array().begin(), news->get_array().end());
}

void ProjectCatalog::finish(ToolCall& call, Result<json::value> result) {
  if (call.exchange->is_over()) {  // cancelled
    if (result) keep_news(*result);
    return;
  }
  if (!result) {
    const Presentation shown = present_error(call.operation, call.arguments, result.error());
    return call.exchange->complete(tool_result(shown, *call.exchange, true));
  }
  if (!unread_.empty() && result->is_object()) {
    keep_news(*result);
    result->get_object()["news"] = std::exchange(unread_, {});
  }
  const Presentation shown = present(call.operation, call.arguments, *result);
  const auto asked = find_integer(call.arguments, "limit");
  if (shown.narrower_limit > 0 && (!asked || shown.narrower_limit < *asked)) {
    keep_news(*result);
    call.arguments["limit"] = shown.narrower_limit;
    return start(std::move(call));
  }
  call.exchange->complete(tool_result(shown, *call.exchange, false));
}

void ProjectCatalog::watch_progress(const ToolCall& call) {
  Watched watched{.exchange = call.exchange, .doing = "at work", .total = {}, .begun = {}, .next = {}};
  if (call.operation.access == api::Access::kWait) {
    constexpr std::int64_t kDefaultSeconds = 25;
    watched.doing = "waiting for a change";
    watched.total = static_cast<double>(find_integer(call.arguments, "timeoutSeconds").value_or(kDefaultSeconds));
  }
  watched_.push_back(std::move(watched));
}

std::optional<MonotonicTime> ProjectCatalog::wake_at() const {
  std::optional<MonotonicTime> earliest = changes_.wake_at();
  for (const Watched& each : watched_) {
    if (each.exchange.expired()) continue;
    const MonotonicTime next = each.begun ? each.next : MonotonicTime{};
    earliest = earliest ? std::min(*earliest, next) : next;
  }
  return earliest;
}

void ProjectCatalog::step(MonotonicTime now) {
  changes_.step(now);
  std::erase_if(watched_, [](const Watched& each) {
    const auto exchange = each.exchange.lock();
    return !exchange || exchange->is_over();
  });
  for (Watched& each : watched_) {
    if (!each.begun) {
      each.begun = now;
      each.next = now + kProgressEach;
      continue;
    }
    if (now < each.next) continue;
    each.next = now + kProgressEach;
    const auto passed = static_cast<double>(std::chrono::duration_cast<seconds>(now - *each.begun).count());
    if (const auto exchange = each.exchange.lock())
      exchange->report_progress(passed, each.total, fmt::format("{}: {:.0f} s", each.doing, passed));
  }
}

// ---- resources, prompts, completion ---------------------------------------------------------------

/// For those that only look: in nobody's name. An error of the operation is a refusal.
void ProjectCatalog::ask(const ExchangePtr& exchange, api::OperationId id, json::object arguments, Shown show) {
  const Backend::Ticket ticket = backend_.call(
      api::operation(id), std::move(arguments), Backend::As::kNobody,
      while_here([exchange, show = std::move(show)](const Result<json::value>& result) {
        if (!result) {
          const bool is_theirs =
              result.error().code == ErrorCode::kStreamNotFound || result.error().code == ErrorCode::kInvalidArgument;
          return exchange->refuse(is_theirs ? RpcCode::kInvalidParams : RpcCode::kInternalError, said(result.error()));
        }
        show(exchange, result->is_object() ? result->get_object() : json::object{});
      }));
  if (!exchange->is_over()) exchange->on_cancel([this, ticket] { backend_.cancel(ticket); });
}

void ProjectCatalog::read_resource(const ExchangePtr& exchange, const std::string& uri) {
  if (uri == kBoardUri)
    return ask(exchange, api::OperationId::kListStreams, {{"open", true}, {"limit", kBoardRows}},
               [uri](const ExchangePtr& asked, const json::object& answer) {
                 asked->complete(resource_result(uri, "text/markdown", board_text(answer, kAnswerTokens)));
               });
  if (uri == kStatsUri)
    return ask(exchange, api::OperationId::kGetStreamStats, {},
               [uri](const ExchangePtr& asked, const json::object& answer) {
                 asked->complete(resource_result(uri, "application/json", json::serialize(answer)));
               });
  if (uri == kBoardAppUri)
    return ask(exchange, api::OperationId::kBoardApp, {}, [uri](const ExchangePtr& asked, const json::object& answer) {
      asked->complete(resource_result(uri, kAppType, text_member(answer, "html")));
    });
  const auto id = uri.starts_with(kStreamPrefix) ? api::percent_decode(uri.substr(kStreamPrefix.size())) : std::nullopt;
  if (!id || id->empty()) return refuse_resource(*exchange, uri);
  const json::object arguments{{"streamId", *id}, {"detail", "full"}};
  const Backend::Ticket ticket = backend_.call(
      api::operation(api::OperationId::kGetStream), arguments, Backend::As::kNobody,
      while_here([exchange, uri, arguments](const Result<json::value>& result) {
        if (!result && result.error().code == ErrorCode::kStreamNotFound) return refuse_resource(*exchange, uri);
        if (!result) return exchange->refuse(RpcCode::kInternalError, said(result.error()));
        const Presentation shown = present(api::operation(api::OperationId::kGetStream), arguments, *result);
        exchange->complete(resource_result(uri, "text/markdown", shown.text));
      }));
  if (!exchange->is_over()) exchange->on_cancel([this, ticket] { backend_.cancel(ticket); });
}

void ProjectCatalog::get_prompt(const ExchangePtr& exchange, std::string_view name) {
  if (name == kStandupPrompt) return get_standup(exchange);
  if (name != kResumePrompt && name != kHandoffPrompt)
    return exchange->refuse(RpcCode::kInvalidParams,
                            fmt::format("unknown prompt: {}; prompts: resume, standup, handoff", one_line(name, 80)));
  const bool resumes = name == kResumePrompt;
  json::object arguments = stream_arguments(exchange->params());
  const bool named = arguments.contains("streamId");
  const api::OperationId id = named ? api::OperationId::kGetStream : api::OperationId::kResume;
  ask(exchange, id, arguments, [id, arguments, resumes](const ExchangePtr& asked, const json::object& answer) {
    const std::string facts = present(api::operation(id), arguments, answer).text;
    asked->complete(resumes ? prompt_result("Go on from where the stream was left", resume_text(facts))
                            : prompt_result("Leave the stream so that the next can go on", handoff_text(facts)));
  });
}

void ProjectCatalog::get_standup(const ExchangePtr& exchange) {
  ask(exchange, api::OperationId::kListStreams, {{"open", true}, {"limit", kBoardRows}},
      [this](const ExchangePtr& asked, const json::object& board) {
        ask(asked, api::OperationId::kListStreams, {{"status", "completed"}, {"limit", 20}},
            [this, board](const ExchangePtr& asked_again, const json::object& finished) {
              ask(asked_again, api::OperationId::kListCommits, {{"limit", 20}},
                  [board, finished](const ExchangePtr& answered, const json::object& commits) {
                    answered->complete(prompt_result("What happened, what goes on, what is stuck",
                                                     standup_text(board, finished, commits)));
                  });
            });
      });
}

void ProjectCatalog::complete(const ExchangePtr& exchange) {
  const json::value* ref = exchange->params().if_contains("ref");
  const json::value* argument = exchange->params().if_contains("argument");
  if (ref == nullptr || !ref->is_object() || argument == nullptr || !argument->is_object())
    return exchange->refuse(RpcCode::kInvalidParams, "params.ref and params.argument must be objects");
  if (!is_known_reference(ref->get_object()))
    return exchange->refuse(RpcCode::kInvalidParams, "params.ref names no prompt and no resource template");
  if (!completes_streams(ref->get_object(), text_member(argument->get_object(), "name")))
    return exchange->complete(R"({"completion":{"values":[],"total":0,"hasMore":false}})");
  // The list finds what contains the text in any case, in other fields too: the ids among it are chosen here.
  constexpr std::int64_t kLooked = 1'000;
  json::object arguments{{"limit", kLooked}};
  const std::string begun = to_lower(text_member(argument->get_object(), "value"));
  if (!begun.empty()) arguments["query"] = one_line(begun, kLongestId);
  ask(exchange, api::OperationId::kListStreams, std::move(arguments),
      [begun](const ExchangePtr& asked, const json::object& answer) {
        const std::vector<std::string> ids = matching_ids(answer, begun);
        const std::size_t shown = std::min(ids.size(), kMostCompletions);
        const bool is_all = !answer.contains("nextCursor");
        json::object completion{{"values", json::array(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(shown))}};
        if (is_all) completion["total"] = ids.size();
        completion["hasMore"] = shown < ids.size() || !is_all;
        asked->complete(json::serialize(json::object{{"completion", std::move(completion)}}));
      });
}

}  // namespace stream_status::mcp
