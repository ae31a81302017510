// The project's git repository as the service sees it: opened on first use, looked at as a whole, with what can be
// remembered between two looks.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "domain/stream.h"
#include "git/forecast.h"
#include "git/git.h"
#include "git/landing.h"
#include "git/refs.h"
#include "git/worktrees.h"
#include "project/config.h"

namespace stream_status::service {

/// What git says at one moment.
struct Look {
  git::Refs refs;
  std::vector<git::Worktree> worktrees;
  git::MainBranch main;
  std::vector<std::string> warnings;  ///< what was left out, as sentences for people
};

/// Where a stream is now, by git. Empty members: nowhere.
struct Place {
  std::string branch;  ///< the local branch that has the stream's work
  git::ObjectId tip;
  const git::Worktree* worktree = nullptr;  ///< of the Look
};

/// The branch that the stream names, and where that is checked out; when there is no such branch (renamed, deleted),
/// what is checked out in the stream's worktree.
Place place_of(const domain::Stream& stream, const Look& look);

/// One thread.
class Repository {
 public:
  struct Settings {
    std::string root;
    os::Environment environment;
    const std::atomic<bool>* cancelled = nullptr;
    std::string temporary_directory;  ///< private; exists
  };
  explicit Repository(Settings settings);

  /// Refs, worktrees and main branch, and the settings that could run something are found and switched off.
  /// Errors: kGitError (not a repository, no git, too old), kPermissionDenied (safe.directory), kInvalidArgument (the
  /// configured main branch does not exist).
  Result<Look> look(const project::Config& config);
  /// Of the last look.
  git::Git& git() { return *git_; }
  git::LandingJudge& judge() { return judge_; }
  git::Forecaster& forecaster() { return forecaster_; }

 private:
  Settings settings_;
  std::unique_ptr<git::Git> git_;
  git::LandingJudge judge_;
  git::Forecaster forecaster_;
};

}  // namespace stream_status::service
