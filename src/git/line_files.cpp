#include "git/line_files.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "git/forecast_answers.h"
#include "git/forecast_files.h"
#include "os/beneath.h"
#include "os/file.h"

namespace stream_status::git {
namespace {

constexpr std::size_t kLargestUntracked = 1u << 20;
constexpr std::size_t kMostUntracked = 16u << 20;  ///< bytes of all that are counted

using FilesByPath = std::map<std::string, LineFile, std::less<>>;

void add_problem(std::string& problem, const std::string& more) {
  if (!problem.empty() && !more.empty()) problem += "; ";
  problem += more;
}

std::vector<ObjectId> tips_of(const MainBranch& main) {
  std::vector<ObjectId> tips;
  for (const Ref& tip : main.tips) tips.push_back(tip.target);
  return tips;
}

/// How many commits are on each side alone.
Result<void> count_commits(const Git& git, const std::vector<ObjectId>& main, const ObjectId& tip, LineFiles& line) {
  std::vector<std::string> ahead{"rev-list", "--count", tip, "--not"};
  std::vector<std::string> behind{"rev-list", "--count"};
  ahead.insert(ahead.end(), main.begin(), main.end());
  behind.insert(behind.end(), main.begin(), main.end());
  behind.insert(behind.end(), {"--not", tip});
  const auto answers = git.look_all({ahead, behind});
  const auto number = [](const Result<Git::Answer>& answer) -> Result<std::optional<std::int64_t>> {
    if (!answer && stops_all(answer.error())) return tl::make_unexpected(answer.error());
    std::int64_t value = 0;
    if (!answer || answer->exit_code != 0) return std::nullopt;
    std::from_chars(answer->output.data(), answer->output.data() + answer->output.size(), value);
    return value;
  };
  line.ahead = TRY(number(answers[0]));
  line.behind = TRY(number(answers[1]));
  return {};
}

/// The answer of one look, or none and why.
template <class Answer>
Result<Answer> or_problem(Result<Answer> answer, std::string_view what, std::string& problem) {
  if (answer || stops_all(answer.error())) return answer;
  add_problem(problem, std::string(what) + ": " + answer.error().message);
  return Answer{};
}

/// Git counts no lines of what it does not track.
class UntrackedFiles {
 public:
  explicit UntrackedFiles(const std::string& worktree) : worktree_(worktree) {}

  std::optional<std::int64_t> count_lines(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash);
    const std::string name = path.substr(slash + 1);
    const auto opened = os::open_directory_beneath(worktree_, directory);
    if (!opened || !*opened) return std::nullopt;
    const os::Entry entry = os::entry_at(**opened, name);
    if (entry.kind != os::EntryKind::kRegular || entry.size > kLargestUntracked || read_ + entry.size > kMostUntracked)
      return std::nullopt;
    const auto content = os::read_file(**opened, name, kLargestUntracked);
    if (!content || !*content) return std::nullopt;
    read_ += (*content)->size();
    return git::count_lines(**content);
  }

 private:
  const std::string& worktree_;
  std::size_t read_ = 0;
};

FileChange change_of(FileState state) {
  switch (state) {
    case FileState::kAdded:
    case FileState::kUntracked: return FileChange::kAdded;
    case FileState::kDeleted: return FileChange::kDeleted;
    case FileState::kRenamed: return FileChange::kRenamed;
    case FileState::kModified:
    case FileState::kConflicted: break;
  }
  return FileChange::kModified;
}

/// The worktree's files take the place of the committed ones. What git calls different there counts only when it is
/// known to be: by its status, or by a commit.
void add_uncommitted(const WorktreeStatus& status, std::vector<Difference> differences, FilesByPath& files) {
  std::set<std::string, std::less<>> known;
  for (const UncommittedFile& file : status.files) known.insert(file.path);
  for (const auto& [path, file] : files) {
    known.insert(path);
    if (!file.difference.old_path.empty()) known.insert(file.difference.old_path);
  }
  std::set<std::string, std::less<>> different;
  for (Difference& difference : differences) {
    if (!known.contains(difference.path)) continue;
    different.insert(difference.path);
    LineFile& file = files[difference.path];
    file.difference = std::move(difference);
  }
  for (const UncommittedFile& uncommitted : status.files) {
    LineFile& file = files[uncommitted.path];
    file.is_uncommitted = true;
    if (different.contains(uncommitted.path)) continue;
    // Untracked; or the uncommitted change takes the committed one back.
    const bool is_untracked = uncommitted.state == FileState::kUntracked;
    file.difference = Difference{.path = uncommitted.path, .change = change_of(uncommitted.state)};
    if (!is_untracked) file.difference.insertions = file.difference.deletions = 0;
  }
}

void count_untracked(const Worktree& worktree, std::vector<LineFile>& files) {
  UntrackedFiles untracked(worktree.path);
  for (LineFile& file : files) {
    Difference& difference = file.difference;
    if (!file.is_uncommitted || difference.change != FileChange::kAdded || difference.insertions) continue;
    difference.insertions = untracked.count_lines(difference.path);
    if (difference.insertions) difference.deletions = 0;
  }
}

}  // namespace

Result<LineFiles> read_line_files(const Git& git, const MainBranch& main, const ObjectId& tip,
                                  const Worktree* worktree) {
  LineFiles line;
  const std::vector<ObjectId> main_tips = tips_of(main);
  ObjectId base;
  if (main_tips.empty()) {
    line.problem = "no main branch is known";
  } else {
    const CommittedFiles committed = TRY(read_committed_files(git, main_tips, {tip})).front();
    line.problem = committed.problem;
    base = committed.base;
  }
  if (!base.empty()) TRY(count_commits(git, main_tips, tip, line));

  FilesByPath files;
  if (!base.empty() && base != tip)
    for (Difference& difference :
         TRY(or_problem(read_differences(git, base, tip), "what is committed is not known", line.problem))) {
      LineFile& file = files[difference.path];
      file.difference = std::move(difference);
      file.is_committed = true;
    }
  if (worktree != nullptr) {
    constexpr std::string_view kUnknown = "what is uncommitted is not known";
    const WorktreeStatus status = TRY(or_problem(read_status(git, *worktree), kUnknown, line.problem));
    if (!status.is_clean())
      add_uncommitted(
          status, TRY(or_problem(read_differences(git, base.empty() ? tip : base, *worktree), kUnknown, line.problem)),
          files);
    if (status.more_files > 0) add_problem(line.problem, "more uncommitted files than are looked at");
  }

  for (auto& [path, file] : files) {
    if (line.files.size() < kMostLineFiles)
      line.files.push_back(std::move(file));
    else
      ++line.more_files;
  }
  if (worktree != nullptr) count_untracked(*worktree, line.files);
  for (const LineFile& file : line.files) {
    line.insertions += file.difference.insertions.value_or(0);
    line.deletions += file.difference.deletions.value_or(0);
  }
  return line;
}

}  // namespace stream_status::git
