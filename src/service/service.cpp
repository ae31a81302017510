#include "service/service.h"

#include <fmt/format.h>

#include "api/arguments.h"
#include "api/codec.h"
#include "api/wire.h"
#include "base/version.h"
#include "service/handlers.h"

namespace stream_status::service {
namespace {

ReadHandler read_handler(api::OperationId id) {
  using enum api::OperationId;
  switch (id) {
    case kListStreams: return &list_streams;
    case kGetStream: return &get_stream;
    case kGetStreamStats: return &get_stream_stats;
    case kGetVersion: return &get_version;
    case kGetHistory: return &get_history;
    case kListCommits: return &list_commits;
    case kAddStream:
    case kUpdateStream:
    case kAddCommit:
    case kRemoveStream: break;
  }
  return nullptr;
}

WriteHandler write_handler(api::OperationId id) {
  using enum api::OperationId;
  switch (id) {
    case kAddStream: return &add_stream;
    case kUpdateStream: return &update_stream;
    case kAddCommit: return &add_commit;
    case kRemoveStream: return &remove_stream;
    case kListStreams:
    case kGetStream:
    case kGetStreamStats:
    case kGetVersion:
    case kGetHistory:
    case kListCommits: break;
  }
  return nullptr;
}

/// 64 bits that tell apart what one request id asked for: FNV-1a over operation and arguments.
std::string fingerprint_of(const api::Operation& operation, const api::Arguments& arguments) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  add(operation.name);
  add(arguments.canonical());
  return fmt::format("{:016x}", hash);
}

/// The answer as text; arguments that the operation does not know are named in it.
std::string render(json::object body, const api::Arguments& arguments) {
  if (!arguments.ignored().empty()) {
    json::array names;
    for (const std::string& name : arguments.ignored()) names.emplace_back(name);
    body["ignored"] = std::move(names);
  }
  return json::serialize(body);
}

Error reused(const std::string& id) {
  return {ErrorCode::kRequestIdReused, fmt::format("requestId {}: it was used for another call", id),
          "use a new id for a new call; keep the id only when you send the same call again"};
}

}  // namespace

Result<Answer> Service::read(const Call& call, store::Reader& reader) const {
  const api::Arguments arguments = TRY(api::Arguments::bind(*call.operation, call.arguments));
  ReadContext context{identity_, store_, reader, call.caller, clock_};
  json::object body = TRY(read_handler(call.operation->id)(context, arguments));
  return Answer{call.operation->success_status, render(std::move(body), arguments)};
}

void Service::write(Call call, Lane& lane, Completion done) const {
  auto arguments = api::Arguments::bind(*call.operation, call.arguments);
  if (!arguments) {
    done(tl::make_unexpected(std::move(arguments).error()));
    return;
  }
  const std::optional<std::string> request_id = arguments->text("requestId");
  std::string fingerprint = request_id ? fingerprint_of(*call.operation, *arguments) : std::string();
  auto apply = [operation = call.operation, caller = std::move(call.caller), arguments = std::move(*arguments),
                fingerprint = std::move(fingerprint), config = config_.get(),
                request_id](store::Transaction& transaction, WallTime now) -> Result<Answer> {
    if (request_id) {
      if (auto known = TRY(transaction.find_answer({*request_id}))) {
        if (known->fingerprint != fingerprint) return tl::make_unexpected(reused(*request_id));
        return Answer{known->status, std::move(known->body)};
      }
    }
    WriteContext context{transaction, *config, caller, now};
    Outcome outcome = TRY(write_handler(operation->id)(context, arguments));
    Answer answer{outcome.status.value_or(operation->success_status), render(std::move(outcome.body), arguments)};
    if (request_id) TRY(transaction.save_answer({*request_id}, {fingerprint, answer.status, answer.body}, now));
    return answer;
  };
  writer_.submit({std::move(apply), std::move(done), &lane});
}

std::string Service::health() const {
  json::object body{{"status", "ok"},
                    {"timestamp", format_rfc3339(clock_.wall())},
                    {"projectName", identity_.project_name},
                    {"projectRoot", identity_.project_root},
                    {"instanceId", identity_.instance_id},
                    {"version", kVersion},
                    {"protocol", api::kProtocol},
                    {"pid", identity_.pid},
                    {"revision", store_.head()}};
  if (const std::string problem = config_.problem(); !problem.empty()) body["configProblem"] = problem;
  return json::serialize(body);
}

Result<domain::Stats> Service::stats() const { return TRY(store_.counts(day_start())).stats; }

}  // namespace stream_status::service
