#include "git/landing_inquiry.h"

#include <string_view>

#include "base/text.h"

namespace stream_status::git {
namespace {

constexpr std::size_t kMostHints = 20;  ///< recorded commits of one branch whose place on main is searched for

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

template <class Take>
void for_each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

/// Three looks that need nothing of each other: main's chain, what is on branches only, which tips exist.
Result<void> Inquiry::read_tips() {
  std::vector<std::string> chain{"rev-list", "--first-parent", "--parents", options_.main_tip, "--"};
  std::vector<std::string> own{"rev-list", "--topo-order", "--parents", "--ignore-missing"};
  std::vector<std::string> exist{"rev-list", "--no-walk=unsorted", "--ignore-missing"};
  for (const Case& one : cases_) {
    own.push_back(one.branch->tip);
    exist.push_back(one.branch->tip);
  }
  own.push_back("^" + options_.main_tip);
  own.emplace_back("--");
  exist.emplace_back("--");
  auto answers = git_.look_all({chain, exist, own});
  for (auto& answer : answers)
    if (!answer) return tl::make_unexpected(std::move(answer).error());
  if (answers[0]->exit_code != 0)
    return fail(ErrorCode::kGitError, fmt::format("read {}: {}", main(), shorten(answers[0]->error_output, 300)));
  chain_ = parse_chain(answers[0]->output);

  std::set<std::string_view> existing;
  for_each_line(answers[1]->output, [&](std::string_view line) { existing.insert(line); });
  std::vector<Case*> open;
  for (Case& one : cases_) {
    if (existing.contains(one.branch->tip)) {
      open.push_back(&one);
    } else {
      decide(one, LandingState::kUnknown, "its tip is not in the repository");
      one.finding.lasts = false;
    }
  }
  if (answers[2]->exit_code == 0)
    for_each_line(answers[2]->output, [&](std::string_view line) {
      const auto words = words_of(line);
      if (!words.empty()) own_graph_[ObjectId(words[0])] = {words.begin() + 1, words.end()};
    });
  else
    TRY(read_own_graph(open));
  for (Case* one : open)
    if (!one->is_decided) place(*one);
  return {};
}

/// After a failure: halves until the branches with a broken history are known.
Result<void> Inquiry::read_own_graph(std::span<Case* const> cases) {
  if (cases.empty()) return {};
  std::vector<std::string> own{"rev-list", "--topo-order", "--parents"};
  for (const Case* one : cases) own.push_back(one->branch->tip);
  own.push_back("^" + options_.main_tip);
  own.emplace_back("--");
  const Git::Answer answer = TRY(git_.look_with_code(own, {0, 128}));
  if (answer.exit_code == 0) {
    for_each_line(answer.output, [&](std::string_view line) {
      const auto words = words_of(line);
      if (!words.empty()) own_graph_[ObjectId(words[0])] = {words.begin() + 1, words.end()};
    });
  } else if (cases.size() > 1) {
    TRY(read_own_graph(cases.first(cases.size() / 2)));
    TRY(read_own_graph(cases.subspan(cases.size() / 2)));
  } else {
    decide(*cases[0], LandingState::kUnknown,
           fmt::format("git can not read its history: {}",
                       shorten(answer.error_output.substr(0, answer.error_output.find('\n')), 200)));
    cases[0]->finding.lasts = false;
  }
  return {};
}

/// On main, or with own commits?
void Inquiry::place(Case& one) {
  if (!own_graph_.contains(one.branch->tip)) {
    one.is_on_main = true;
    one.stands_at = one.branch->tip;
    return;
  }
  std::vector<ObjectId> open{one.branch->tip};
  std::set<ObjectId> seen{one.branch->tip};
  for (std::size_t next = 0; next < open.size(); ++next) {
    const auto found = own_graph_.find(open[next]);
    if (found == own_graph_.end()) {
      one.boundary.push_back(open[next]);
      continue;
    }
    (found->second.size() > 1 ? one.merges : one.own).push_back(open[next]);
    for (const ObjectId& parent : found->second)
      if (seen.insert(parent).second) open.push_back(parent);
  }
}

Result<void> Inquiry::find_base(Case& one) {
  Landing& landing = one.finding.landing;
  landing.commits = static_cast<std::int64_t>(one.own.empty() ? one.merges.size() : one.own.size());
  if (one.boundary.empty()) {
    decide(one, LandingState::kUnknown,
           git_.is_shallow() ? fmt::format("no common history with {}: history ends here (shallow clone)", main())
                             : fmt::format("no common history with {}", main()));
    return {};
  }
  // Commits of one chain contain each other; where one is elsewhere, git must say.
  one.base = one.boundary.front();
  const auto on_chain = [&](const ObjectId& id) { return chain_.position_of.contains(id); };
  if (one.boundary.size() > 1 && std::all_of(one.boundary.begin(), one.boundary.end(), on_chain)) {
    for (const ObjectId& id : one.boundary)
      if (chain_.position_of.at(id) < chain_.position_of.at(one.base)) one.base = id;
  } else if (one.boundary.size() > 1) {
    const Git::Answer answer =
        TRY(git_.look_with_code({"merge-base", options_.main_tip, one.branch->tip}, {0, 1, 128}));
    if (answer.exit_code == 0) one.base = answer.output.substr(0, answer.output.find('\n'));
  }
  if (!one.own.empty()) return {};
  // Nothing but merges: when they change nothing, the branch stands where main did, and what it had is told there.
  const auto files = TRY(files_between(git_, {{one.base, one.branch->tip}}));
  if (const auto found = files.find(one.branch->tip); found == files.end() || !found->second.empty()) return {};
  one.is_on_main = true;
  one.stands_at = one.base;
  landing.commits = 0;
  return {};
}

/// Branches whose tip is on main: which of their commits were made on them?
Result<void> Inquiry::find_own_work() {
  std::vector<std::string> names;
  for (const Case& one : cases_)
    if (!one.is_decided && one.is_on_main) names.push_back(one.branch->branch);
  const auto logs = TRY(read_branch_logs(git_, names));
  std::vector<std::pair<Case*, std::vector<ObjectId>>> searched;
  for (Case& one : cases_) {
    if (one.is_decided || !one.is_on_main) continue;
    if (!chain_.position_of.contains(one.stands_at)) {
      const auto log = logs.find(one.branch->branch);
      if (TRY(is_others_work(one, log == logs.end() ? BranchLog() : log->second))) {
        decide(one, LandingState::kNeverCommitted, "it has no commit of its own");
        continue;
      }
      one.landed_tip = one.stands_at;
      one.needs_search = !chain_.merged_at.contains(one.stands_at);
      continue;
    }
    const auto found = logs.find(one.branch->branch);
    std::vector<ObjectId> unplaced;
    take_evidence(one, found == logs.end() ? nullptr : &found->second.work, unplaced);
    if (!one.landed_tip.empty()) continue;
    if (unplaced.size() > kMostHints) unplaced.resize(kMostHints);
    if (unplaced.empty())
      decide(one, LandingState::kNeverCommitted, "it has no commit of its own");
    else
      searched.emplace_back(&one, std::move(unplaced));
  }
  if (searched.empty()) return {};

  // Neither on the chain nor the side of a merge on it: somewhere inside a merged branch, or rewritten and gone.
  std::vector<std::string> exist{"rev-list", "--no-walk=unsorted", "--ignore-missing"};
  std::vector<std::string> elsewhere{"rev-list", "--ignore-missing"};
  for (const auto& [one, ids] : searched)
    for (const ObjectId& id : ids) {
      exist.push_back(id);
      elsewhere.push_back(id);
    }
  for (auto* command : {&exist, &elsewhere}) {
    // The oldest branch tip that is asked about would do too; main's contains them all.
    if (command == &elsewhere) command->push_back("^" + options_.main_tip);
    command->emplace_back("--");
  }
  const std::string existing_lines = TRY(git_.look(exist));
  const std::string elsewhere_lines = TRY(git_.look(elsewhere));
  std::set<std::string_view> on_main;
  for_each_line(existing_lines, [&](std::string_view line) { on_main.insert(line); });
  for_each_line(elsewhere_lines, [&](std::string_view line) { on_main.erase(line); });
  for (auto& [one, ids] : searched) {
    const auto first = std::find_if(ids.begin(), ids.end(), [&](const ObjectId& id) { return on_main.contains(id); });
    if (first == ids.end()) {
      decide(*one, LandingState::kNeverCommitted, "it has no commit of its own");
    } else {
      one->landed_tip = *first;
      one->needs_search = true;
    }
  }
  return {};
}

/// The tip came into main's chain by a merge, and nothing tells of a commit made on this branch. Then it is work of
/// others when it was made from a local branch or stands where main itself stood once (a pull on main that makes a
/// merge turns main's own line into a side of it); else it came from elsewhere, as fetched branches do.
Result<bool> Inquiry::is_others_work(const Case& one, const BranchLog& log) {
  if (!one.branch->own_commits.empty() || !log.work.empty()) return false;
  if (!former_tips_) former_tips_ = TRY(read_former_tips(git_, options_.main_ref));
  if (former_tips_->contains(one.stands_at)) return true;
  const std::string& from = log.created_from;
  if (log.was_moved || from.empty() || from.starts_with("refs/") || from == one.stands_at) return false;
  if (!remotes_) remotes_ = TRY(git_.look({"remote"}));
  bool is_remote = false;
  for_each_line(*remotes_, [&](std::string_view remote) {
    if (from.starts_with(fmt::format("{}/", remote))) is_remote = true;
  });
  return !is_remote;
}

/// The tip is on main's chain: takes the newest own commit that it contains, and all of those on the chain.
void Inquiry::take_evidence(Case& one, const std::vector<OwnWork>* work, std::vector<ObjectId>& unplaced) {
  const std::size_t tip_at = chain_.position_of.at(one.stands_at);
  std::set<std::size_t> forwarded;
  std::optional<std::size_t> newest;
  const auto take = [&](const ObjectId& id) {
    std::optional<std::size_t> at;
    if (const auto on_chain = chain_.position_of.find(id); on_chain != chain_.position_of.end()) {
      at = on_chain->second;
      if (*at >= tip_at) forwarded.insert(*at);
    } else if (const auto merged = chain_.merged_at.find(id); merged != chain_.merged_at.end()) {
      at = merged->second;
    } else {
      unplaced.push_back(id);
    }
    if (!at || *at < tip_at || (newest && *newest <= *at)) return;
    newest = at;
    one.landed_tip = id;
  };
  if (work != nullptr)
    for (const OwnWork& own : *work) {
      take(own.made);
      const auto made = chain_.position_of.find(own.made);
      const auto onto = chain_.position_of.find(own.onto);
      if (made == chain_.position_of.end() || onto == chain_.position_of.end()) continue;
      for (std::size_t at = made->second; at < onto->second; ++at) take(chain_.commits[at]);
    }
  for (const ObjectId& id : one.branch->own_commits) take(id);
  for (const std::size_t at : forwarded) one.forwarded.push_back(chain_.commits[at]);
}

/// Back to a commit that everything still open has in its history.
Result<void> Inquiry::read_history() {
  std::size_t floor = 0;
  bool is_needed = false;
  std::set<ObjectId> off_chain;
  for (const Case& one : cases_) {
    if (one.is_decided) continue;
    is_needed = true;
    const auto needs = [&](const ObjectId& id) {
      if (const auto at = chain_.position_of.find(id); at != chain_.position_of.end())
        floor = std::max(floor, at->second);
      else
        off_chain.insert(id);
    };
    if (!one.is_on_main) {
      needs(one.base);
      for (const ObjectId& id : one.boundary)
        if (!chain_.position_of.contains(id)) off_chain.insert(id);
      continue;
    }
    // To the commit before the one that brought it: what it brought lies between.
    for (const ObjectId& id : one.forwarded) floor = std::max(floor, chain_.position_of.at(id) + 1);
    if (one.needs_search)
      off_chain.insert(one.landed_tip);
    else if (const auto merged = chain_.merged_at.find(one.landed_tip); merged != chain_.merged_at.end())
      floor = std::max(floor, merged->second + 1);
  }
  if (!is_needed) return {};
  TRY(read_history_to(floor, off_chain));
  // Where a merge had to be searched for: what it brought must be there whole.
  std::size_t deeper = floor;
  for (const Case& one : cases_) {
    if (one.is_decided || !one.needs_search) continue;
    if (const auto node = history_.find(one.landed_tip); node && history_.at(*node).landed_at)
      deeper = std::max(deeper, *history_.at(*node).landed_at + 1);
  }
  return deeper == floor ? Result<void>() : read_history_to(deeper, off_chain);
}

Result<void> Inquiry::read_history_to(std::size_t floor, const std::set<ObjectId>& off_chain) {
  ObjectId until = floor < chain_.commits.size() ? chain_.commits[floor] : ObjectId();
  if (!off_chain.empty() && !until.empty()) {
    std::vector<std::string> arguments{"merge-base", "--octopus", until};
    arguments.insert(arguments.end(), off_chain.begin(), off_chain.end());
    const Git::Answer answer = TRY(git_.look_with_code(arguments, {0, 1}));
    until = answer.output.substr(0, answer.output.find('\n'));
  }
  history_ = TRY(MainHistory::read(git_, chain_, until));
  return {};
}

Result<void> Inquiry::judge_landed() {
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    Case& one = cases_[i];
    if (one.is_decided) continue;
    if (!one.is_on_main)
      changes_.push_back(Change{i, one.base, one.branch->tip, one.own, one.merges, one.boundary});
    else if (chain_.position_of.contains(one.landed_tip))
      judge_forwarded(one, i);
    else
      judge_merged(one, i);
  }
  return {};
}

void Inquiry::judge_merged(Case& one, std::size_t index) {
  const auto node = history_.find(one.landed_tip);
  if (!node || !history_.at(*node).landed_at) {
    decide(one, LandingState::kUnknown, fmt::format("it is part of {}, by a way that was not found", main()));
    return;
  }
  const std::size_t at = *history_.at(*node).landed_at;
  const ObjectId& merge = chain_.commits[at];
  const MainHistory::Way way = history_.way_of(*node);
  std::vector<ObjectId> own;
  std::set<ObjectId> brought;
  for (const Node each : way.brought) {
    brought.insert(history_.at(each).id);
    if (!history_.at(each).is_merge()) own.push_back(history_.at(each).id);
  }
  Landing& landing = one.finding.landing;
  landing.commits = static_cast<std::int64_t>(own.size());
  landing.landed_commits = landing.commits;
  landing.landed_by = merge;
  const std::string merged = fmt::format("merged into {} by {}", main(), brief(merge));
  std::optional<Node> whole;
  for (const Node by : way.merges)
    if (!whole) whole = history_.reverted_by(history_.at(by).id, {});
  std::vector<Node> reverts;
  for (const ObjectId& id : own)
    if (const auto by = history_.reverted_by(id, brought)) reverts.push_back(*by);
  if (!whole && (reverts.empty() || reverts.size() < own.size())) {
    decide(one, LandingState::kMerged,
           reverts.empty()
               ? merged
               : fmt::format("{}; {} of its {} reverted since, by {}", merged, reverts.size(),
                             own.size() == 1 ? "commit was" : commits(own.size()) + " were", id_of(reverts.front())));
    return;
  }
  decide(one, LandingState::kReverted,
         fmt::format("{}, reverted by {}", merged, id_of(whole ? *whole : reverts.front())));
  landing.landed_commits = 0;
  const ObjectId before = history_.at(history_.at(way.merges.back()).parents.front()).id;
  changes_.push_back(Change{index, before, one.landed_tip, own, {}, {merge}});
}

void Inquiry::judge_forwarded(Case& one, std::size_t index) {
  Landing& landing = one.finding.landing;
  const std::vector<ObjectId>& own = one.forwarded;
  landing.commits = static_cast<std::int64_t>(own.size());
  landing.landed_commits = landing.commits;
  landing.landed_by = own.front();
  const std::string forwarded = own.size() == 1
                                    ? fmt::format("{} was fast-forwarded to its commit {}", main(), brief(own.front()))
                                    : fmt::format("{} was fast-forwarded to its {}, the newest is {}", main(),
                                                  commits(own.size()), brief(own.front()));
  const std::set<ObjectId> made(own.begin(), own.end());
  std::vector<Node> reverts;
  for (const ObjectId& id : own)
    if (const auto by = history_.reverted_by(id, made)) reverts.push_back(*by);
  if (reverts.size() < own.size()) {
    decide(one, LandingState::kMerged,
           reverts.empty() ? forwarded
                           : fmt::format("{}; {} of them reverted since, by {}", forwarded, reverts.size(),
                                         id_of(reverts.front())));
    return;
  }
  decide(one, LandingState::kReverted, fmt::format("{}, reverted by {}", forwarded, id_of(reverts.front())));
  landing.landed_commits = 0;
  const std::size_t oldest = chain_.position_of.at(own.back());
  if (oldest + 1 < chain_.commits.size())
    changes_.push_back(Change{index, chain_.commits[oldest + 1], own.front(), own, {}, {own.front()}});
}

Result<std::vector<Finding>> inquire(const Git& git, PatchBook& patches, const InquiryOptions& options,
                                     const std::vector<BranchTip>& branches) {
  return Inquiry(git, patches, options, branches).run();
}

}  // namespace stream_status::git
