#include "server/calls.h"

#include <utility>

namespace stream_status::server {

AgentName Calls::arrive(const service::Caller& caller, std::string client,
                        std::optional<service::Presence::Visit>& visit, bool comes_again) {
  AgentName name = state_.service.presence().note_call(
      {caller.agent, caller.process, std::move(client), caller.worktree, comes_again}, visit);
  service::Caller named = caller;
  named.agent = name;
  state_.service.mailbox().note_call(named, lane_);
  return name;
}

bool Calls::has_news(const service::Caller& caller) {
  return state_.service.notice().is_there() || state_.service.mailbox().has_for(caller, reader_);
}

std::string Calls::with_news(std::string body, const service::Caller& caller) {
  return state_.service.mailbox().add_to(state_.service.notice().add_to(std::move(body), caller.agent), caller, reader_,
                                         lane_);
}

Waiters::Ticket Calls::run(const service::Call& call, service::Completion done) {
  if (call.operation->access == api::Access::kWait) {
    auto query = service::read_change_query(call, reader_, state_.store.head());
    if (query) return waiters_.add(std::move(*query), std::move(done));
    done(tl::make_unexpected(std::move(query).error()));
    return 0;
  }
  auto finish = [this, caller = call.caller, done = std::move(done)](Result<service::Answer> answer) {
    if (answer) answer->body = with_news(std::move(answer->body), caller);
    done(std::move(answer));
  };
  if (call.operation->access == api::Access::kRead)
    finish(read(call));
  else
    state_.service.submit(call, lane_, std::move(finish));
  return 0;
}

}  // namespace stream_status::server
