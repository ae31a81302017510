// Is the change of a branch on main under other names? By its files, then by patch, then by trial merges.
#include "git/landing_content.h"
#include "git/landing_inquiry.h"
#include "git/scratch_objects.h"

namespace stream_status::git {
namespace {

constexpr std::size_t kMostTrialsPerBranch = 6;  ///< trial merges into older states of main

}  // namespace

Result<void> Inquiry::judge_changes() {
  if (changes_.empty()) return {};
  TRY(learn_changes());
  TRY(match_changes());
  std::vector<const Change*> undecided;
  for (const Change& change : changes_) {
    Case& one = cases_[change.branch];
    if (one.is_on_main) {
      TRY(judge_relanded(one, change));
    } else if (!one.is_decided) {
      judge_own(one, change);
      if (!one.finding.landing.has_landed()) undecided.push_back(&change);
    }
  }
  return try_merges(undecided);
}

/// The files of the changes, of their commits, and of what may be the same on main.
Result<void> Inquiry::learn_changes() {
  std::vector<Span> spans;
  std::set<ObjectId> tips;
  for (const Change& change : changes_)
    if (tips.insert(change.tip).second) spans.push_back({change.base, change.tip});
  const auto files = TRY(files_between(git_, spans));
  std::vector<ObjectId> wanted;
  std::vector<bool> is_wanted(history_.commits().size());
  for (Change& change : changes_) {
    Case& one = cases_[change.branch];
    const auto found = files.find(change.tip);
    if (found == files.end()) {
      if (one.is_on_main) continue;
      decide(one, LandingState::kUnknown, "git can not read its files");
      one.finding.lasts = false;
      continue;
    }
    change.files = found->second;
    if (!one.is_on_main && change.files.empty()) {
      decide(one, LandingState::kEmpty,
             one.own.size() == 1 ? "its commit changes nothing"
                                 : fmt::format("its {} cancel out", commits(one.own.size())));
      continue;
    }
    wanted.insert(wanted.end(), change.own.begin(), change.own.end());
    change.is_before = history_.reachable_from(change.before);
    for (Node node = 0; node < is_wanted.size(); ++node)
      if (!change.is_before[node]) is_wanted[node] = true;
  }
  std::vector<Node> nodes;
  for (Node node = 0; node < is_wanted.size(); ++node) {
    const MainHistory::Commit& commit = history_.at(node);
    if (!is_wanted[node] || !commit.is_read || commit.is_merge()) continue;
    nodes.push_back(node);
    wanted.push_back(commit.id);
  }
  TRY(patches_.learn_files(git_, wanted));
  for (const Node node : nodes) {
    const TouchedFiles* touched = patches_.files_of(history_.at(node).id);
    if (touched == nullptr || touched->empty()) continue;
    main_by_files_[touched->fingerprint].push_back(node);
    for (const std::uint64_t path : touched->paths) main_by_path_[path].push_back(node);
  }
  return {};
}

Result<void> Inquiry::match_changes() {
  const auto find = [&](const Change& change, std::uint64_t files) {
    std::vector<Node> nodes;
    if (const auto found = main_by_files_.find(files); found != main_by_files_.end())
      for (const Node node : found->second)
        if (!change.is_before[node]) nodes.push_back(node);
    return nodes;
  };
  std::vector<ObjectId> patches;
  std::vector<Span> spans;
  std::set<ObjectId> tips;
  for (const Change& change : changes_) {
    if (change.files.empty()) continue;
    const auto compare_with = [&](const std::vector<Node>& nodes) {
      for (const Node node : nodes) patches.push_back(history_.at(node).id);
    };
    for (const ObjectId& id : change.own) {
      const TouchedFiles* touched = patches_.files_of(id);
      if (touched == nullptr || touched->empty()) continue;
      const auto nodes = find(change, touched->fingerprint);
      if (!nodes.empty()) patches.push_back(id);
      compare_with(nodes);
    }
    const auto nodes = find(change, change.files.fingerprint);
    compare_with(nodes);
    if (!nodes.empty() && tips.insert(change.tip).second) spans.push_back({change.base, change.tip});
  }
  std::sort(patches.begin(), patches.end());
  patches.erase(std::unique(patches.begin(), patches.end()), patches.end());
  TRY(patches_.learn_patches(git_, patches));
  const auto whole = TRY(patches_between(git_, spans));

  for (Change& change : changes_) {
    if (change.files.empty()) continue;
    for (const ObjectId& id : change.own) {
      const TouchedFiles* touched = patches_.files_of(id);
      if (touched != nullptr && touched->empty()) continue;
      ++change.parts_with_content;
      if (touched == nullptr) continue;
      if (const Patch* patch = patches_.patch_of(id))
        if (const auto match = best_match(change, find(change, touched->fingerprint), *patch))
          change.parts.emplace(id, *match);
    }
    if (const auto found = whole.find(change.tip); found != whole.end()) {
      change.patch = found->second;
      change.whole = best_match(change, find(change, change.files.fingerprint), found->second);
    }
  }
  return drop_unclean_merges();
}

/// A commit with the patch that is still in force; else one that was reverted.
std::optional<Change::Match> Inquiry::best_match(const Change& change, const std::vector<Node>& nodes,
                                                 const Patch& patch) const {
  std::optional<Change::Match> match;
  if (patch.id.empty()) return match;
  for (const Node node : nodes) {
    const ObjectId& id = history_.at(node).id;
    const Patch* other = patches_.patch_of(id);
    if (other == nullptr || other->id != patch.id || change.is_before[node]) continue;
    const auto reverted = history_.reverted_by(id, {});
    if (!match || !reverted) match = Change::Match{node, reverted};
    if (!reverted) break;
  }
  return match;
}

/// Commit by commit says nothing of what was changed in the branch's merges themselves.
Result<void> Inquiry::drop_unclean_merges() {
  std::vector<ObjectId> merges;
  for (const Change& change : changes_)
    if (change.all_parts()) merges.insert(merges.end(), change.merges.begin(), change.merges.end());
  if (merges.empty()) return {};
  const auto unclean = TRY(merges_with_own_content(git_, merges));
  const std::set<ObjectId> own_content(unclean.begin(), unclean.end());
  for (Change& change : changes_)
    if (std::any_of(change.merges.begin(), change.merges.end(),
                    [&](const ObjectId& id) { return own_content.contains(id); }))
      ++change.parts_with_content;  // which no commit on main has
  return {};
}

void Inquiry::judge_own(Case& one, const Change& change) {
  Landing& landing = one.finding.landing;
  const std::size_t live = change.live_parts();
  const auto newest = [&](bool reverted) {
    const auto found = std::find_if(change.own.begin(), change.own.end(), [&](const ObjectId& id) {
      const auto part = change.parts.find(id);
      return part != change.parts.end() && part->second.reverted_by.has_value() == reverted;
    });
    return change.parts.at(*found);
  };
  landing.landed_commits = static_cast<std::int64_t>(live);
  if (change.all_parts() && live > 0) {
    const Change::Match& match = newest(false);
    landing.landed_by = history_.at(match.by).id;
    std::string evidence = landing.commits == 1
                               ? fmt::format("its commit is on {} as {}", main(), id_of(match.by))
                               : fmt::format("each of its {} is on {} under another name, the newest as {}",
                                             commits(change.own.size()), main(), id_of(match.by));
    if (live < change.parts.size())
      evidence += fmt::format("; {} of them reverted since, by {}", change.parts.size() - live,
                              id_of(*newest(true).reverted_by));
    else
      landing.landed_commits = landing.commits;
    decide(one, LandingState::kRebased, std::move(evidence));
    return;
  }
  if (change.whole && !change.whole->reverted_by) {
    landing.landed_by = history_.at(change.whole->by).id;
    landing.landed_commits = landing.commits;
    decide(one, LandingState::kSquashed,
           fmt::format("its whole change is on {} as {}", main(), id_of(change.whole->by)));
    return;
  }
  if (change.whole || change.all_parts()) {
    const Change::Match match = change.whole ? *change.whole : newest(true);
    landing.landed_by = history_.at(match.by).id;
    decide(one, LandingState::kReverted,
           fmt::format("it was on {} as {}, reverted by {}", main(), id_of(match.by), id_of(*match.reverted_by)));
    return;
  }
  std::string evidence;
  if (live > 0) {
    const Change::Match& match = newest(false);
    landing.landed_by = history_.at(match.by).id;
    evidence = fmt::format("{} of its {} are not on {}; {} on it, the newest as {}",
                           static_cast<std::size_t>(landing.commits) - live,
                           commits(static_cast<std::size_t>(landing.commits)), main(),
                           live == 1 ? "1 is" : fmt::format("{} are", live), id_of(match.by));
  } else {
    evidence = one.own.empty()
                   ? fmt::format("its merges of {} change something that is not on it", main())
                   : fmt::format("{} not on {}",
                                 landing.commits == 1 ? "its commit is" : "its " + commits(change.own.size()) + " are",
                                 main());
  }
  if (live < change.parts.size())
    evidence +=
        fmt::format("; {} reverted there, by {}",
                    change.parts.size() - live == 1 ? "1 was" : fmt::format("{} were", change.parts.size() - live),
                    id_of(*newest(true).reverted_by));
  decide(one, LandingState::kAhead, std::move(evidence));
}

/// It was reverted: is it on main again, by other means than a revert of the revert?
Result<void> Inquiry::judge_relanded(Case& one, const Change& change) {
  if (change.files.empty()) return {};
  Landing& landing = one.finding.landing;
  std::string again;
  const std::size_t live = change.live_parts();
  if (change.whole && !change.whole->reverted_by) {
    again = fmt::format("and is on {} again as {}", main(), id_of(change.whole->by));
  } else if (live > 0) {
    again = live == change.parts_with_content
                ? fmt::format("and each of its commits is on {} again", main())
                : fmt::format("and {} of its {} on {} again", live,
                              commits(change.own.size()) + (change.own.size() == 1 ? " is" : " are"), main());
  } else {
    // The files as it left them, whoever brought them back.
    const auto differing = TRY(files_between(git_, {{options_.main_tip, change.tip}}));
    const auto found = differing.find(change.tip);
    if (found == differing.end()) return {};
    const std::set<std::uint64_t> different(found->second.paths.begin(), found->second.paths.end());
    if (std::any_of(change.files.paths.begin(), change.files.paths.end(),
                    [&](std::uint64_t path) { return different.contains(path); }))
      return {};
    again = fmt::format("but {} has its content again", main());
  }
  landing.landed_commits = landing.commits;
  if (live > 0 && live < change.parts_with_content) landing.landed_commits = static_cast<std::int64_t>(live);
  decide(one, LandingState::kMerged, fmt::format("{}, {}", landing.evidence, again));
  return {};
}

/// Into commits of main that add and remove the same lines as the whole branch (a squash) or as its newest commit (the
/// end of a rebase).
void Inquiry::add_older_trials(const Change& change, std::vector<Trial>& trials) const {
  std::size_t room = kMostTrialsPerBranch;
  const auto add = [&](std::uint64_t files, std::uint64_t lines) {
    const auto found = main_by_files_.find(files);
    if (found == main_by_files_.end() || lines == 0) return;
    for (const Node node : found->second) {
      const MainHistory::Commit& commit = history_.at(node);
      const Patch* patch = patches_.patch_of(commit.id);
      if (room == 0 || patch == nullptr || patch->lines != lines || change.is_before[node] ||
          commit.id == options_.main_tip || history_.reverted_by(commit.id, {}))
        continue;
      trials.push_back({&change, commit.id, commit.tree, false});
      --room;
    }
  };
  add(change.files.fingerprint, change.patch.lines);
  if (change.own.size() < 2) return;
  const TouchedFiles* files = patches_.files_of(change.own.front());
  const Patch* patch = patches_.patch_of(change.own.front());
  if (files != nullptr && patch != nullptr) add(files->fingerprint, patch->lines);
}

/// Merging a branch into a main that has its content changes nothing. Tried only where main touched every file that
/// the branch changed and has every line that it added; and also into the commits that made the same change in other
/// surroundings, because what main did later to the same lines hides the content.
Result<void> Inquiry::try_merges(const std::vector<const Change*>& changes) {
  std::vector<const Change*> touched;
  std::vector<ContentQuestion> questions;
  for (const Change* change : changes) {
    const auto is_touched = [&](std::uint64_t path) {
      const auto found = main_by_path_.find(path);
      return found != main_by_path_.end() && std::any_of(found->second.begin(), found->second.end(),
                                                         [&](Node node) { return !change->is_before[node]; });
    };
    const bool is_first =
        std::none_of(touched.begin(), touched.end(), [&](const Change* other) { return other->tip == change->tip; });
    if (change->files.empty() || !is_first ||
        !std::all_of(change->files.paths.begin(), change->files.paths.end(), is_touched))
      continue;
    touched.push_back(change);
    questions.push_back({{change->base, change->tip}, change->files.names});
  }
  const auto may_have = TRY(may_have_content(git_, options_.main_tip, questions));
  const auto tip = history_.find(options_.main_tip);
  std::vector<Trial> trials;
  for (std::size_t i = 0; i < touched.size(); ++i) {
    if (may_have[i] && tip) trials.push_back({touched[i], options_.main_tip, history_.at(*tip).tree, true});
    // What was reverted was on main at its own time, of course.
    if (cases_[touched[i]->branch].finding.landing.state == LandingState::kAhead) add_older_trials(*touched[i], trials);
  }
  if (trials.empty()) return {};
  const ScratchObjects scratch = TRY(ScratchObjects::make(git_, options_.temporary_directory));
  std::vector<std::vector<std::string>> commands;
  commands.reserve(trials.size());
  for (const Trial& trial : trials)
    commands.push_back({"merge-tree", "--write-tree", "--no-messages", trial.into, trial.change->tip});
  // Not in the worktree: git writes files for a merge driver where it stands.
  os::Environment environment = scratch.environment();
  environment["GIT_DIR"] = git_.common_directory();
  const auto answers = git_.look_all(commands, {.directory = scratch.path(), .environment = std::move(environment)});
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = trials[i];
    Case& one = cases_[trial.change->branch];
    if (!answers[i]) {
      if (answers[i].error().code != ErrorCode::kGitError) return tl::make_unexpected(answers[i].error());
      one.finding.lasts = false;
      continue;
    }
    const std::string_view output = answers[i]->output;
    if (one.finding.landing.has_landed() || answers[i]->exit_code != 0 ||
        output.substr(0, output.find('\n')) != trial.tree)
      continue;
    Landing& landing = one.finding.landing;
    landing.landed_commits = landing.commits;
    landing.landed_by = trial.is_tip ? ObjectId() : trial.into;
    if (!trial.is_tip)
      decide(one, LandingState::kSquashed, fmt::format("{} had its whole content as of {}", main(), brief(trial.into)));
    else
      decide(one, LandingState::kSquashed,
             landing.state == LandingState::kReverted
                 ? fmt::format("{}, but {} has its content again", landing.evidence, main())
                 : fmt::format("{} has its content already", main()));
  }
  return {};
}

}  // namespace stream_status::git
