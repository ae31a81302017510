// Scenarios "git-reconcile" and "git-conflicts": what git says about all streams together, first asked of a server that
// has just started, then again.
#include <algorithm>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "git_streams.h"

namespace bench {
namespace {

constexpr int kCommits = 9000;
constexpr int kWorktrees = 50;

/// Of each five streams, one of each.
enum class Fate { kMerged, kSquashed, kRebased, kAhead, kNeverCommitted };
constexpr std::size_t kFates = 5;

/// Brings a branch to main as its fate wants it.
void land(const fs::path& main, const std::string& branch, Fate fate) {
  switch (fate) {
    case Fate::kMerged: run_git(main, {"merge", "--quiet", "--no-ff", "--no-edit", branch}); break;
    case Fate::kSquashed:
      run_git(main, {"apply", "--index", "-"}, run_git(main, {"diff", "main..." + branch}));
      run_git(main, {"commit", "--quiet", "-m", "Squash " + branch});
      break;
    case Fate::kRebased: run_git(main, {"cherry-pick", "main.." + branch}); break;
    case Fate::kAhead:
    case Fate::kNeverCommitted: break;
  }
}

/// A fifth of the streams has no commit; the others are merged, squashed, rebased and ahead, in turns.
GeneratedRepository make_landed(Run& run, std::size_t worktrees) {
  const std::size_t fresh = worktrees / kFates;
  GeneratedRepository repository =
      make_repository(run.make_directory(), run.times(kCommits), static_cast<int>(worktrees - fresh), Overlap::kApart);
  const fs::path beside = repository.directory.parent_path();
  for (std::size_t i = 0; i < fresh; ++i) {
    repository.branches.push_back(fmt::format("fresh-{:03}", i));
    repository.worktrees.push_back(beside / repository.branches.back());
    run_git(repository.directory, {"worktree", "add", "--quiet", "-b", repository.branches.back(),
                                   repository.worktrees.back().string(), "main"});
  }
  for (std::size_t i = 0; i < worktrees - fresh; ++i)
    land(repository.directory, repository.branches[i], static_cast<Fate>(i % (kFates - 1)));
  return repository;
}

/// How many streams the answer of /api/reconciliation/status counts as `group`.
std::int64_t count_in(std::string_view answer, std::string_view group) {
  return get_number(answer.substr(std::min(answer.find(R"("summary":{)"), answer.size())), group);
}

class Reconciliation {
 public:
  Reconciliation(GitStreams& streams, std::size_t worktrees) : streams_(streams), worktrees_(worktrees) {}

  double time() {
    const GitStreams::Timed timed = streams_.get("/api/reconciliation/status");
    const auto fifth = static_cast<std::int64_t>(worktrees_ / kFates);
    if (count_in(timed.answer, "completed") != 3 * fifth || count_in(timed.answer, "active") != 2 * fifth)
      fail(fmt::format("reconcile: {} streams have landed and {} have not, but the answer is {}", 3 * fifth, 2 * fifth,
                       timed.answer.substr(timed.answer.find(R"("summary":{)"))));
    return timed.ms;
  }

