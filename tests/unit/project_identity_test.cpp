#include "project/identity.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/ordinary_user.h"
#include "support/temporary_directory.h"

namespace stream_status::project {
namespace {

using testing::shell;
using testing::TemporaryDirectory;
using testing::write_text;

/// Git as this machine's users have it not: no configuration, no hooks, a known name.
void git(const std::string& directory, const std::string& arguments) {
  shell(
      "env -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null git "
      "-C '" +
      directory +
      "' -c user.name=t -c user.email=t@example.org -c init.defaultBranch=main -c protocol.file.allow=always " +
      arguments + " >/dev/null 2>&1");
}

void make_repository(const std::string& path) {
  std::filesystem::create_directories(path);
  git(path, "init");
  git(path, "commit --allow-empty -m first");
}

class Identity : public ::testing::Test {
 protected:
  /// Seen from `current_directory` with nothing else given; the home directory is one that is not in the way.
  Result<Project> find(const std::string& current_directory, const std::string& flag = "") const {
    return find_project({flag, &environment_, current_directory});
  }
  Project get(const std::string& current_directory, const std::string& flag = "") const {
    const auto project = find(current_directory, flag);
    if (project) return *project;
    ADD_FAILURE() << project.error().message;
    return {};
  }
  ErrorCode code_of(const std::string& current_directory, const std::string& flag = "") const {
    const auto project = find(current_directory, flag);
    if (project) {
      ADD_FAILURE() << "found " << project->root;
      return ErrorCode::kInternal;
    }
    EXPECT_NE(project.error().hint, "") << project.error().message;
    return project.error().code;
  }

