// The history is written as a fast-import stream: no process and no index per commit.
#include "git_repository.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace bench {
namespace {

constexpr int kDirectories = 25;
constexpr int kFilesEach = 20;
constexpr int kLinesEach = 40;
constexpr int kSharedLines = 10;  ///< per branch, so that the changes of two are too far apart to conflict
constexpr const char* kSharedFile = "shared.txt";

/// Floors run git thousands of times: without `env` in between.
std::string find_git() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const fs::path candidate = fs::path(rest.substr(0, end)) / "git";
    if (::access(candidate.c_str(), X_OK) == 0) return candidate.string();
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  fail("find git: it is not in PATH");
}

std::string text_of(std::string_view name, int lines, int version) {
  std::string text;
  for (int line = 0; line < lines; ++line)
    fmt::format_to(std::back_inserter(text), "{} line {} version {}\n", name, line,
                   line == version % lines ? version : 0);
  return text;
}

std::string file_name(int number) {
  return fmt::format("area{:02}/part{:02}.txt", number % kDirectories, number / kDirectories % kFilesEach);
}

class History {
 public:
  /// One file of the tree changes. `from`: the mark of the parent; 0 continues the branch.
  int commit(std::string_view branch, int from, std::string_view file, const std::string& text) {
    begin(branch, from);
    add_file(file, text);
    return mark_;
  }

  int commit_first_tree(std::string_view shared_text) {
    begin("main", 0);
    for (int number = 0; number < kDirectories * kFilesEach; ++number)
      add_file(file_name(number), text_of(file_name(number), kLinesEach, 0));
    add_file(kSharedFile, shared_text);
    return mark_;
  }

  const std::string& stream() {
    stream_ += "done\n";
    return stream_;
  }

 private:
  void begin(std::string_view branch, int from) {
    ++mark_;
    const std::string message = fmt::format("Commit {} on {}", mark_, branch);
    fmt::format_to(std::back_inserter(stream_),
                   "commit refs/heads/{}\nmark :{}\ncommitter Bench <bench@example.org> {} +0000\ndata {}\n{}\n",
                   branch, mark_, 1'700'000'000 + mark_ * 60LL, message.size(), message);
    if (from != 0) fmt::format_to(std::back_inserter(stream_), "from :{}\n", from);
  }
  void add_file(std::string_view file, std::string_view text) {
    fmt::format_to(std::back_inserter(stream_), "M 100644 inline {}\ndata {}\n{}\n", file, text.size(), text);
  }

  std::string stream_ = "feature done\n";
  int mark_ = 0;
};

/// The shared file as one branch leaves it.
std::string shared_text(int branches, int branch, Overlap overlap) {
  std::string text;
  for (int line = 0; line < branches * kSharedLines; ++line) {
    const bool is_changed = overlap == Overlap::kShared ? line == branch * kSharedLines : line == 0;
    fmt::format_to(std::back_inserter(text), "shared line {}", line);
    if (is_changed && branch >= 0) fmt::format_to(std::back_inserter(text), " changed by {}", branch);
    text += '\n';
  }
  return text;
}

}  // namespace

Command git_command(const fs::path& directory, std::vector<std::string> arguments) {
  static const std::string git = find_git();
  const char* path = std::getenv("PATH");
  arguments.insert(arguments.begin(), {git, "-c", "gc.auto=0", "-c", "advice.detachedHead=false"});
  return {.arguments = std::move(arguments),
          .environment = {fmt::format("PATH={}", path == nullptr ? "/usr/bin:/bin" : path),
                          "HOME=" + directory.string(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
                          "GIT_AUTHOR_DATE=1701000000 +0000", "GIT_COMMITTER_DATE=1701000000 +0000"},
          .directory = directory};
}

std::string run_git(const fs::path& directory, std::vector<std::string> arguments, std::string_view input) {
  const std::string shown = arguments.front();
  Child child(git_command(directory, std::move(arguments)));
  write_all(child.in(), input);
  std::string output;
  if (const int code = child.finish(&output); code != 0) fail(fmt::format("git {}: exit code {}", shown, code));
  return output;
}

GeneratedRepository make_repository(const fs::path& directory, int commits, int worktrees, Overlap overlap) {
  GeneratedRepository made{.directory = directory / "repository", .worktrees = {}, .branches = {}};
  const int on_main = worktrees == 0 ? commits : std::max(1, commits / 2);
  History history;
  std::vector<int> main_marks{history.commit_first_tree(shared_text(worktrees, -1, overlap))};
  for (int i = 1; i < on_main; ++i) {
    const std::string file = file_name(i % (kDirectories * kFilesEach));
    main_marks.push_back(history.commit("main", 0, file, text_of(file, kLinesEach, i)));
  }
  int left = commits - on_main;
  for (int branch = 0; branch < worktrees; ++branch) {
    made.branches.push_back(fmt::format("stream-{:03}", branch));
    const std::string& name = made.branches.back();
    const int own = left / (worktrees - branch);
    left -= own;
    // Forks spread over the younger half of main.
    const auto fork = main_marks.size() - 1 -
                      static_cast<std::size_t>(branch) * (main_marks.size() / 2) / static_cast<std::size_t>(worktrees);
    int from = main_marks[fork];
    const std::string own_file = fmt::format("{}/notes.txt", name);
    for (int i = 0; i < own; ++i, from = 0) {
      if (i == 0 && overlap != Overlap::kApart)
        history.commit(name, from, kSharedFile, shared_text(worktrees, branch, overlap));
      else
        history.commit(name, from, own_file, text_of(name, kLinesEach, i));
    }
  }

  fs::create_directories(made.directory);
  run_git(made.directory, {"init", "--quiet", "--initial-branch=main"});
  run_git(made.directory, {"config", "user.name", "Bench"});
  run_git(made.directory, {"config", "user.email", "bench@example.org"});
  run_git(made.directory, {"fast-import", "--quiet", "--done"}, history.stream());
  run_git(made.directory, {"reset", "--quiet", "--hard", "main"});
  for (const std::string& branch : made.branches) {
    made.worktrees.push_back(directory / branch);
    run_git(made.directory, {"worktree", "add", "--quiet", made.worktrees.back().string(), branch});
  }
  return made;
}

}  // namespace bench