 private:
  GitStreams& streams_;
  std::size_t worktrees_;
};

std::string name_of(Overlap overlap) {
  switch (overlap) {
    case Overlap::kApart: return "no file shared";
    case Overlap::kShared: return "one file, merges";
    case Overlap::kConflict: return "one line, conflicts";
  }
  return {};
}

/// What the answer of /api/conflicts must say of every pair.
void check_pairs(std::string_view answer, Overlap overlap, std::int64_t pairs) {
  const std::int64_t listed = count_of(answer, R"("a":")");
  const std::int64_t conflicts = count_of(answer, R"("state":"conflict")");
  const std::int64_t unknown = count_of(answer, R"("state":"unknown")");
  if (listed == pairs && unknown == 0 && (conflicts == pairs) == (overlap == Overlap::kConflict)) return;
  fail(fmt::format("forecast conflicts: {}: {} pairs listed of {}, {} conflicts, {} unknown", name_of(overlap), listed,
                   pairs, conflicts, unknown));
}

/// Median of one `git merge-tree` of two branches. In a clone: what git writes must not be there for the server.
double time_one_merge(Run& run, const GeneratedRepository& repository) {
  const fs::path clone = run.make_directory() / "clone";
  run_git(repository.directory, {"clone", "--quiet", "--bare", "--shared", ".", clone.string()});
  const std::size_t count = repository.branches.size();
  std::vector<double> times;
  for (std::size_t i = 0; i < 20; ++i)
    times.push_back(time_git(clone,
                             {"merge-tree", "--write-tree", repository.branches[i % count],
                              repository.branches[(i + 1 + i / count) % count]},
                             1));
  return median(times);
}

void measure_conflicts_of(Run& run, Overlap overlap) {
  const GeneratedRepository repository =
      make_repository(run.make_directory(), run.times(kCommits), run.times(kWorktrees), overlap);
  const auto branches = static_cast<std::int64_t>(repository.branches.size());
  const std::int64_t pairs = branches * (branches - 1) / 2;
  GitStreams streams(run, repository);
  streams.scan();
  const auto time = [&] {
    const GitStreams::Timed timed = streams.get("/api/conflicts");
    check_pairs(timed.answer, overlap, pairs);
    return timed.ms;
  };

  const unsigned cpus = std::max(1U, std::thread::hardware_concurrency());
  Paired cold;
  Paired warm;
  Paired aged;
  for (int i = 0; i < run.times(5); ++i) {
    cold.floor.push_back(time_one_merge(run, repository) * static_cast<double>(pairs) / cpus);
    streams.restart();
    cold.measured.push_back(time());
    for (int again = 0; again < 5; ++again) {
      warm.floor.push_back(time_git(repository.directory, {"for-each-ref"}));
      warm.measured.push_back(time());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    double statuses = 0;
    for (const fs::path& worktree : repository.worktrees)
      statuses += time_git(worktree, {"--no-optional-locks", "status", "--porcelain"});
    aged.floor.push_back(statuses / cpus);
    aged.measured.push_back(time());
  }
  const std::string name = name_of(overlap);
  const Goal at_once{Judged::kMeasured, Bound::kAtMost, 50};
  Row row = paired_row(name + ", cold", cold, "ms", fmt::format("git merge-tree × {} pairs / {} CPUs", pairs, cpus),
                       Goal{Judged::kMeasured, Bound::kAtMost, 3000});
  row.note = fmt::format("{} streams", branches);
  run.report(std::move(row));
  run.report(paired_row(name + ", again", warm, "ms", "git for-each-ref", at_once));
  run.report(paired_row(name + ", again after 2.5 s", aged, "ms",
                        fmt::format("git status × {} / {} CPUs", branches, cpus), {}));
}

}  // namespace

void measure_git_reconcile(Run& run) {
  const auto worktrees = static_cast<std::size_t>(run.times(kWorktrees));
  const GeneratedRepository repository = make_landed(run, worktrees);
  GitStreams streams(run, repository);
  streams.scan();
  Reconciliation reconciliation(streams, worktrees);
  Paired cold;
  Paired again;
  Paired moved;
  const auto floor = [&] { return time_git(repository.directory, {"branch", "--merged", "main"}); };
  for (int i = 0; i < run.times(10); ++i) {
    cold.floor.push_back(floor());
    streams.restart();
    cold.measured.push_back(reconciliation.time());
    for (int more = 0; more < 5; ++more) {
      again.floor.push_back(floor());
      again.measured.push_back(reconciliation.time());
    }
    run_git(repository.directory, {"commit", "--quiet", "--allow-empty", "-m", "Main moves"});
    streams.scan();  // the server's own is over when this one is
    moved.floor.push_back(floor());
    moved.measured.push_back(reconciliation.time());
  }
  const Goal goal{Judged::kMeasured, Bound::kAtMost, 300};
  const char* floor_name = "git branch --merged main";
  Row row = paired_row("a server that has just started", cold, "ms", floor_name, goal);
  row.note = fmt::format("{} streams: merged, squashed, rebased, ahead, never committed; a fifth each", worktrees);
  run.report(std::move(row));
  run.report(paired_row("asked again", again, "ms", floor_name, goal));
  run.report(paired_row("asked again, main has moved", moved, "ms", floor_name, goal));
}

void measure_git_conflicts(Run& run) {
  for (const Overlap overlap : {Overlap::kShared, Overlap::kConflict}) measure_conflicts_of(run, overlap);
}

}  // namespace bench
