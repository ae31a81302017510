// One question of the judge: have these branches landed on this one tip of the main branch? Few git commands for all
// branches together; the dearer ones run only for what the cheaper ones leave open.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "git/landing.h"
#include "git/landing_history.h"
#include "git/landing_patches.h"
#include "git/landing_reflog.h"

namespace stream_status::git {

struct InquiryOptions {
  std::string main_name;  ///< as people call it: "main", "origin/main"
  std::string main_ref;
  ObjectId main_tip;
  std::string temporary_directory;
};

struct Finding {
  Landing landing;
  bool lasts = true;  ///< false: git failed, and may not the next time
};

/// Commits that are on branches and not on main, with their parents.
using OwnGraph = std::unordered_map<ObjectId, std::vector<ObjectId>>;

/// One change that may be on main as other commits: a branch's, or that of a landing which was reverted.
struct Change {
  std::size_t branch = 0;             ///< index of the case
  ObjectId base;                      ///< it leads from here
  ObjectId tip;                       ///< to here
  std::vector<ObjectId> own = {};     ///< by these commits, newest first, no merges
  std::vector<ObjectId> merges = {};  ///< and these
  std::vector<ObjectId> before = {};  ///< what these reach on main came before it and does not count

  // What is found out about it:
  std::vector<bool> is_before = {};  ///< by node
  TouchedFiles files = {};
  struct Match {
    MainHistory::Node by = 0;
    std::optional<MainHistory::Node> reverted_by = std::nullopt;
  };
  std::map<ObjectId, Match> parts = {};       ///< own commits that are on main by patch
  std::size_t parts_with_content = 0;         ///< own commits that change something, or can not be read
  Patch patch = {};                           ///< of the whole, when main has a commit of the same files
  std::optional<Match> whole = std::nullopt;  ///< one commit on main with the whole change
  bool all_parts() const { return parts_with_content > 0 && parts.size() == parts_with_content; }
  std::size_t live_parts() const {
    return static_cast<std::size_t>(
        std::count_if(parts.begin(), parts.end(), [](const auto& part) { return !part.second.reverted_by; }));
  }
};

struct Case {
  const BranchTip* branch = nullptr;
  Finding finding = {};
  bool is_decided = false;
  bool is_on_main = false;

  // Not on main: its own commits, newest first, and where they begin.
  std::vector<ObjectId> own = {};
  std::vector<ObjectId> merges = {};
  std::vector<ObjectId> boundary = {};
  ObjectId base = {};

  // On main: where the branch stands there, the commit that tells how it got there, and the own commits made on main's
  // chain itself.
  ObjectId stands_at = {};
  ObjectId landed_tip = {};
  std::vector<ObjectId> forwarded = {};  ///< newest first
  bool needs_search = false;             ///< landed_tip came in by a merge that is not known yet
};

/// A merge of a change into a commit of main that may have it.
struct Trial {
  const Change* change;
  ObjectId into;
  ObjectId tree;  ///< of `into`
  bool is_tip;    ///< `into` is main as it is now
};

/// The steps and what they know. landing_inquiry.cpp finds where each branch stands and judges those on main;
/// landing_changes.cpp looks for the changes of the others on main.
class Inquiry {
 public:
  using Node = MainHistory::Node;

  Inquiry(const Git& git, PatchBook& patches, const InquiryOptions& options, const std::vector<BranchTip>& branches)
      : git_(git), patches_(patches), options_(options) {
    for (const BranchTip& branch : branches) cases_.push_back(Case{&branch});
  }

  Result<std::vector<Finding>> run() {
    TRY(read_tips());
    for (Case& one : cases_)
      if (!one.is_decided && !one.is_on_main) TRY(find_base(one));
    TRY(find_own_work());
    TRY(read_history());
    TRY(judge_landed());
    TRY(judge_changes());
    std::vector<Finding> findings;
    for (Case& one : cases_) findings.push_back(std::move(one.finding));
    return findings;
  }

 private:
  Result<void> read_tips();
  Result<void> read_own_graph(std::span<Case* const> cases);
  void place(Case& one);
  Result<void> find_base(Case& one);
  Result<void> find_own_work();
  Result<bool> is_others_work(const Case& one, const BranchLog& log);
  void take_evidence(Case& one, const std::vector<OwnWork>* work, std::vector<ObjectId>& unplaced);
  Result<void> read_history();
  Result<void> read_history_to(std::size_t floor, const std::set<ObjectId>& off_chain);
  Result<void> judge_landed();
  void judge_merged(Case& one, std::size_t index);
  void judge_forwarded(Case& one, std::size_t index);
  Result<void> judge_changes();
  Result<void> learn_changes();
  Result<void> match_changes();
  void match_parts(Change& change, const std::unordered_map<std::uint64_t, std::vector<Node>>& by_files);
  Result<void> drop_unclean_merges();
  std::optional<Change::Match> best_match(const Change& change, const std::vector<Node>& nodes,
                                          const Patch& patch) const;
  void judge_own(Case& one, const Change& change);
  Result<void> judge_relanded(Case& one, const Change& change);
  void add_older_trials(const Change& change, std::vector<Trial>& trials) const;
  Result<void> try_merges(const std::vector<const Change*>& changes);

  static std::string brief(const ObjectId& id) { return id.substr(0, 10); }
  static std::string commits(std::size_t number) {
    return fmt::format("{} {}", number, number == 1 ? "commit" : "commits");
  }
  void decide(Case& one, LandingState state, std::string evidence) {
    one.finding.landing.state = state;
    one.finding.landing.evidence = std::move(evidence);
    one.is_decided = true;
  }
  const std::string& main() const { return options_.main_name; }
  std::string id_of(Node node) const { return brief(history_.at(node).id); }

  const Git& git_;
  PatchBook& patches_;
  const InquiryOptions& options_;
  std::vector<Case> cases_;
  Chain chain_;
  OwnGraph own_graph_;
  MainHistory history_;
  std::optional<std::unordered_set<ObjectId>> former_tips_;  ///< of main, when they were needed
  std::optional<std::string> remotes_;
  std::vector<Change> changes_;
  std::unordered_map<std::uint64_t, std::vector<Node>> main_by_files_;
  std::unordered_map<std::uint64_t, std::vector<Node>> main_by_path_;
};

/// In the order of the branches. Errors: as LandingJudge::judge.
Result<std::vector<Finding>> inquire(const Git& git, PatchBook& patches, const InquiryOptions& options,
                                     const std::vector<BranchTip>& branches);

}  // namespace stream_status::git
