#include "service/retirement_answer.h"

#include <fmt/format.h>

#include "api/codec.h"

namespace stream_status::service {

json::object to_json(const Retired& retired) {
  return {{"worktreeDeleted", retired.worktree_deleted}, {"branchDeleted", retired.branch_deleted},
          {"archiveWritten", !retired.report.empty()},   {"planFilesCleanedUp", retired.plan_files_cleaned_up},
          {"summaryQueued", retired.summary_queued},     {"errors", json::array{}}};
}

json::object removal_answer(const domain::Stream& stream, json::value plan, const std::optional<Retired>& retired) {
  const std::string& id = stream.id.text;
  json::object body{{"success", true}, {"streamId", id}};
  if (!retired)
    body["message"] = fmt::format("Stream {}: nothing was done; this is what would be", id);
  else
    body["message"] = fmt::format("Stream {} {}", id, retired->was_archived ? "was archived already" : "archived");
  body["stream"] = api::to_json(stream);
  body["dryRun"] = !retired.has_value();
  body["deleted"] = false;  // history is never deleted with its stream
  body["plan"] = std::move(plan);
  body["retirement"] = retired ? json::value(to_json(*retired)) : json::value(nullptr);
  body["report"] = retired ? text_or_null(retired->report) : json::value(nullptr);
  body["keptRef"] = retired ? text_or_null(retired->kept_ref) : json::value(nullptr);
  return body;
}

json::object restoration_answer(const Restored& restored) {
  const domain::Stream& stream = restored.stream;
  return {{"success", true},
          {"streamId", stream.id.text},
          {"message", fmt::format("Stream {} {}", stream.id.text,
                                  restored.was_archived ? fmt::format("is back, {}", name_of(stream.status))
                                                        : std::string("was not archived"))},
          {"stream", api::to_json(stream)},
          {"branchRestored", restored.branch},
          {"worktreeRestored", restored.worktree},
          {"uncommittedRestored", restored.uncommitted}};
}

}  // namespace stream_status::service
