#include "service/retirement_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "domain/retirement_report.h"
#include "git/refs.h"
#include "os/clock.h"
#include "service/payload.h"

namespace stream_status::service {
namespace {

using domain::RetirementReport;

/// A value of a history event as a person reads it: texts and numbers as they are, lists joined, anything larger not at
/// all.
std::string readable(const std::string& value) {
  const auto parsed = parse_json(value);
  if (!parsed || parsed->is_null() || parsed->is_object()) return {};
  if (parsed->is_string()) return shorten(text_of(parsed->get_string()), 200);
  return shorten(json::serialize(*parsed), 200);
}

Result<std::vector<RetirementReport::HistoryLine>> read_history(store::Reader& reader, const StreamId& id) {
  std::vector<RetirementReport::HistoryLine> lines;
  for (const store::EventRow& event : TRY(reader.history(id, {}, 4 * domain::kReportHistory)).events) {
    if (event.type.starts_with("commit_")) continue;  // the commits stand by themselves
    if (lines.size() == domain::kReportHistory) break;
    lines.push_back({event.at, event.type, readable(event.old_value), readable(event.new_value), event.agent.text});
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

}  // namespace

std::string report_path(const StreamId& id, std::string_view local_date) {
  return ".project/history/" + domain::retirement_report_name(id, local_date);
}

Result<std::string> render_document(store::Reader& reader, const domain::Stream& stream, const json::object& payload) {
  RetirementReport report;
  report.stream = stream;
  report.summary = text_in(payload, "summary");
  report.retired_by = {text_in(payload, "agent")};
  report.retired_at = parse_rfc3339(text_in(payload, "at")).value_or(stream.updated_at);
  report.local_date = os::local_date(report.retired_at);
  const store::CommitPage commits =
      TRY(reader.list_commits(stream.id, static_cast<std::int64_t>(domain::kReportCommits), 0));
  report.commits = commits.commits;
  report.commits_left_out = static_cast<std::size_t>(commits.total) - commits.commits.size();
  report.history = TRY(read_history(reader, stream.id));
  if (const json::value* landing = payload.if_contains("landing"); landing != nullptr && landing->is_object()) {
    const std::string state = text_in(landing->get_object(), "state");
    report.landing = state == "unknown" ? std::string() : state;
    report.landing_evidence = text_in(landing->get_object(), "evidence");
  }
  report.branch_tip = text_in(payload, "tip");
  if (!report.branch_tip.empty())
    report.kept_ref = std::string(git::kRetiredPrefix) + git::ref_component(stream.id.text);
  const bool removes = !text_in(payload, "worktree").empty();
  report.worktree = removes                        ? RetirementReport::Worktree::kRemoved
                    : stream.worktree_path.empty() ? RetirementReport::Worktree::kNone
                                                   : RetirementReport::Worktree::kKept;
  if (const json::value* files = payload.if_contains("uncommitted"); files != nullptr && files->is_array())
    for (const json::value& file : files->get_array())
      if (file.is_string()) report.uncommitted_files.emplace_back(text_of(file.get_string()));
  if (!report.uncommitted_files.empty() && removes)
    report.uncommitted_ref = std::string(git::kUncommittedPrefix) + git::ref_component(stream.id.text);
  if (const json::value* files = payload.if_contains("planFiles"); files != nullptr && files->is_array())
    for (const json::value& file : files->get_array())
      if (file.is_object() && find_string(file.get_object(), "text"))
        report.plan_files.push_back({text_in(file.get_object(), "path"), text_in(file.get_object(), "text")});
  return domain::render_retirement_report(report);
}

}  // namespace stream_status::service
