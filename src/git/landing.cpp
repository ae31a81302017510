#include "git/landing.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include "git/landing_inquiry.h"

namespace stream_status::git {
namespace {

constexpr std::size_t kMostKnown = 10'000;
constexpr std::string_view kRemotePrefix = "refs/remotes/";

std::string_view without_prefix(std::string_view ref) {
  for (const std::string_view prefix : {kBranchPrefix, kRemotePrefix})
    if (ref.starts_with(prefix)) return ref.substr(prefix.size());
  return ref;
}

/// Which of two answers, for two tips of the main branch, is the one to give: landed on any of them has landed.
int weight_of(LandingState state) {
  switch (state) {
    case LandingState::kMerged: return 7;
    case LandingState::kRebased: return 6;
    case LandingState::kSquashed: return 5;
    case LandingState::kNeverCommitted: return 4;
    case LandingState::kEmpty: return 3;
    case LandingState::kReverted: return 2;
    case LandingState::kAhead: return 1;
    case LandingState::kUnknown: return 0;
  }
  return 0;
}

bool is_better(const Landing& a, const Landing& b) {
  if (a.state != b.state) return weight_of(a.state) > weight_of(b.state);
  return a.state == LandingState::kAhead && a.commits - a.landed_commits < b.commits - b.landed_commits;
}

/// Everything the answer depends on that can change; commits themselves can not.
std::string key_of(const Git& git, const MainBranch& main, const BranchTip& branch) {
  std::string key = fmt::format("{}\n{}\n{}", branch.branch, branch.tip, git.is_shallow() ? "shallow" : "whole");
  for (const Ref& tip : main.tips) key += fmt::format("\n{} {}", tip.name, tip.target);
  std::size_t own = 0;
  for (const ObjectId& commit : branch.own_commits) own = own * 31 + std::hash<std::string>()(commit);
  return fmt::format("{}\n{} {}", key, branch.own_commits.size(), own);
}

}  // namespace

std::string_view name_of(LandingState state) {
  switch (state) {
    case LandingState::kNeverCommitted: return "never_committed";
    case LandingState::kEmpty: return "empty";
    case LandingState::kAhead: return "ahead";
    case LandingState::kMerged: return "merged";
    case LandingState::kRebased: return "rebased";
    case LandingState::kSquashed: return "squashed";
    case LandingState::kReverted: return "reverted";
    case LandingState::kUnknown: return "unknown";
  }
  return "unknown";
}

Result<std::vector<Landing>> LandingJudge::judge(const Git& git, const MainBranch& main,
                                                 const std::vector<BranchTip>& branches) {
  ++questions_;
  std::vector<Landing> answers(branches.size());
  std::vector<std::string> keys(branches.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < branches.size(); ++i) {
    if (!main.found()) {
      answers[i].evidence = "there is no main branch to compare it with";
      continue;
    }
    keys[i] = key_of(git, main, branches[i]);
    if (const auto known = known_.find(keys[i]); known != known_.end()) {
      known->second.asked = questions_;
      answers[i] = known->second.landing;
    } else if (branches[i].branch == main.name) {
      answers[i] = {LandingState::kNeverCommitted, "it is the main branch itself"};
      answers[i].main = main.tips.front().name;
    } else {
      open.push_back(i);
    }
  }
  if (open.empty()) return answers;

  patches_.trim();
  std::set<std::size_t> passing;
  std::vector<std::size_t> asked = open;
  for (const Ref& tip : main.tips) {
    std::vector<BranchTip> questions;
    questions.reserve(asked.size());
    for (const std::size_t i : asked) questions.push_back(branches[i]);
    const InquiryOptions options{std::string(without_prefix(tip.name)), tip.name, tip.target, temporary_directory_};
    std::vector<Finding> found = TRY(inquire(git, patches_, options, questions));
    std::vector<std::size_t> undecided;
    for (std::size_t n = 0; n < asked.size(); ++n) {
      Landing& answer = answers[asked[n]];
      found[n].landing.main = tip.name;
      if (!found[n].lasts) passing.insert(asked[n]);
      if (answer.main.empty() || is_better(found[n].landing, answer)) answer = std::move(found[n].landing);
      if (weight_of(answer.state) < weight_of(LandingState::kEmpty)) undecided.push_back(asked[n]);
    }
    asked = std::move(undecided);
    if (asked.empty()) break;
  }
  for (const std::size_t i : open)
    if (!passing.contains(i)) known_[keys[i]] = {answers[i], questions_};
  forget_old(branches.size());
  return answers;
}

void LandingJudge::forget_old(std::size_t in_use) {
  if (known_.size() <= kMostKnown + in_use) return;
  std::erase_if(known_, [&](const auto& entry) { return entry.second.asked != questions_; });
}

}  // namespace stream_status::git