  const TemporaryDirectory temporary_;
  os::Environment environment_ = {{"HOME", "/nonexistent"}};
};

TEST_F(Identity, EveryWayIntoARepositoryLeadsToOneProject) {
  const std::string repository = temporary_ / "egirl";
  make_repository(repository);
  git(repository, "worktree add ../feature -b feature");
  git(repository, "worktree add ../detached --detach");
  std::filesystem::create_directories(repository + "/src/deep");
  std::filesystem::create_directories(temporary_ / "feature/src");
  std::filesystem::create_directory_symlink(repository, temporary_ / "link");
  struct {
    const char* what;
    std::string current_directory;
    std::string flag;
    std::string worktree;
  } const rows[] = {
      {"main worktree", repository, "", repository},
      {"directory in it", repository + "/src/deep", "", repository},
      {"symlink", temporary_ / "link", "", repository},
      {"directory behind a symlink", temporary_ / "link/src", "", repository},
      {"linked worktree", temporary_ / "feature", "", temporary_ / "feature"},
      {"directory in a linked worktree", temporary_ / "feature/src", "", temporary_ / "feature"},
      {"detached worktree", temporary_ / "detached", "", temporary_ / "detached"},
      {"inside .git", repository + "/.git/refs", "", repository},
      {".git itself", repository + "/.git", "", repository},
      {"git directory of a linked worktree", repository + "/.git/worktrees/feature", "", temporary_ / "feature"},
      {"flag from outside", "/", repository, repository},
      {"relative flag", temporary_ / "feature", "../egirl", temporary_ / "feature"},
      {"flag with dots and slashes", temporary_.path(), "./egirl//src/..", repository},
      {"flag that names a worktree", temporary_.path(), "feature", temporary_ / "feature"},
      {"flag that names one worktree, from another", temporary_ / "feature/src", temporary_ / "detached",
       temporary_ / "feature"},
  };
  for (const auto& row : rows) {
    const Project project = get(row.current_directory, row.flag);
    EXPECT_EQ(project.key, repository + "/.git") << row.what;
    EXPECT_EQ(project.root, repository) << row.what;
    EXPECT_EQ(project.name, "egirl") << row.what;
    EXPECT_EQ(project.worktree, row.worktree) << row.what;
    EXPECT_TRUE(project.is_git) << row.what;
  }
}

TEST_F(Identity, OutsideGitTheDirectoryIsTheProject) {
  std::filesystem::create_directories(temporary_ / "plain/sub");
  std::filesystem::create_directory_symlink("plain", temporary_ / "link");
  for (const Project& project : {get(temporary_ / "plain"), get(temporary_ / "link"), get("/", temporary_ / "link/."),
                                 get(temporary_ / "plain/sub", "..")}) {
    EXPECT_EQ(project.key, temporary_ / "plain");
    EXPECT_EQ(project.root, temporary_ / "plain");
    EXPECT_EQ(project.worktree, temporary_ / "plain");
    EXPECT_EQ(project.name, "plain");
    EXPECT_FALSE(project.is_git);
  }
  EXPECT_EQ(get(temporary_ / "plain/sub").root, temporary_ / "plain/sub");
}

TEST_F(Identity, TwoRepositoriesOfOneNameAreTwoProjects) {
  make_repository(temporary_ / "a/app");
  make_repository(temporary_ / "b/app");
  EXPECT_EQ(get(temporary_ / "a/app").name, get(temporary_ / "b/app").name);
  EXPECT_NE(get(temporary_ / "a/app").key, get(temporary_ / "b/app").key);
}

TEST_F(Identity, ARepositoryInARepositoryIsItsOwnProject) {
  make_repository(temporary_ / "outer");
  make_repository(temporary_ / "outer/vendor/inner");
  EXPECT_EQ(get(temporary_ / "outer/vendor/inner").root, temporary_ / "outer/vendor/inner");
  EXPECT_EQ(get(temporary_ / "outer/vendor").root, temporary_ / "outer");
}

TEST_F(Identity, ASubmoduleIsAProjectOfItsOwn) {
  make_repository(temporary_ / "library");
  make_repository(temporary_ / "super");
  git(temporary_ / "super", "submodule add ../library lib");
  git(temporary_ / "super/lib", "worktree add ../../lib-feature -b feature");
  const std::string key = temporary_ / "super/.git/modules/lib";
  for (const std::string& place : {temporary_ / "super/lib", temporary_ / "lib-feature", key, key + "/refs"}) {
    EXPECT_EQ(get(place).key, key) << place;
    EXPECT_EQ(get(place).root, temporary_ / "super/lib") << place;
    EXPECT_EQ(get(place).name, "lib") << place;
  }
  EXPECT_EQ(get(temporary_ / "lib-feature").worktree, temporary_ / "lib-feature");
  EXPECT_EQ(get(temporary_ / "super").root, temporary_ / "super");
}

TEST_F(Identity, ABareRepositoryWithWorktreesIsOneProject) {
  make_repository(temporary_ / "origin");
  git(temporary_.path(), "clone --bare origin plain.git");
  git(temporary_ / "plain.git", "worktree add ../plain-main main");
  for (const std::string& place :
       {temporary_ / "plain.git", temporary_ / "plain.git/refs", temporary_ / "plain-main"}) {
    EXPECT_EQ(get(place).key, temporary_ / "plain.git") << place;
    EXPECT_EQ(get(place).root, temporary_ / "plain.git") << place;
    EXPECT_EQ(get(place).name, "plain.git") << place;
  }

  std::filesystem::create_directory(temporary_ / "hidden");
  git(temporary_ / "hidden", "clone --bare ../origin .bare");
  write_text(temporary_ / "hidden/.git", "gitdir: ./.bare\n");
  git(temporary_ / "hidden", "worktree add main");
  for (const std::string& place : {temporary_ / "hidden", temporary_ / "hidden/main", temporary_ / "hidden/.bare"}) {
    EXPECT_EQ(get(place).key, temporary_ / "hidden/.bare") << place;
    EXPECT_EQ(get(place).root, temporary_ / "hidden") << place;
  }

  std::filesystem::create_directory(temporary_ / "dotgit");
  git(temporary_ / "dotgit", "clone --bare ../origin .git");
  git(temporary_ / "dotgit", "worktree add main");
  for (const std::string& place : {temporary_ / "dotgit", temporary_ / "dotgit/main"})
    EXPECT_EQ(get(place).root, temporary_ / "dotgit") << place;
}

TEST_F(Identity, AGitDirectoryKeptElsewhereIsOneProjectFromEverywhere) {
  std::filesystem::create_directory(temporary_ / "store");
  git(temporary_.path(), "init --separate-git-dir store/repo.git work");
  git(temporary_ / "work", "commit --allow-empty -m first");
  git(temporary_ / "work", "worktree add ../feature");
  EXPECT_EQ(get(temporary_ / "work").key, temporary_ / "store/repo.git");
  EXPECT_EQ(get(temporary_ / "work").root, get(temporary_ / "feature").root)
      << "the project's directory is named after it";
  EXPECT_EQ(get(temporary_ / "work").worktree, temporary_ / "work");
  EXPECT_EQ(get(temporary_ / "feature").worktree, temporary_ / "feature");
}

TEST_F(Identity, GitFilesAreFollowedWhetherAbsoluteOrRelative) {
  make_repository(temporary_ / "main");
  git(temporary_ / "main", "worktree add ../feature");
  for (const std::string& target :
       {temporary_ / "main/.git/worktrees/feature", std::string("../main/.git/worktrees/feature")})
    for (const char* end : {"\n", "\r\n", ""}) {
      write_text(temporary_ / "feature/.git", "gitdir: " + target + end);
      EXPECT_EQ(get(temporary_ / "feature").root, temporary_ / "main") << target;
    }
  std::filesystem::rename(temporary_ / "main/.git", temporary_ / "store");
  std::filesystem::create_directory_symlink("../store", temporary_ / "main/.git");
  EXPECT_EQ(get(temporary_ / "main").key, temporary_ / "store") << "one repository, however its .git is reached";
}

TEST_F(Identity, ABrokenGitFileIsSaid) {
  struct {
    const char* what;
    std::string text;
  } const rows[] = {
      {"empty", ""},
      {"something else", "hello\n"},
      {"points nowhere", "gitdir: /nonexistent/.git/worktrees/x\n"},
      {"points to a plain directory", "gitdir: .\n"},
      {"points to nothing", "gitdir: \n"},
      {"huge", std::string(1 << 20, 'x')},
  };
  for (const auto& row : rows) {
    write_text(temporary_ / "place/.git", row.text);
    const auto project = find(temporary_ / "place");
    ASSERT_FALSE(project) << row.what;
    EXPECT_EQ(project.error().code, ErrorCode::kProjectNotFound) << row.what;
    EXPECT_NE(project.error().message.find(temporary_ / "place/.git"), std::string::npos) << project.error().message;
    EXPECT_NE(project.error().hint.find("git worktree repair"), std::string::npos) << row.what;
  }

  make_repository(temporary_ / "main");
  git(temporary_ / "main", "worktree add ../feature");
  write_text(temporary_ / "main/.git/worktrees/feature/commondir", "../../gone\n");
  EXPECT_EQ(code_of(temporary_ / "feature"), ErrorCode::kProjectNotFound);
}

TEST_F(Identity, WhatOnlyLooksLikeARepositoryIsWalkedPast) {
  make_repository(temporary_ / "outer");
  std::filesystem::create_directories(temporary_ / "outer/empty/.git");
  std::filesystem::create_directories(temporary_ / "outer/dangling");
  std::filesystem::create_symlink("/nonexistent", temporary_ / "outer/dangling/.git");
  std::filesystem::create_directories(temporary_ / "outer/loop");
  std::filesystem::create_symlink(".git", temporary_ / "outer/loop/.git");
  std::filesystem::create_directories(temporary_ / "outer/fifo");
  ASSERT_EQ(::mkfifo((temporary_ / "outer/fifo/.git").c_str(), 0600), 0);
  write_text(temporary_ / "outer/head/HEAD", "ref: refs/heads/main\n");
  for (const char* name : {"empty", "dangling", "loop", "fifo", "head"})
    EXPECT_EQ(get(temporary_ / ("outer/" + std::string(name))).root, temporary_ / "outer") << name;
}

TEST_F(Identity, TheFlagWinsOverTheEnvironmentAndThatOverTheCurrentDirectory) {
  for (const char* name : {"flag", "root", "claude", "cwd"}) std::filesystem::create_directory(temporary_ / name);
  EXPECT_EQ(get(temporary_ / "cwd").name, "cwd");
  environment_["CLAUDE_PROJECT_DIR"] = temporary_ / "claude";
  EXPECT_EQ(get(temporary_ / "cwd").name, "claude");
  environment_["PROJECT_ROOT"] = "../root";
  EXPECT_EQ(get(temporary_ / "cwd").name, "root");
  EXPECT_EQ(get(temporary_ / "cwd", temporary_ / "flag").name, "flag");
  environment_["PROJECT_ROOT"] = "";
  environment_["CLAUDE_PROJECT_DIR"] = "";
  EXPECT_EQ(get(temporary_ / "cwd").name, "cwd");
  EXPECT_EQ(find_project({"", nullptr, temporary_ / "cwd"})->name, "cwd");
}

TEST_F(Identity, GitsOwnEnvironmentDoesNotCount) {
  make_repository(temporary_ / "a");
  make_repository(temporary_ / "b");
  environment_["GIT_DIR"] = temporary_ / "b/.git";
  environment_["GIT_WORK_TREE"] = temporary_ / "b";
  EXPECT_EQ(get(temporary_ / "a").root, temporary_ / "a");
}

TEST_F(Identity, APlaceThatIsNoDirectoryIsRefusedAndItsSourceNamed) {
  write_text(temporary_ / "file", "");
  std::filesystem::create_symlink("absent", temporary_ / "dangling");
  for (const std::string& place :
       {temporary_ / "absent", temporary_ / "file", temporary_ / "dangling", temporary_ / "file/x",
        std::string("~/project"), std::string("${workspaceFolder}")}) {
    EXPECT_EQ(code_of(temporary_.path(), place), ErrorCode::kProjectNotFound) << place;
    for (const char* variable : {"PROJECT_ROOT", "CLAUDE_PROJECT_DIR"}) {
      environment_[variable] = place;
      const auto project = find(temporary_.path());
      ASSERT_FALSE(project) << place;
      EXPECT_NE(project.error().message.find(variable), std::string::npos) << project.error().message;
      EXPECT_NE(project.error().message.find(place), std::string::npos) << project.error().message;
      environment_.erase(variable);
    }
  }
  EXPECT_NE(find(temporary_.path(), "~/x").error().hint.find("~"), std::string::npos);
  EXPECT_EQ(code_of(""), ErrorCode::kProjectNotFound) << "the current directory was removed";
  EXPECT_EQ(code_of("", "relative"), ErrorCode::kProjectNotFound);
  EXPECT_EQ(get("", temporary_.path()).root, temporary_.path());
}

TEST_F(Identity, ADirectoryThatMayNotBeSearchedIsARefusal) {
  const testing::OrdinaryUser user;
  const TemporaryDirectory closed;
  std::filesystem::create_directory(closed / "project");
  ::chmod(closed.path().c_str(), 0);
  EXPECT_EQ(code_of("/", closed / "project"), ErrorCode::kPermissionDenied);
  ::chmod(closed.path().c_str(), 0700);
}

TEST_F(Identity, APathThatIsNotUtf8IsRefused) {
  std::filesystem::create_directory(temporary_ / "caf\xe9");
  EXPECT_EQ(code_of(temporary_ / "caf\xe9"), ErrorCode::kProjectNotFound);
}

TEST_F(Identity, RootAndHomeAreProjectsOnlyWhenNamed) {
  const std::string home = temporary_ / "me";
  std::filesystem::create_directory(home);
  std::filesystem::create_directory_symlink("me", temporary_ / "link");
  for (const std::string& spelling : {home, home + "/", temporary_ / "link"}) {
    environment_["HOME"] = spelling;
    for (const std::string& place : {home, temporary_ / "link", std::string("/")}) {
      const auto project = find(place);
      ASSERT_FALSE(project) << place;
      EXPECT_EQ(project.error().code, ErrorCode::kProjectNotFound);
      EXPECT_NE(project.error().hint.find("--project"), std::string::npos) << project.error().hint;
      environment_["CLAUDE_PROJECT_DIR"] = place;
      EXPECT_EQ(code_of(temporary_.path()), ErrorCode::kProjectNotFound);
      environment_.erase("CLAUDE_PROJECT_DIR");
    }
    EXPECT_EQ(get("/", home).root, home);
    environment_["PROJECT_ROOT"] = home;
    EXPECT_EQ(get("/").root, home);
    environment_.erase("PROJECT_ROOT");
  }
  EXPECT_EQ(get("/", "/").root, "/");
  EXPECT_EQ(get("/", "/").name, "root");
}

TEST_F(Identity, ARepositoryInTheHomeDirectoryIsUsedFromBelowItOnly) {
  const std::string home = temporary_ / "me";
  make_repository(home);
  std::filesystem::create_directory(home + "/notes");
  environment_["HOME"] = home;
  EXPECT_EQ(code_of(home), ErrorCode::kProjectNotFound);
  EXPECT_EQ(get(home + "/notes").root, home);
  EXPECT_EQ(get(home, ".").root, home);
}

TEST_F(Identity, TheBranchIsThatOfTheWorktree) {
  make_repository(temporary_ / "main");
  git(temporary_ / "main", "worktree add ../feature -b area/feature");
  git(temporary_ / "main", "worktree add ../detached --detach");
  EXPECT_EQ(find_branch(temporary_ / "main"), "main");
  EXPECT_EQ(find_branch(temporary_ / "feature"), "area/feature");
  EXPECT_EQ(find_branch(temporary_ / "detached"), "");
  EXPECT_EQ(find_branch(temporary_.path()), "");
  EXPECT_EQ(find_branch("/nonexistent"), "");
}

}  // namespace
}  // namespace stream_status::project
