#include "git/forecast.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "git/forecast_answers.h"
#include "git/forecast_merges.h"
#include "git/forecast_sharing.h"
#include "git/scratch_objects.h"

namespace stream_status::git {
namespace {

/// How many merges to try at a time, by what the last ones took, until the budget is used up. Rounds are short, so that
/// their objects are few and a stop or the end of the budget is near; and long enough that starting git does not count.
class Pace {
 public:
  static constexpr std::size_t kSmallestRound = 2;  ///< one for each of git's processes

  Pace(milliseconds budget, const std::function<MonotonicTime()>& clock)
      : clock_(clock), round_begun_(clock()), end_(round_begun_ + budget) {}

  bool is_over() const { return round_begun_ >= end_; }
  std::size_t size_of_round() const { return size_; }
  void end_round(std::size_t tried) {
    const MonotonicTime now = clock_();
    const double took = std::chrono::duration<double>(now - round_begun_).count();
    const double wanted = std::chrono::duration<double>(std::min<MonotonicTime::duration>(kRound, end_ - now)).count();
    // Merges differ: what the first few took says little about many.
    const double most = static_cast<double>(std::min(tried * kGrowth, kLargestRound));
    const double fitting = took > 0 ? wanted / took * static_cast<double>(tried) : most;
    size_ = std::max(kSmallestRound, static_cast<std::size_t>(std::clamp(fitting, 0.0, most)));
    round_begun_ = now;
  }

 private:
  static constexpr milliseconds kRound{250};
  static constexpr std::size_t kLargestRound = 500;
  static constexpr std::size_t kGrowth = 8;

