#include "server/mcp_door.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "mcp/backend.h"
#include "server/mcp_headers.h"

namespace stream_status::server {
namespace {

constexpr seconds kSignOfLife{15};  // proxies close what is silent for half a minute
constexpr std::size_t kNameLimit = 100;

int status_of(mcp::Kind kind) {
  switch (kind) {
    case mcp::Kind::kBadRequest: return 400;
    case mcp::Kind::kUnknownMethod: return 404;
    default: return 200;
  }
}

Response nothing(int status) { return {std::make_shared<const std::string>(render_head({.status = status}, 0))}; }

Response part(std::string bytes, bool goes_on) {
  return {std::make_shared<const std::string>(std::move(bytes)), {}, goes_on};
}

std::string event(std::string_view message) { return fmt::format("event: message\ndata: {}\n\n", message); }

}  // namespace

/// One request and its answer, for as long as it takes.
class McpDoor::Conversation final : public Pending,
                                    public mcp::Backend,
                                    public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(McpDoor& door, service::Caller caller, std::string client,
               std::optional<service::Presence::Visit>& visit, std::string revision, Reply reply)
      : door_(&door),
        caller_(std::move(caller)),
        client_(std::move(client)),
        visit_(visit),
        reply_(std::move(reply)),
        catalog_(door.state_.serving.make_catalog(*this)),
        session_(
            std::in_place, *catalog_, [this](const mcp::Outgoing& message) { say(message); },
            mcp::Session::Circumstances{.subscriptions = mcp::Subscriptions::kAreNot,
                                        .revision = std::move(revision),
                                        .questions = &door.questions_}) {}

  /// Whoever names no agent is called after its client.
  void receive(mcp::Incoming message, std::string_view client_name) {
    if (caller_.agent.text.empty())
      caller_.agent.text = client_name.empty() ? "agent" : shorten(client_name, kNameLimit);
    if (client_.empty()) client_ = shorten(client_name, kNameLimit);
    session_->receive(std::move(message));
  }

  bool is_over() const { return over_; }

  void give_up() override {
    over_ = true;
    session_.reset();
    reply_ = nullptr;
    door_ = nullptr;
  }

  void step(MonotonicTime now) {
    if (over_) return;
    catalog_->step(now);
    if (over_ || !streams_) return;
    if (!alive_at_) alive_at_ = now;
    if (now - *alive_at_ < kSignOfLife) return;
    alive_at_ = now;
    const Reply reply = reply_;
    reply(part(":\n\n", true));
  }

  void end_subscriptions() {
    if (!over_) session_->end_subscriptions();
  }

  Ticket call(const api::Operation& operation, json::object arguments, As as, Done done) override {
    if (door_ == nullptr) return 0;
    service::Caller caller = caller_;
    if (as == As::kAgent)
      caller.agent = door_->calls_.arrive(caller, client_, visit_, true);
    else
      caller.agent.text.clear();
    if (as == As::kNobody) caller.process.clear();
    return door_->calls_.run({&operation, std::move(arguments), std::move(caller)},
                             [weak = weak_from_this(), done = std::move(done)](Result<service::Answer> answer) {
                               const auto self = weak.lock();
                               if (!self || self->over_) return;
                               if (!answer) return done(tl::make_unexpected(std::move(answer).error()));
                               done(parse_json(answer->body));
                             });
  }
  void cancel(Ticket ticket) override {
    if (door_ != nullptr && ticket != 0) door_->calls_.give_up(ticket);
  }

 private:
  /// A single answer is a plain response; what comes before it makes a stream of both.
  void say(const mcp::Outgoing& message) {
    if (over_) return;
    const bool is_last = message.kind != mcp::Kind::kNotification && message.kind != mcp::Kind::kRequest;
    over_ = is_last;
    const Reply reply = reply_;  // the connection may end on it, and give this up
    if (is_last && !streams_) return reply(json_response(status_of(message.kind), message.text));
    std::string bytes = streams_ ? "" : event_stream_head();
    streams_ = true;
    reply(part(bytes += event(message.text), !is_last));
  }

  McpDoor* door_;  ///< null: given up
  service::Caller caller_;
  std::string client_;
  std::optional<service::Presence::Visit>& visit_;  ///< of the connection, which lives until give_up()
  Reply reply_;
  std::unique_ptr<mcp::Catalog> catalog_;
  std::optional<mcp::Session> session_;
  bool streams_ = false;
  bool over_ = false;
  std::optional<MonotonicTime> alive_at_;
};

McpDoor::~McpDoor() = default;

std::shared_ptr<Pending> McpDoor::handle(const Request& request, service::Caller caller, std::string client,
                                         std::optional<service::Presence::Visit>& visit, Reply reply) {
  const auto answer_at_once = [&reply](Response response) {
    reply(std::move(response));
    return nullptr;
  };
  if (request.method != "POST" || request.is_head)
    return answer_at_once(error_response(
        {ErrorCode::kMethodNotAllowed, "mcp: only POST; there are no sessions and no stream of their own", "use POST"},
        "Allow: POST\r\n"));
  if (const auto typed = Guard::check_body_type(request); !typed) return answer_at_once(error_response(typed.error()));

  mcp::Incoming message = mcp::read_message(request.body);
  if (std::holds_alternative<mcp::Notification>(message)) return answer_at_once(nothing(202));
  if (const auto* response = std::get_if<mcp::Response>(&message)) {
    const mcp::Response answer = *response;
    reply(nothing(202));
    questions_.answer(answer);
    return nullptr;
  }
  std::string client_name;
  if (const auto* asked = std::get_if<mcp::Request>(&message)) {
    if (const auto problem = check_mcp_headers(request, *asked))
      return answer_at_once(
          json_response(400, mcp::write_error(asked->id, problem->code, problem->message, problem->data)));
    client_name = mcp::read_meta(asked->params).client_name;
  }
  auto conversation = std::make_shared<Conversation>(*this, std::move(caller), std::move(client), visit,
                                                     std::string(request.mcp_revision), std::move(reply));
  conversation->receive(std::move(message), client_name);
  if (conversation->is_over()) return conversation;
  conversations_.push_back(conversation);
  return conversation;
}

std::vector<std::shared_ptr<McpDoor::Conversation>> McpDoor::open_conversations() {
  std::vector<std::shared_ptr<Conversation>> open;
  std::erase_if(conversations_, [&](const std::weak_ptr<Conversation>& each) {
    auto conversation = each.lock();
    if (!conversation || conversation->is_over()) return true;
    open.push_back(std::move(conversation));
    return false;
  });
  return open;
}

void McpDoor::step(MonotonicTime now) {
  for (const auto& each : open_conversations()) each->step(now);
}

void McpDoor::end_subscriptions() {
  for (const auto& each : open_conversations()) each->end_subscriptions();
}

}  // namespace stream_status::server
