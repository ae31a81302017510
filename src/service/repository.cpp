#include "service/repository.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "os/file.h"

namespace stream_status::service {

Place place_of(const domain::Stream& stream, const Look& look) {
  Place place;
  if (!stream.branch.empty()) {
    if (auto tip = look.refs.branch_tip(stream.branch)) {
      place.branch = stream.branch;
      place.tip = std::move(*tip);
      place.worktree = git::find_worktree_of_branch(look.worktrees, stream.branch);
    }
  }
  const git::Worktree* named =
      stream.worktree_path.empty() ? nullptr : git::find_worktree(look.worktrees, stream.worktree_path);
  if (place.worktree == nullptr && named != nullptr && named->exists) place.worktree = named;
  if (place.branch.empty() && named != nullptr && !named->is_main && !named->branch.empty()) {
    place.branch = named->branch;
    place.tip = look.refs.branch_tip(named->branch).value_or(named->head);
  }
  return place;
}

Repository::Repository(Settings settings)
    : settings_(std::move(settings)),
      forecaster_(git::Forecaster::Settings{.temporary_directory = settings_.temporary_directory}) {}

Result<Look> Repository::look(const project::Config& config) {
  if (git_ != nullptr && os::kind_of(git_->common_directory()) != os::FileKind::kDirectory) git_.reset();
  if (git_ == nullptr) {
    auto opened = git::Git::open({settings_.root, settings_.environment, settings_.cancelled});
    if (!opened) {
      Error error = std::move(opened).error();
      if (error.hint.empty()) error.hint = "streams and what agents report work without git; commits are not seen";
      return tl::make_unexpected(std::move(error));
    }
    git_ = std::move(*opened);
  }
  Look look;
  if (TRY(git_->refresh()))
    look.warnings.push_back(fmt::format("looked at without {}: the repository's configuration names programs for them",
                                        fmt::join(git_->neutralised(), ", ")));
  if (git_->is_shallow()) look.warnings.emplace_back("a shallow clone: history ends before its beginning");
  look.refs = TRY(git::read_refs(*git_));
  look.worktrees = TRY(git::list_worktrees(*git_));
  look.main = TRY(git::find_main_branch(*git_, look.refs, look.worktrees, config.main_branch));
  if (!look.main.found()) look.warnings.push_back(fmt::format("no main branch: {}", look.main.why));
  return look;
}

}  // namespace stream_status::service
