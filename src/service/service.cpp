#include "service/service.h"

#include "api/arguments.h"
#include "api/wire.h"
#include "base/release.h"
#include "service/answer.h"
#include "service/handlers.h"
#include "service/work.h"

namespace stream_status::service {
namespace {

ReadHandler read_handler(api::OperationId id) {
  using enum api::OperationId;
  switch (id) {
    case kListStreams: return &list_streams;
    case kGetStream: return &get_stream;
    case kGetStreamStats: return &get_stream_stats;
    case kGetVersion: return &get_version;
    case kBoardApp: return &board_app;
    case kGetHistory: return &get_history;
    case kListEvents: return &list_events;
    case kListCommits: return &list_commits;
    case kListAgents: return &list_agents;
    default: return nullptr;
  }
}

WriteHandler write_handler(api::OperationId id) {
  using enum api::OperationId;
  switch (id) {
    case kAddStream: return &add_stream;
    case kUpdateStream: return &update_stream;
    case kAddCommit: return &add_commit;
    case kClaimStream: return &claim_stream;
    case kRenewClaim: return &renew_claim;
    case kReleaseClaim: return &release_claim;
    case kAnswerQuestion: return &answer_question;
    case kSendMessage: return &send_message;
    default: return nullptr;
  }
}

/// After it, a stream may be somewhere else in git.
bool moves_a_stream(api::OperationId id, const api::Arguments& arguments) {
  return id == api::OperationId::kAddStream ||
         (id == api::OperationId::kUpdateStream && (arguments.has("branch") || arguments.has("worktreePath")));
}

}  // namespace

Result<Answer> Service::read(const Call& call, store::Reader& reader) const {
  const api::Arguments arguments = TRY(api::Arguments::bind(*call.operation, call.arguments));
  ReadContext context{identity_, store_, reader, call.caller, clock_, leases_, presence_, board_app_};
  Outcome outcome{TRY(read_handler(call.operation->id)(context, arguments))};
  return render(*call.operation, std::move(outcome), arguments.ignored());
}

void Service::submit(const Call& call, Lane& lane, Completion done) const {
  auto arguments = api::Arguments::bind(*call.operation, call.arguments);
  if (!arguments) return done(tl::make_unexpected(std::move(arguments).error()));
  if (call.operation->access == api::Access::kWrite)
    write(call, std::move(*arguments), lane, std::move(done));
  else
    work_.run(call, std::move(*arguments), leases_, lane, std::move(done));
}

void Service::write(const Call& call, api::Arguments arguments, Lane& lane, Completion done) const {
  if (moves_a_stream(call.operation->id, arguments))
    done = [done = std::move(done), &work = work_](Result<Answer> answer) {
      done(std::move(answer));
      work.look_again();
    };
  AnswerOnce once(call, arguments);
  auto apply = [operation = call.operation, caller = call.caller, once = std::move(once),
                arguments = std::move(arguments), config = config_.get(), &leases = leases_,
                &presence = presence_](store::Transaction& transaction, WallTime now) -> Result<Answer> {
    if (auto known = TRY(once.find(transaction))) return std::move(*known);
    WriteContext context{transaction, *config, caller, now, leases, presence};
    Outcome outcome = TRY(write_handler(operation->id)(context, arguments));
    Answer answer = once.render(std::move(outcome));
    TRY(once.save(transaction, answer, now));
    return answer;
  };
  writer_.submit({std::move(apply), std::move(done), &lane});
}

std::string Service::health(std::int64_t waiting) const {
  json::object body{{"status", "ok"},
                    {"timestamp", format_rfc3339(clock_.wall())},
                    {"projectName", identity_.project_name},
                    {"projectRoot", identity_.project_root},
                    {"instanceId", identity_.instance_id},
                    {"version", kVersion},
                    {"protocol", api::kProtocol},
                    {"pid", identity_.pid},
                    {"revision", store_.head()},
                    {"waiting", waiting}};
  if (const std::string problem = config_.problem(); !problem.empty()) body["configProblem"] = problem;
  if (storage_status_) body["storage"] = storage_status_();
  if (notice_.is_there()) body["notice"] = notice_.text();
  for (auto& [name, value] : work_.status()) body[name] = value;
  return json::serialize(body);
}

Result<domain::Stats> Service::stats() const { return TRY(store_.counts(day_start())).stats; }

}  // namespace stream_status::service
