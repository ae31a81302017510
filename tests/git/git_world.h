// A real repository for one test, made and changed by git itself, cut off from the machine's own git settings.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "git/git.h"
#include "git/refs.h"
#include "git/worktrees.h"
#include "os/program.h"
#include "support/temporary_directory.h"

namespace stream_status::testing {

/// One commit is one minute later than the one before, whatever the clock says.
class GitWorld {
 public:
  /// With one commit on main that holds the file "base.txt".
  GitWorld() {
    environment_ = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                    {"HOME", directory_.path()},
                    {"LC_ALL", "C"},
                    {"GIT_CONFIG_GLOBAL", "/dev/null"},
                    {"GIT_CONFIG_NOSYSTEM", "1"},
                    {"GIT_AUTHOR_NAME", "Ada"},
                    {"GIT_AUTHOR_EMAIL", "ada@example.org"},
                    {"GIT_COMMITTER_NAME", "Ada"},
                    {"GIT_COMMITTER_EMAIL", "ada@example.org"}};
    run({"init", "-q", "-b", "main", root()}, directory_.path());
    write("base.txt", "base\n");
    commit("base");
  }

  std::string root() const { return directory_ / "repository"; }
  std::string path(const std::string& name) const { return directory_ / name; }  ///< beside the repository

  /// Runs git; it must succeed. Empty directory: the main worktree. → standard output without its last newline.
  std::string run(const std::vector<std::string>& arguments, const std::string& directory = {}) {
    os::ProgramResult result = try_run(arguments, directory);
    EXPECT_EQ(result.exit_code, 0) << "git " << (arguments.empty() ? "" : arguments.front()) << ": "
                                   << result.error_output << result.output;
    if (!result.output.empty() && result.output.back() == '\n') result.output.pop_back();
    return std::move(result.output);
  }
  os::ProgramResult try_run(const std::vector<std::string>& arguments, const std::string& directory = {},
                            const std::string& input = {}) {
    os::ProgramCall call{*os::find_program("git", environment_), arguments};
    const std::string date = std::to_string(1'700'000'000 + 60 * minute_) + " +0000";
    call.environment = environment_;
    call.environment["GIT_AUTHOR_DATE"] = date;
    call.environment["GIT_COMMITTER_DATE"] = date;
    call.directory = directory.empty() ? root() : directory;
    call.input = input;
    auto result = os::run_program(call);
    EXPECT_TRUE(result) << result.error().message;
    return result ? std::move(*result) : os::ProgramResult{};
  }

  void write(const std::string& file, const std::string& text, const std::string& worktree = {}) {
    write_text((worktree.empty() ? root() : worktree) + "/" + file, text);
  }
  /// Commits everything in the worktree. → the commit
  std::string commit(const std::string& message, const std::string& worktree = {}) {
    ++minute_;
    run({"add", "-A"}, worktree);
    run({"commit", "-q", "--allow-empty", "-m", message}, worktree);
    return run({"rev-parse", "HEAD"}, worktree);
  }
  std::string commit_file(const std::string& file, const std::string& text, const std::string& worktree = {}) {
    write(file, text, worktree);
    return commit("change " + file, worktree);
  }
  /// A linked worktree beside the repository, on a new branch of that name from `start`. → its path
  std::string add_worktree(const std::string& branch, const std::string& start = "main") {
    std::string place = path("worktree-" + std::to_string(worktrees_++));
    run({"worktree", "add", "-q", "-b", branch, place, start});
    return place;
  }
  std::string tip(const std::string& revision) { return run({"rev-parse", "--verify", revision + "^{commit}"}); }

  /// As the server opens it.
  std::unique_ptr<git::Git> open() {
    os::Environment environment{{"PATH", environment_.at("PATH")}, {"HOME", environment_.at("HOME")}};
    auto opened = git::Git::open({root(), environment});
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  os::Environment& environment() { return environment_; }

 private:
  TemporaryDirectory directory_;
  os::Environment environment_;
  int minute_ = 0;
  int worktrees_ = 0;
};

}  // namespace stream_status::testing
