// One request while it is being answered: what the catalog may know of it, and say to it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/json.h"
#include "mcp/era.h"
#include "mcp/message.h"

namespace stream_status::mcp {

/// What a message is to its host. Over stdio all are lines; over HTTP an answer ends the response, and its kind is the
/// response's status.
enum class Kind {
  kNotification,
  kRequest,        ///< from us to the client; legacy era only
  kAnswer,         ///< a result, or an error of what was asked
  kBadRequest,     ///< an error of the request itself
  kUnknownMethod,  ///< of the modern era; the legacy one has kAnswer
};
struct Outgoing {
  std::string text;  ///< one whole JSON-RPC message, no newline
  Kind kind = Kind::kAnswer;
};
using Send = std::function<void(Outgoing)>;

/// A method's result: JSON text of an object, without what the era adds to it.
struct Completed {
  std::string result;
};
/// Modern era: the client asks its user, or its model, and sends the request again with what it got.
struct InputRequired {
  json::object requests;   ///< {key: {method, params}}
  std::string state = {};  ///< comes back as it is, or as an attacker made it; may be empty
};
struct Refusal {
  RpcCode code;
  std::string message;
  json::value data = nullptr;
};
using Outcome = std::variant<Completed, InputRequired, Refusal>;

/// How long a client may keep a result. Source: MCP 2026-07-28, "Caching".
enum class Caching {
  kNone,       ///< not a result that is kept
  kConstant,   ///< as long as this program runs, by anyone
  kMomentary,  ///< not at all: it is other people's work in progress
};

/// Single-threaded. Outlives its session when the catalog holds it; then nothing is said any more.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  struct Request {
    RpcId id;
    Era era = Era::kLegacy;
    Revision revision = kNewestLegacy;
    std::string client_name;
    json::object capabilities;   ///< the client's
    std::string log_level;       ///< empty: no log messages are wanted
    std::string progress_token;  ///< JSON text; empty: progress is not wanted
    json::object params;
    Caching caching = Caching::kNone;
  };
  /// Registers a question to the client and gives its id; absent: the client can not be asked.
  using Ask = std::function<std::optional<RpcId>(std::function<void(json::value result)>)>;

  Exchange(Request request, Send send, Ask ask);

  const RpcId& id() const { return request_.id; }
  Era era() const { return request_.era; }
  json::object& params() { return request_.params; }
  const std::string& client_name() const { return request_.client_name; }
  const json::object& capabilities() const { return request_.capabilities; }
  const std::string& log_level() const { return request_.log_level; }
  bool takes_structured_content() const { return request_.revision >= Revision::k2025_06_18; }
  /// What the client sends for an InputRequired of before; empty in the first round.
  json::object input_responses() const;
  std::string_view input_state() const;

  bool wants_progress() const { return !request_.progress_token.empty(); }
  /// `done` rises from call to call. Nothing without a token.
  void report_progress(double done, std::optional<double> total, std::string_view message);
  void notify(std::string_view method, const json::object& params);
  /// Legacy era: asks the client while it waits for its answer. False: it can not be asked.
  bool ask(std::string_view method, const json::object& params, std::function<void(json::value result)> answered);

  /// The one answer; what is said after it is dropped.
  void finish(Outcome outcome);
  void complete(std::string result) { finish(Completed{std::move(result)}); }
  void refuse(RpcCode code, std::string message, json::value data = nullptr) {
    finish(Refusal{code, std::move(message), std::move(data)});
  }
  /// The request itself is wrong, not what it asks for.
  void reject(RpcCode code, std::string_view message, const json::value& data = nullptr);

  bool is_over() const { return over_; }
  /// Called when nobody waits for the answer any longer.
  void on_cancel(std::function<void()> cancelled) { cancelled_ = std::move(cancelled); }
  void cancel();
  /// For the session: called when the exchange is over, once.
  void on_over(std::function<void()> over) { ended_ = std::move(over); }

 private:
  void say(Kind kind, std::string text);
  void end();
  std::string with_era(std::string_view result, std::string_view type) const;
  std::optional<std::string> find_missing_capability(const json::object& requests) const;

  Request request_;
  Send send_;
  Ask ask_;
  std::function<void()> cancelled_;
  std::function<void()> ended_;
  bool over_ = false;
};

/// `{"name":…,"title":…,"version":…}`: who answers.
const std::string& server_info();

}  // namespace stream_status::mcp
