// Retiring a stream, and bringing it back. What is done outside the database (git, files) is planned first, then
// committed as an intent, then done in steps that may be repeated, then its outcome is committed: a crash in the middle
// resumes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/log.h"
#include "git/landing.h"
#include "os/clock.h"
#include "service/answer.h"
#include "service/ledger.h"
#include "service/live_config.h"
#include "service/progress.h"
#include "service/repository.h"
#include "store/store.h"

namespace stream_status::service {

struct RetirementOptions {
  bool delete_worktree = false;  ///< and the branch
  bool cleanup_plan_files = false;
  bool force = false;  ///< although work is at risk; it is kept under refs/stream-status
};

struct RetirementPlan {
  struct Step {
    std::string
        step;  ///< "keep_tip", "write_report", "remove_worktree", "delete_branch", "remove_plan_files", "archive"
    std::string subject;
  };
  /// What would be lost with the worktree or the branch.
  struct Risk {
    std::string kind;  ///< "uncommitted", "untracked", "unlanded", "unpushed", "in_progress", "locked", "submodules", …
    std::string detail;
    std::vector<std::string> items = {};  ///< files or commits, the first 50
  };
  std::vector<Step> steps;
  std::vector<Risk> at_risk;
  std::vector<std::string> notes;

  // What the steps go by.
  std::string branch;
  git::ObjectId tip;
  std::string worktree;  ///< path; empty: none is removed
  git::Landing landing;
  std::vector<std::string> plan_paths;
  std::vector<std::string> uncommitted;  ///< files that go with the worktree, the first 50 of each kind
  bool has_git = false;
  bool deletes_branch = false;
};

struct Retired {
  domain::Stream stream;
  bool worktree_deleted = false;
  bool branch_deleted = false;
  bool plan_files_cleaned_up = false;
  bool summary_queued = false;
  bool was_archived = false;
  std::string report = {};    ///< path relative to the project
  std::string kept_ref = {};  ///< empty: there was no tip to keep
};

struct Restored {
  domain::Stream stream;
  bool was_archived = true;
  bool branch = false;
  bool worktree = false;
  bool uncommitted = false;
};

/// The acting thread only.
class Retirement {
 public:
  struct Parts {
    Repository& repository;
    store::Reader& reader;
    const Ledger& ledger;
    const LiveConfig& config;
    const os::Clock& clock;
    const Log& log;
    Progress& progress;
    std::string project_root;
    std::function<void()> summary_queued;  ///< tells the summary thread
  };
  explicit Retirement(Parts parts) : parts_(std::move(parts)) {}

  /// Looks, changes nothing. Errors: what stops git as a whole, when the options need it.
  Result<RetirementPlan> plan(const domain::Stream& stream, const RetirementOptions& options);

  /// Errors: kWorkAtRisk (data: {plan}) without force; kGitError of a step: what was done is in the message, nothing is
  /// lost, and the same call goes on from there. The answer is saved for `once` with the outcome.
  Result<Retired> retire(const domain::Stream& stream, const RetirementPlan& plan, const RetirementOptions& options,
                         const std::string& summary, const AgentName& agent, const AnswerOnce& once);

  /// A stream that is not archived: nothing happens. Errors: kGitError (branch or path are taken by something else).
  Result<Restored> unretire(const domain::Stream& stream, const AgentName& agent, const AnswerOnce& once);

  /// Goes on with what a crash left open.
  void resume();

 private:
  Result<Retired> perform_retire(store::IntentRow intent);
  Result<Restored> perform_unretire(store::IntentRow intent);
  Result<void> act_on_git(const StreamId& id, const json::object& payload, Retired& retired);
  Result<store::IntentRow> open_intent(std::string kind, const StreamId& id, const json::object& payload);
  void note_failure(store::IntentRow intent, const Error& error);

  Parts parts_;
};

json::object to_json(const RetirementPlan& plan);

}  // namespace stream_status::service
