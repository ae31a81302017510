// remove_stream, archive_bulk and unretire, as their answers.

#include <fmt/format.h>

#include "api/codec.h"
#include "service/find_stream.h"
#include "service/retirement_answer.h"
#include "service/work_handlers.h"

namespace stream_status::service {
namespace {

RetirementOptions options_of(const api::Arguments& arguments) {
  return {arguments.flag("deleteWorktree").value_or(false), arguments.flag("cleanupPlanFiles").value_or(false),
          arguments.flag("force").value_or(false)};
}

Result<void> check_revision(const domain::Stream& stream, const api::Arguments& arguments) {
  const auto expected = arguments.integer("expectedRevision");
  if (!expected || *expected == stream.revision) return {};
  Error error{ErrorCode::kRevisionConflict,
              fmt::format("retire stream {}: it is at revision {}, not {}", stream.id.text, stream.revision, *expected),
              "look at its current state below, then send the call again with that revision", "get_stream"};
  error.data = json::object{{"revision", stream.revision}, {"stream", api::to_json(stream)}};
  return tl::make_unexpected(std::move(error));
}

/// One stream's part of an answer: plan, and what was done unless it is a dry run.
struct One {
  domain::Stream stream;
  RetirementPlan plan;
  std::optional<Retired> retired;
};

Result<One> retire_one(WorkContext& context, const std::string& id, const api::Arguments& arguments,
                       std::string_view summary_argument, const AnswerOnce& once) {
  One one;
  one.stream = TRY(get_stream_by_id(context.reader, id, Matching::kExact));
  TRY(check_revision(one.stream, arguments));
  const RetirementOptions options = options_of(arguments);
  one.plan = TRY(context.retirement.plan(one.stream, options));
  if (arguments.flag("dryRun").value_or(false)) return one;
  one.retired = TRY(context.retirement.retire(
      one.stream, one.plan, options, arguments.text(summary_argument).value_or(""), context.caller.agent, once));
  one.stream = one.retired->stream;
  return one;
}

}  // namespace

Result<Outcome> remove_stream(WorkContext& context, const api::Arguments& arguments) {
  const One one = TRY(retire_one(context, *arguments.text("streamId"), arguments, "completionSummary", context.once));
  return Outcome{removal_answer(one.stream, to_json(one.plan), one.retired)};
}

Result<Outcome> archive_bulk(WorkContext& context, const api::Arguments& arguments) {
  const std::vector<std::string> ids = *arguments.list("streamIds");
  const bool dry_run = arguments.flag("dryRun").value_or(false);
  json::array results;
  std::size_t succeeded = 0;
  for (const std::string& id : ids) {
    const auto one = retire_one(context, id, arguments, "summary", {});
    json::object result{{"streamId", one ? one->stream.id.text : id}, {"success", one.has_value()}};
    result["error"] = one ? json::value(nullptr) : json::value(one.error().message);
    result["plan"] = one ? json::value(to_json(one->plan)) : json::value(nullptr);
    if (!one && one.error().data.is_object())
      if (const json::value* plan = one.error().data.get_object().if_contains("plan")) result["plan"] = *plan;
    const bool done = one && one->retired;
    result["retirement"] = done ? json::value(to_json(*one->retired)) : json::value(nullptr);
    result["report"] = done ? text_or_null(one->retired->report) : json::value(nullptr);
    results.push_back(std::move(result));
    if (one) ++succeeded;
  }
  const std::size_t failed = ids.size() - succeeded;
  return Outcome{
      {{"success", failed == 0},
       {"message", fmt::format("{} {} streams, {} failed", dry_run ? "Planned" : "Retired", succeeded, failed)},
       {"dryRun", dry_run},
       {"results", std::move(results)}}};
}

Result<Outcome> unretire(WorkContext& context, const api::Arguments& arguments) {
  const domain::Stream stream = TRY(get_stream_by_id(context.reader, *arguments.text("streamId"), Matching::kExact));
  return Outcome{restoration_answer(TRY(context.retirement.unretire(stream, context.caller.agent, context.once)))};
}

}  // namespace stream_status::service
