// What an agent's client writes to our stdin, line by line: a conversation of both MCP eras over a back-end in memory,
// which answers at once or later, and fails when the input says so.
#include <algorithm>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"
#include "mcp/message.h"
#include "mcp/project_catalog.h"
#include "mcp/session.h"
#include "unit/mcp_memory_backend.h"

namespace stream_status::fuzz {
namespace {

constexpr std::size_t kLongestAnswer = 256 << 10;

void add_streams(mcp::MemoryBackend& backend) {
  for (const char* id : {"auth", "search"}) {
    domain::Stream stream;
    stream.id.text = stream.branch = id;
    stream.number = "0101";
    stream.title = "Rotate refresh tokens";
    stream.phases = {"plan", "build"};
    stream.worktree_path = std::string("/worktrees/") + id;
    stream.status = domain::Status::kActive;
    backend.put(std::move(stream));
  }
  backend.set_worktree("/worktrees/auth");
  backend.set_changed_files("auth", {"a.cpp", "b.cpp"});
  backend.set_changed_files("search", {"b.cpp"});
  backend.set_uncommitted("search", {"b.cpp"});
  backend.add_plan_file("plan/cache.md", "Cache");
  backend.add_git_commit("auth", "0123456789abcdef");
}

Error failure_of(std::uint8_t choice) {
  constexpr ErrorCode kCodes[] = {
      ErrorCode::kStreamNotFound, ErrorCode::kAlreadyClaimed,   ErrorCode::kDraining, ErrorCode::kServerUnavailable,
      ErrorCode::kStorageFull,    ErrorCode::kPermissionDenied, ErrorCode::kGitError, ErrorCode::kInternal};
  Error error{kCodes[choice % std::size(kCodes)], "call: it failed: for a reason", "do it again"};
  if ((choice & 8) != 0) error.data = {{"revision", 7}};
  return error;
}

void require_tool_result(const json::object& result) {
  const json::value* content = result.if_contains("content");
  if (content == nullptr) return;
  require(content->is_array() && content->get_array().size() == 1, "a tool's answer is one block of content");
  const json::object& block = content->get_array()[0].as_object();
  require(find_string(block, "type") == "text" && !find_string(block, "text").value_or("").empty(),
          "a tool's answer is text that says something", json::serialize(result));
  require(result.contains("isError"), "a tool's answer says whether it is an error");
}

/// Returns the answer's id as JSON text; absent: it is a notification.
std::optional<std::string> require_message(std::string_view message) {
  require(message.size() <= kLongestAnswer, "an answer is of bounded length");
  require(message.find('\n') == std::string_view::npos, "a message is one line", message);
  const auto object = parse_json_object(message);
  require(object.has_value(), "an answer is a JSON object in UTF-8", message);
  require(find_string(*object, "jsonrpc") == "2.0", "an answer says jsonrpc 2.0", message);
  const json::value* id = object->if_contains("id");
  if (object->contains("method")) {
    require(id == nullptr && object->at("params").is_object(), "what is no answer is a notification", message);
    return std::nullopt;
  }
  require(id != nullptr && (id->is_null() || id->is_string() || id->is_number()), "an answer has an id", message);
  const json::value* result = object->if_contains("result");
  const json::value* error = object->if_contains("error");
  require((result != nullptr) != (error != nullptr), "an answer is a result or an error", message);
  if (result != nullptr) {
    require(result->is_object(), "a result is an object", message);
    require_tool_result(result->get_object());
  } else {
    const auto code = find_integer(error->as_object(), "code").value_or(0);
    require(code == -32700 || (code <= -32600 && code >= -32603) || code == -32002 || code == -32022,
            "an error has a code of JSON-RPC or MCP", message);
    const auto text = find_string(error->as_object(), "message").value_or("");
    require(!text.empty() && is_printable(text) && text.size() <= 2000, "an error says what was wrong", message);
  }
  return json::serialize(*id);
}

/// The id that the one answer to this line has; empty: there is none to come.
std::string owed(std::string_view line) {
  if (line.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
  const mcp::Incoming incoming = mcp::read_message(line);
  if (const auto* request = std::get_if<mcp::Request>(&incoming)) return request->id.json;
  if (const auto* malformed = std::get_if<mcp::Malformed>(&incoming)) return malformed->id.json;
  return {};
}

}  // namespace

void fuzz_json_rpc(std::string_view input) {
  Choices choices(input);
  const std::uint8_t how = choices.next();
  const std::uint8_t failing = choices.next();

  mcp::MemoryBackend backend;
  add_streams(backend);
  const bool held = (how & 1) != 0;
  if (held) backend.set_answers(mcp::MemoryBackend::Answers::kHeld);
  if ((how & 2) != 0) backend.fail_call(1 + how / 64, failure_of(failing));

  std::vector<std::string> sent;
  mcp::ProjectCatalog catalog(backend);
  mcp::Session session(catalog, [&](const mcp::Outgoing& message) {
    if (auto id = require_message(message.text)) sent.push_back(std::move(*id));
  });
  std::vector<std::string> expected;
  for (const std::string_view line : split(choices.rest(), '\n')) {
    const std::size_t before = session.calls_in_flight() + session.open_subscriptions();
    const std::string id = owed(line);
    session.receive(line);
    if (!id.empty()) {
      expected.push_back(id);
    } else if (session.calls_in_flight() + session.open_subscriptions() < before) {
      // Cancelled: which one, only the line says. What is owed is compared by number then.
      expected.emplace_back("cancelled");
    }
    if (!held && (how & 2) == 0)
      require(session.calls_in_flight() <= backend.waiting(), "what the back-end has answered is answered");
  }
  session.refuse_oversized(std::size_t{5} << 20, std::size_t{4} << 20);
  expected.push_back(mcp::null_id().json);
  // What failed is tried again, what waits is let go, and subscriptions end with an answer.
  for (const int second : {1, 9, 17}) {
    while (backend.held() > 0) backend.answer();
    session.end_subscriptions();
    backend.lose_waiting();
    catalog.step(MonotonicTime{} + seconds{second});
  }
  require(session.calls_in_flight() == 0, "in the end nothing is owed");

  const auto cancelled = static_cast<std::size_t>(std::count(expected.begin(), expected.end(), "cancelled"));
  require(sent.size() + 2 * cancelled == expected.size(), "each request gets one answer, and nothing else gets any");
  if (cancelled > 0) return;
  std::sort(sent.begin(), sent.end());
  std::sort(expected.begin(), expected.end());
  require(sent == expected, "answers carry the ids of what they answer");
}

}  // namespace stream_status::fuzz
