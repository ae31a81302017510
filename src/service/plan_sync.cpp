// sync_from_files: plan files become streams; streams that exist are left alone.

#include <fmt/format.h>

#include "domain/change.h"
#include "service/git_json.h"
#include "service/journal.h"
#include "service/new_stream.h"
#include "service/plan_files.h"
#include "service/work_handlers.h"

namespace stream_status::service {
namespace {

using domain::PlannedStream;
using domain::Stream;

struct Synced {
  std::vector<std::string> ids;
  std::int64_t skipped = 0;
  json::array errors;
};

/// `line` 0: the file as a whole.
json::object error_of(std::string_view file, int line, std::string_view reason) {
  return {{"file", file}, {"line", line > 0 ? json::value(line) : json::value(nullptr)}, {"reason", reason}};
}

Stream stream_of(const PlannedStream& planned, const project::Config& config, const Look* look) {
  Stream stream;
  stream.id = planned.id;
  stream.number = planned.number;
  stream.title = planned.title;
  stream.category = planned.category;
  stream.priority = planned.priority;
  stream.status = planned.status;
  stream.phases = planned.phases;
  stream.branch = planned.branch;
  const git::Worktree* worktree =
      look == nullptr ? nullptr : git::find_worktree_of_branch(look->worktrees, planned.branch);
  const bool is_linked = worktree != nullptr && !worktree->is_main && worktree->exists;
  stream.worktree_path = is_linked ? worktree->path : usual_worktree(config, planned.id);
  return stream;
}

/// Adds what is new, in one transaction: a plan is there as a whole or not at all.
Result<void> add_new(WorkContext& context, std::vector<Stream> streams, Synced& synced) {
  return context.ledger.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
    synced.ids.clear();
    for (Stream stream : streams) {
      if (TRY(transaction.find_stream(stream.id))) {
        ++synced.skipped;
        continue;
      }
      if (stream.number.empty()) stream.number = TRY(transaction.next_stream_number());
      if (stream.status == domain::Status::kCompleted) {
        stream.progress = 100;
        stream.completed_at = now;
      }
      TRY(append_changes(transaction, stream, {domain::Created{stream}}, context.caller.agent, now));
      TRY(transaction.insert_stream(stream));
      synced.ids.push_back(stream.id.text);
    }
    return {};
  });
}

}  // namespace

Result<Outcome> sync_from_files(WorkContext& context, const api::Arguments&) {
  context.progress.set("reading plan files", 0, 0);
  const PlanFiles files = read_plan_files(context.config.project_root);
  const auto look = context.repository.look(context.config);
  Synced synced;
  synced.skipped = files.skipped;
  for (const PlanFiles::Problem& problem : files.problems)
    synced.errors.push_back(error_of(problem.file, problem.line.value_or(0), problem.reason));
  std::vector<Stream> streams;
  for (std::size_t i = 0; i < files.streams.size(); ++i) {
    const PlannedStream& planned = files.streams[i];
    auto category = check_category(context.config, planned.category);
    if (!category) {
      synced.errors.push_back(error_of(files.files[i], planned.category_line, category.error().message));
      continue;
    }
    streams.push_back(stream_of(planned, context.config, look ? &*look : nullptr));
    streams.back().category = std::move(*category);
  }
  if (!streams.empty()) TRY(add_new(context, std::move(streams), synced));

  std::int64_t worktrees = 0;
  json::array warnings;
  if (look) {
    for (const git::Worktree& worktree : look->worktrees) worktrees += worktree.is_main || !worktree.exists ? 0 : 1;
  } else {
    warnings.emplace_back(look.error().message);
  }
  return Outcome{{{"synced", synced.ids.size()},
                  {"skipped", synced.skipped},
                  {"errors", std::move(synced.errors)},
                  {"worktreesDiscovered", worktrees},
                  {"streams", texts_to_json(synced.ids)},
                  {"warnings", std::move(warnings)}}};
}

}  // namespace stream_status::service