  const std::function<MonotonicTime()>& clock_;
  MonotonicTime round_begun_;
  MonotonicTime end_;
  std::size_t size_ = kSmallestRound;
};

constexpr const char* kNoCommit = "it has no commit yet";

enum class Dealing { kTogether, kAlone };

/// A merge gives the same both ways, so it is tried and kept one way.
MergeTrial trial_of(const ObjectId& a, const ObjectId& b) { return {std::min(a, b), std::max(a, b)}; }
std::string key_of(const MergeTrial& trial) { return trial.ours + " " + trial.theirs; }

std::vector<MergeTrial> take_front(std::vector<MergeTrial>& trials, std::size_t most) {
  const auto end = trials.begin() + static_cast<std::ptrdiff_t>(std::min(most, trials.size()));
  std::vector<MergeTrial> front(std::make_move_iterator(trials.begin()), std::make_move_iterator(end));
  trials.erase(trials.begin(), end);
  return front;
}

Result<std::vector<std::optional<MergeOutcome>>> try_round(const Git& git, const Result<ScratchObjects>& objects,
                                                           const std::vector<MergeTrial>& round, Dealing dealing) {
  using Outcomes = std::vector<std::optional<MergeOutcome>>;
  if (!objects) return Outcomes(round.size(), MergeOutcome{PairState::kUnknown, {}, 0, objects.error().message});
  if (dealing == Dealing::kTogether) return try_together(git, *objects, round);
  std::vector<MergeOutcome> outcomes = TRY(try_alone(git, *objects, round));
  return Outcomes(std::make_move_iterator(outcomes.begin()), std::make_move_iterator(outcomes.end()));
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  if (what.empty()) return;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

void join(std::string& problem, const std::string& more) {
  if (!problem.empty() && !more.empty()) problem += "; ";
  problem += more;
}

std::size_t count_files(const ChangedFiles& files) {
  std::vector<std::string_view> more;
  std::set_difference(files.uncommitted.begin(), files.uncommitted.end(), files.committed.begin(),
                      files.committed.end(), std::back_inserter(more));
  return files.committed.size() + more.size();
}

int rank_of(PairState state) {
  switch (state) {
    case PairState::kConflict: return 0;
    case PairState::kPossible: return 1;
    case PairState::kUnknown: return 2;
    case PairState::kClean: break;
  }
  return 3;
}

std::vector<std::size_t> order_to_land(const std::vector<Line>& lines, const std::vector<ChangedFiles>& files,
                                       const std::vector<Pair>& pairs) {
  struct Weight {
    std::size_t before = 0;  ///< lines that it builds on, and that have not landed
    std::size_t conflicts = 0;
    std::int64_t shared = 0;
    std::size_t files = 0;
    std::size_t index = 0;
    bool operator<(const Weight& other) const {
      return std::tie(before, conflicts, shared, files, index) <
             std::tie(other.before, other.conflicts, other.shared, other.files, other.index);
    }
  };
  std::vector<Weight> left(files.size());
  std::vector<std::vector<const Pair*>> pairs_of(files.size());
  for (const Pair& pair : pairs)
    for (const std::size_t line : {pair.a, pair.b}) {
      pairs_of[line].push_back(&pair);
      left[line].conflicts += pair.state == PairState::kConflict ? 1 : 0;
      left[line].shared += static_cast<std::int64_t>(pair.shared_files.size()) + pair.more_shared_files;
    }
  std::vector<std::size_t> to_land;
  for (std::size_t line = 0; line < files.size(); ++line) {
    left[line].files = count_files(files[line]);
    left[line].index = line;
    if (left[line].files > 0) to_land.push_back(line);
  }
  std::vector<std::vector<std::size_t>> followers_of(files.size());
  for (const std::size_t line : to_land)
    for (const std::size_t base : lines[line].after)
      if (left[base].files > 0) {
        followers_of[base].push_back(line);
        ++left[line].before;
      }
  std::vector<std::size_t> order;
  while (!to_land.empty()) {
    const auto next = std::min_element(to_land.begin(), to_land.end(),
                                       [&](std::size_t a, std::size_t b) { return left[a] < left[b]; });
    order.push_back(*next);
    // What has landed is no longer in the way of the others.
    for (const std::size_t follower : followers_of[*next]) --left[follower].before;
    for (const Pair* pair : pairs_of[*next]) {
      Weight& other = left[pair->a == *next ? pair->b : pair->a];
      other.conflicts -= pair->state == PairState::kConflict ? 1 : 0;
      other.shared -= static_cast<std::int64_t>(pair->shared_files.size()) + pair->more_shared_files;
    }
    to_land.erase(next);
  }
  return order;
}

}  // namespace

std::string_view name_of(PairState state) {
  switch (state) {
    case PairState::kClean: return "clean";
    case PairState::kConflict: return "conflict";
    case PairState::kPossible: return "possible";
    case PairState::kUnknown: break;
  }
  return "unknown";
}

Result<void> Forecaster::learn_files(const Git& git, const MainBranch& main, const std::vector<Line>& lines,
                                     MonotonicTime now) {
  std::set<ObjectId> tips;
  for (const Line& line : lines)
    if (!line.tip.empty()) tips.insert(line.tip);
  std::vector<ObjectId> main_tips;
  for (const Ref& ref : main.tips) main_tips.push_back(ref.target);
  // Without a main branch the lines are compared with what all of them have in common.
  const bool is_of_all = main_tips.empty();
  std::string compared_with;
  if (is_of_all)
    for (const ObjectId& tip : tips) compared_with += "," + tip;
  else
    for (const ObjectId& tip : main_tips) compared_with += tip + ",";
  if (compared_with != compared_with_) files_.clear();
  compared_with_ = compared_with;

  std::vector<ObjectId> missing;
  for (const ObjectId& tip : tips) {
    const auto known = files_.find(tip);
    if (known == files_.end() ||
        (!known->second.answer.problem.empty() && now - known->second.at >= settings_.unknown_age))
      missing.push_back(tip);
    else
      known->second.used = forecasts_;
  }
  if (missing.empty()) return {};
  if (is_of_all) missing.assign(tips.begin(), tips.end());
  std::vector<CommittedFiles> found = TRY(read_committed_files(git, main_tips, missing));
  for (std::size_t i = 0; i < missing.size(); ++i) files_[missing[i]] = {std::move(found[i]), now, forecasts_};
  return {};
}

Result<void> Forecaster::learn_statuses(const Git& git, const std::vector<Line>& lines, MonotonicTime now) {
  std::vector<const Worktree*> stale;
  std::set<std::string_view> asked;
  for (const Line& line : lines) {
    if (line.worktree == nullptr || line.worktree->is_bare || !line.worktree->exists) continue;
    const auto known = statuses_.find(line.worktree->path);
    const bool is_fresh = known != statuses_.end() && now - known->second.at < settings_.status_age;
    if (is_fresh)
      known->second.used = forecasts_;
    else if (asked.insert(line.worktree->path).second)
      stale.push_back(line.worktree);
  }
  if (stale.empty()) return {};
  const std::vector<Result<WorktreeStatus>> read = read_statuses(git, stale);
  for (std::size_t i = 0; i < stale.size(); ++i) {
    if (!read[i] && stops_all(read[i].error())) return tl::make_unexpected(read[i].error());
    Known<Uncommitted>& known = statuses_[stale[i]->path];
    known = {{}, now, forecasts_};
    if (!read[i]) {
      known.answer.problem = "what is uncommitted is not known: " + read[i].error().message;
      continue;
    }
    if (read[i]->more_files > 0)
      known.answer.problem = fmt::format("{} more uncommitted files were not looked at", read[i]->more_files);
    std::vector<std::string>& files = known.answer.files;
    for (const UncommittedFile& file : read[i]->files) {
      files.push_back(file.path);
      if (files.back().ends_with('/')) files.back().pop_back();  // a repository inside the worktree
    }
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
  }
  return {};
}

std::vector<MergeTrial> Forecaster::missing_trials(const std::vector<MergeTrial>& trials, MonotonicTime now) {
  std::vector<MergeTrial> missing;
  std::set<std::string> asked;
  for (const MergeTrial& trial : trials) {
    std::string key = key_of(trial);
    if (const auto known = merges_.find(key); known != merges_.end()) {
      known->second.used = forecasts_;
      if (known->second.answer.state != PairState::kUnknown || now - known->second.at < settings_.unknown_age) continue;
    }
    if (missing.size() == settings_.most_pairs) {
      why_untried_ = fmt::format("there are more than {} merges to try", settings_.most_pairs);
      continue;  // the known ones among the rest are still needed
    }
    if (asked.insert(std::move(key)).second) missing.push_back(trial);
  }
  return missing;
}

Result<void> Forecaster::learn_merges(const Git& git, const std::vector<MergeTrial>& trials, MonotonicTime now,
                                      const Progress& progress) {
  why_untried_.clear();
  std::vector<MergeTrial> left = missing_trials(trials, now);
  std::vector<MergeTrial> alone;  // git did not come to them when they were tried together
  const auto total = static_cast<std::int64_t>(left.size());
  const auto tell = [&] {
    if (progress) progress(total - static_cast<std::int64_t>(left.size() + alone.size()), total);
  };
  // In memory the objects go after each round, so that they never take much of it. On a disk that takes as long as the
  // merges, and the budget alone keeps them few.
  std::optional<Result<ScratchObjects>> objects;
  Pace pace(settings_.budget, settings_.clock);
  while (!left.empty() || !alone.empty()) {
    tell();
    if (git.is_cancelled())
      return fail(ErrorCode::kServerUnavailable, "try merges: the server is stopping", "send the call again");
    if (pace.is_over()) {
      why_untried_ = fmt::format("trying merges ends after {} ms", settings_.budget.count());
      return {};
    }
    // Merges that failed together go before new ones: each of them gets an answer.
    const Dealing dealing = alone.empty() ? Dealing::kTogether : Dealing::kAlone;
    const auto round = take_front(dealing == Dealing::kTogether ? left : alone, pace.size_of_round());
    if (!objects) objects.emplace(ScratchObjects::make(git, settings_.temporary_directory, settings_.memory_directory));
    std::vector<std::optional<MergeOutcome>> outcomes = TRY(try_round(git, *objects, round, dealing));
    if (!*objects || (*objects)->is_in_memory()) objects.reset();
    for (std::size_t i = 0; i < round.size(); ++i) {
      if (outcomes[i]) {
        merges_[key_of(round[i])] = {std::move(*outcomes[i]), now, forecasts_};
      } else {
        // One that uses up the deadline of its process, and so the budget, must not be the first of the next forecast.
        if (round.size() <= Pace::kSmallestRound)
          merges_[key_of(round[i])] = {
              {PairState::kUnknown, {}, 0, "git merge-tree did not finish it"}, now, forecasts_};
        alone.push_back(round[i]);
      }
    }
    pace.end_round(round.size());
  }
  tell();
  return {};
}

/// In the order to try them. The main branch first: it is what every line asks. Then the pairs that share fewest files:
/// a merge takes as long as it has files to merge, so most pairs are answered when time is short, and none waits for a
/// pair that shares thousands. A line that moves later has only its own pairs to try again.
std::vector<MergeTrial> Forecaster::trials_of(const MainBranch& main, const std::vector<Line>& lines,
                                              const std::vector<Sharing>& shared) const {
  std::vector<MergeTrial> trials;
  for (const Line& line : lines) {
    const auto known = files_.find(line.tip);
    if (!main.found() || known == files_.end() || known->second.answer.files.empty()) continue;
    const ObjectId& tip = main.tips.front().target;
    if (known->second.answer.base != tip) trials.push_back(trial_of(tip, line.tip));
  }
  std::vector<const Sharing*> pairs;
  for (const Sharing& sharing : shared)
    if (sharing.both_committed && lines[sharing.a].tip != lines[sharing.b].tip) pairs.push_back(&sharing);
  std::stable_sort(pairs.begin(), pairs.end(), [](const Sharing* x, const Sharing* y) { return x->count < y->count; });
  for (const Sharing* pair : pairs) trials.push_back(trial_of(lines[pair->a].tip, lines[pair->b].tip));
  return trials;
}

ChangedFiles Forecaster::changed_files(const Line& line) const {
  ChangedFiles files;
  if (const auto known = files_.find(line.tip); known != files_.end()) {
    files.committed = known->second.answer.files;
    files.problem = known->second.answer.problem;
  } else {
    files.problem = kNoCommit;
  }
  if (line.worktree == nullptr || line.worktree->is_bare) return files;
  if (const auto known = statuses_.find(line.worktree->path); line.worktree->exists && known != statuses_.end()) {
    files.uncommitted = known->second.answer.files;
    join(files.problem, known->second.answer.problem);
  } else {
    join(files.problem, fmt::format("what is uncommitted is not known: worktree {} is gone", line.worktree->path));
  }
  return files;
}

MergeOutcome Forecaster::merge_of(const ObjectId& a, const std::string& name_a, const ObjectId& b,
                                  const std::string& name_b) const {
  if (a == b) return {};
  const auto known = merges_.find(key_of(trial_of(a, b)));
  if (known == merges_.end())
    return {PairState::kUnknown, {}, 0, fmt::format("not tried yet: {}; the next call goes on", why_untried_)};
  MergeOutcome outcome = known->second.answer;
  for (Conflict& conflict : outcome.conflicts)
    for (std::string* text : {&conflict.file, &conflict.message}) {
      replace_all(*text, a, name_a);
      replace_all(*text, b, name_b);
    }
  return outcome;
}

MergeOutcome Forecaster::landing_of(const MainBranch& main, const Line& line) const {
  if (!main.found()) return {PairState::kUnknown, {}, 0, "no main branch is known"};
  const auto known = files_.find(line.tip);
  if (known == files_.end()) return {PairState::kUnknown, {}, 0, kNoCommit};
  const CommittedFiles& files = known->second.answer;
  if (!files.problem.empty()) return {PairState::kUnknown, {}, 0, files.problem};
  if (files.files.empty() || files.base == main.tips.front().target) return {};
  return merge_of(main.tips.front().target, main.name, line.tip, line.name);
}

Pair Forecaster::pair_of(Sharing sharing, const std::vector<Line>& lines) const {
  Pair pair{sharing.a, sharing.b, std::move(sharing.files)};
  pair.more_shared_files = sharing.count - static_cast<std::int64_t>(pair.shared_files.size());
  pair.uncommitted_files = std::move(sharing.uncommitted);
  if (sharing.both_committed) {
    const Line& a = lines[pair.a];
    const Line& b = lines[pair.b];
    MergeOutcome outcome = merge_of(a.tip, a.name, b.tip, b.name);
    pair.state = outcome.state;
    pair.conflicts = std::move(outcome.conflicts);
    pair.more_conflicts = outcome.more_conflicts;
    pair.detail = std::move(outcome.detail);
  }
  if (pair.state == PairState::kClean && !pair.uncommitted_files.empty()) {
    pair.state = PairState::kPossible;
    pair.detail = sharing.both_committed ? "what is committed merges; the uncommitted changes can not be tried"
                                         : "not committed on both sides: can not be tried";
  }
  return pair;
}

void Forecaster::forget_unused() {
  const auto forget = [this](auto& known, std::size_t most) {
    if (known.size() > most)
      std::erase_if(known, [this](const auto& entry) { return entry.second.used != forecasts_; });
  };
  forget(merges_, settings_.most_remembered);
  // Lists of files are longer, and there is one for each line, not for each pair.
  forget(files_, settings_.most_remembered / 20);
  forget(statuses_, settings_.most_remembered / 20);
}

Result<Forecast> Forecaster::forecast(const Git& git, const MainBranch& main, const std::vector<Line>& lines,
                                      MonotonicTime now, const Progress& progress) {
  ++forecasts_;
  TRY(learn_files(git, main, lines, now));
  TRY(learn_statuses(git, lines, now));
  Forecast forecast;
  for (const Line& line : lines) forecast.files.push_back(changed_files(line));
  std::vector<Sharing> shared = find_sharing(forecast.files);

  TRY(learn_merges(git, trials_of(main, lines, shared), now, progress));

  for (const Line& line : lines) forecast.main.push_back(landing_of(main, line));
  for (Sharing& sharing : shared) forecast.pairs.push_back(pair_of(std::move(sharing), lines));
  std::stable_sort(forecast.pairs.begin(), forecast.pairs.end(),
                   [](const Pair& a, const Pair& b) { return rank_of(a.state) < rank_of(b.state); });
  forecast.landing_order = order_to_land(lines, forecast.files, forecast.pairs);
  forget_unused();
  return forecast;
}

}  // namespace stream_status::git
