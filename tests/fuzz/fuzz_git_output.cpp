// What git prints: names of files, branches and people are anybody's bytes. The first byte chooses the command.
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"
#include "git/output.h"

namespace stream_status::fuzz {
namespace {

void read_refs(std::string_view output) {
  for (const git::Ref& ref : git::parse_refs(output).refs)
    require(ref.name.find('\n') == std::string::npos && ref.name.find('\0') == std::string::npos,
            "a ref's name ends where it ends", ref.name);
}

void read_commits(std::string_view output) {
  std::vector<git::CommitInfo> commits;
  git::parse_commits(output, commits);
  for (const git::CommitInfo& commit : commits) {
    require(git::is_object_id(commit.id), "a commit has an object id", commit.id);
    require(is_utf8(commit.message) && is_utf8(commit.author), "a commit's words are UTF-8", commit.message);
    require(count_characters(commit.message) <= 10'000, "a message is cut");
    require(commit.files_changed >= 0, "files are counted");
  }
}

void read_worktrees(std::string_view output) {
  const auto worktrees = git::parse_worktrees(output);
  for (std::size_t i = 0; i < worktrees.size(); ++i)
    require(worktrees[i].is_main == (i == 0), "the first worktree is the main one");
}

void read_status(std::string_view output) {
  const git::WorktreeStatus status = git::parse_status(output);
  require(status.files.size() <= 10'000, "files are listed up to a limit");
  require(status.more_files >= 0 && (status.more_files == 0 || status.files.size() == 10'000), "the rest is counted");
  for (const git::UncommittedFile& file : status.files)
    require(file.path.find('\0') == std::string::npos, "a path ends at its NUL");
}

void read_logs(std::string_view output) {
  std::unordered_map<std::string, git::BranchLog> logs;
  git::parse_branch_logs(output, logs);
  for (const auto& [branch, log] : logs)
    require(output.find("refs/heads/" + branch) != std::string_view::npos, "a log is a branch's", branch);
}

void read_merges(std::string_view output) {
  constexpr std::size_t kMost = 3;
  const auto outcomes = git::parse_merges(output, kMost);
  require(outcomes.size() <= kMost, "no more outcomes than merges");
  for (const git::MergeOutcome& outcome : outcomes) {
    require(outcome.state != git::PairState::kPossible, "a merge that was tried has an outcome");
    require(outcome.state == git::PairState::kConflict || outcome.conflicts.empty(), "only a conflict has conflicts");
  }
}

void read_differences(std::string_view output) {
  const auto differences = git::parse_differences(output);
  for (std::size_t i = 0; i < differences.size(); ++i) {
    const git::Difference& difference = differences[i];
    require(i == 0 || differences[i - 1].path < difference.path, "each file comes once, sorted", difference.path);
    require(difference.path.find('\0') == std::string::npos, "a path ends at its NUL");
    require(difference.insertions.value_or(0) >= 0 && difference.deletions.value_or(0) >= 0, "lines are counted");
    require(difference.insertions.has_value() == difference.deletions.has_value(), "both are known, or neither");
  }
}

void read_hunks(std::string_view output) {
  for (const git::FileHunks& file : git::parse_hunks(output)) {
    require(file.path.find('\0') == std::string::npos, "a path ends at its NUL");
    for (const git::Hunk& hunk : file.hunks)
      require(hunk.start >= 0 && hunk.lines >= 0 && hunk.new_lines >= 0, "lines are counted");
  }
}

}  // namespace

void fuzz_git_output(std::string_view input) {
  constexpr Run kReaders[] = {read_refs, read_commits, read_worktrees,   read_status,
                              read_logs, read_merges,  read_differences, read_hunks};
  Choices choices(input);
  const std::uint8_t which = choices.next();
  kReaders[which % std::size(kReaders)](choices.rest());
}

}  // namespace stream_status::fuzz
