// stream_files: what one stream changed since it left the main branch, committed or not.

#include "base/text.h"
#include "git/line_files.h"
#include "service/find_stream.h"
#include "service/lines.h"
#include "service/work_handlers.h"

namespace stream_status::service {
namespace {

json::value count_or_null(const std::optional<std::int64_t>& count) {
  return count ? json::value(*count) : json::value(nullptr);
}

json::object to_json(const git::LineFile& file) {
  const git::Difference& difference = file.difference;
  json::object shown{{"path", to_utf8(difference.path)},
                     {"change", git::name_of(difference.change)},
                     {"insertions", count_or_null(difference.insertions)},
                     {"deletions", count_or_null(difference.deletions)},
                     {"committed", file.is_committed},
                     {"uncommitted", file.is_uncommitted}};
  if (!difference.old_path.empty()) shown["oldPath"] = to_utf8(difference.old_path);
  return shown;
}

}  // namespace

Result<Outcome> stream_files(WorkContext& context, const api::Arguments& arguments) {
  const domain::Stream stream = TRY(get_stream_by_id(context.reader, *arguments.text("streamId"), Matching::kPrefix));
  context.progress.set("comparing with the main branch", 0, 0);
  const Look look = TRY(context.repository.look(context.config));
  const Place place = place_of(stream, look);
  const git::Worktree* worktree = own_worktree(place);
  git::LineFiles line;
  if (place.tip.empty())
    line.problem = "neither its branch nor its worktree is there";
  else
    line = TRY(git::read_line_files(context.repository.git(), look.main, place.tip, worktree));

  json::array files;
  files.reserve(line.files.size());
  for (const git::LineFile& file : line.files) files.emplace_back(to_json(file));
  return Outcome{{{"streamId", stream.id.text},
                  {"mainBranch", text_or_null(look.main.name)},
                  {"branch", text_or_null(place.branch)},
                  {"worktreePath", text_or_null(worktree == nullptr ? std::string() : to_utf8(worktree->path))},
                  {"ahead", count_or_null(line.ahead)},
                  {"behind", count_or_null(line.behind)},
                  {"files", std::move(files)},
                  {"leftOut", line.more_files},
                  {"insertions", line.insertions},
                  {"deletions", line.deletions},
                  {"problem", text_or_null(to_utf8(line.problem))}}};
}

}  // namespace stream_status::service
