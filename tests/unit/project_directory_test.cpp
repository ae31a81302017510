#include "project/directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>

#include "os/file.h"
#include "os/lock.h"
#include "project/record.h"
#include "support/ordinary_user.h"
#include "support/temporary_directory.h"

namespace stream_status::project {
namespace {

using testing::TemporaryDirectory;
using testing::text_of_file;
using testing::write_text;

class Directory : public ::testing::Test {
 protected:
  Directory() { home_ = locate_home({temporary_ / "home", nullptr}).value(); }

  /// A project whose root exists, at `parent`/`name` below the temporary directory.
  Project project(const std::string& parent, const std::string& name) const {
    const std::string root = temporary_ / (parent + "/" + name);
    std::filesystem::create_directories(root);
    return {root, root, name, root, false};
  }
  std::string name_of(const Project& project) const {
    const auto directory = open_project_directory(home_, project);
    if (!directory) ADD_FAILURE() << directory.error().message;
    return directory ? directory->name : "";
  }
  std::string path(const std::string& name) const { return home_.projects() + "/" + name; }

  const TemporaryDirectory temporary_;
  Home home_;
};

TEST_F(Directory, IsMadeOnceAndFoundAgain) {
  const Project app = project("a", "app");
  EXPECT_FALSE(find_project_directory(home_, app)->has_value());
  EXPECT_FALSE(std::filesystem::exists(home_.base)) << "finding makes nothing";
  const auto made = open_project_directory(home_, app);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->name, "app");
  EXPECT_EQ(made->path, path("app"));
  EXPECT_EQ(made->log_name(), "api-server-app.log");
  EXPECT_EQ(text_of_file(path("app/owner")), app.key + "\n");
  EXPECT_EQ(name_of(app), "app");
  const auto found = find_project_directory(home_, app);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(os::identity_of((*found)->fd), os::identity_of(made->fd));
}

TEST_F(Directory, TwoRootsWithOneBasenameNeverShareIt) {
  const Project first = project("a", "app");
  const Project second = project("b", "app");
  const Project third = project("c", "app");
  EXPECT_EQ(name_of(first), "app");
  const std::string second_name = name_of(second);
  EXPECT_EQ(second_name.size(), std::string("app-01234567").size());
  EXPECT_TRUE(second_name.starts_with("app-"));
  EXPECT_EQ(second_name.find_first_not_of("0123456789abcdef", 4), std::string::npos);
  EXPECT_NE(name_of(third), second_name);
  EXPECT_EQ(name_of(first), "app");
  EXPECT_EQ(name_of(second), second_name);
  EXPECT_FALSE(find_project_directory(home_, project("d", "app"))->has_value());
}

TEST_F(Directory, TheHashIsOfTheKeyAndStaysWhenThePlainNameBecomesFree) {
  const Project first = project("a", "app");
  Project second = project("b", "app");
  second.key = "abc";  // sha256: ba7816bf 8f01cfea … (FIPS 180-2, appendix B.1)
  name_of(first);
  EXPECT_EQ(name_of(second), "app-ba7816bf");
  std::filesystem::remove_all(path("app"));
  EXPECT_EQ(name_of(second), "app-ba7816bf");
  EXPECT_EQ(find_project_directory(home_, second).value()->name, "app-ba7816bf");
  EXPECT_EQ(name_of(first), "app");
}

TEST_F(Directory, ANewOneGoesWhereTheBackupsAreTheProjectsOwn) {
  const Project app = project("a", "app");
  Project other = project("b", "app");
  other.key = "abc";
  const std::string plain = home_.backups + "/app";
  const std::string hashed = home_.backups + "/app-ba7816bf";
  struct Row {
    const char* plain;  ///< owner of the backups of that name; "": none is written; nullptr: there are no backups
    const char* hashed;
    const char* taken;
  };
  const Row rows[] = {
      {nullptr, nullptr, "app"},         {"", nullptr, "app"},
      {"abc", nullptr, "app"},           {"/a/app", nullptr, "app-ba7816bf"},
      {nullptr, "abc", "app-ba7816bf"},  {"", "abc", "app-ba7816bf"},
      {"", "", "app-ba7816bf"},          {"abc", "", "app"},
      {"/a/app", "abc", "app-ba7816bf"}, {"", "/c/app-ba7816bf", "app"},
  };
  for (const Row& row : rows) {
    std::filesystem::remove_all(home_.base);
    std::filesystem::remove_all(home_.backups);
    for (const auto& [place, owner] : {std::pair{plain, row.plain}, std::pair{hashed, row.hashed}}) {
      if (owner == nullptr) continue;
      std::filesystem::create_directories(place);
      if (*owner != '\0') write_text(place + "/owner", std::string(owner) + "\n");
    }
    EXPECT_EQ(find_backups_name(home_, other).value_or("none"), row.taken);
    EXPECT_EQ(name_of(other), row.taken) << (row.plain ? row.plain : "-") << ' ' << (row.hashed ? row.hashed : "-");
    EXPECT_EQ(find_backups_name(home_, other).value_or("none"), row.taken);
    EXPECT_EQ(open_project_directory(home_, other)->key, "abc");
  }
}

TEST_F(Directory, ManyProjectsAndProcessesAtOnceEachGetTheirOwn) {
  constexpr int kProjects = 4;
  constexpr int kProcesses = 4;
  std::vector<Project> projects;
  for (int i = 0; i < kProjects; ++i) projects.push_back(project(std::to_string(i), "app"));
  std::vector<pid_t> children;
  for (int i = 0; i < kProjects * kProcesses; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) {
      // As a server does, each goes on to write: a slower one must not take that for a founding directory.
      const auto directory = open_project_directory(home_, projects[static_cast<std::size_t>(i % kProjects)]);
      const bool locked = directory && os::FileLock::try_acquire(directory->fd, kServerLockName);
      ::_exit(locked ? 0 : 1);
    }
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  std::set<std::string> names;
  for (const Project& project : projects) names.insert(name_of(project));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kProjects));
  EXPECT_TRUE(names.contains("app"));
  EXPECT_EQ(list_project_directories(home_)->size(), static_cast<std::size_t>(kProjects));
}

TEST_F(Directory, OneThatWasMadeAndNotYetGivenAnOwnerIsTaken) {
  const Project app = project("a", "app");
  name_of(project("a", "other"));
  std::filesystem::create_directory(path("app"));
  write_text(path("app/owner.tmp-0123456789abcdef"), "left by a crash");
  EXPECT_FALSE(find_project_directory(home_, app)->has_value());
  EXPECT_EQ(name_of(app), "app");
  EXPECT_EQ(text_of_file(path("app/owner")), app.key + "\n");
}

/// A directory as the founding implementation left it; `root`: of its record, empty: it left none.
class FoundingDirectory : public Directory {
 protected:
  void leave(const std::string& root, std::int64_t pid = kNoProcess) const {
    name_of(project("a", "other"));  // makes projects/
    write_text(path("app/streams.db"), "SQLite format 3");
    if (root.empty()) return;
    write_text(path("app/.api-server.lock"),
               fmt::format(R"({{"pid":{},"port":3001,"projectRoot":"{}","projectName":"app",)"
                           R"("startedAt":"2025-01-01T00:00:00Z","nodeVersion":"v20.1.0"}})",
                           pid, root));
    std::filesystem::permissions(path("app"), std::filesystem::perms(0755));
  }
  void expect_untouched() const {
    EXPECT_EQ(text_of_file(path("app/streams.db")), "SQLite format 3");
    EXPECT_FALSE(std::filesystem::exists(path("app/owner")));
    EXPECT_EQ(std::filesystem::status(path("app")).permissions(), std::filesystem::perms(0755));
  }
  static constexpr std::int64_t kNoProcess = 4'194'304;
};

TEST_F(FoundingDirectory, BecomesTheProjectsWhenNothingSaysOtherwise) {
  const Project app = project("a", "app");
  for (const std::string& root : {std::string(), app.root, temporary_ / "gone/app"}) {
    leave(root);
    EXPECT_FALSE(find_project_directory(home_, app)->has_value()) << "finding takes nothing";
    const auto namesake = find_namesake(home_, app);
    ASSERT_TRUE(namesake && *namesake) << root;
    EXPECT_EQ((*namesake)->kind, Namesake::Kind::kFoundingData);
    EXPECT_EQ((*namesake)->path, path("app"));
    EXPECT_FALSE(std::filesystem::exists(path("app/owner")));
    EXPECT_EQ(name_of(app), "app") << root;
    EXPECT_EQ(text_of_file(path("app/owner")), app.key + "\n");
    EXPECT_EQ(text_of_file(path("app/streams.db")), "SQLite format 3") << "the database is the server's to take over";
    EXPECT_EQ(std::filesystem::status(path("app")).permissions(), std::filesystem::perms(0700));
    EXPECT_FALSE(find_namesake(home_, app)->has_value());
    std::filesystem::remove_all(path("app"));
  }
}

TEST_F(FoundingDirectory, OfAnotherProjectIsLeftToIt) {
  const Project app = project("a", "app");
  const Project theirs = project("b", "app");
  leave(theirs.root, ::getpid());
  EXPECT_FALSE(find_project_directory(home_, app)->has_value());
  EXPECT_TRUE(name_of(app).starts_with("app-"));
  expect_untouched();
  const auto namesake = find_namesake(home_, app);
  ASSERT_TRUE(namesake && *namesake);
  EXPECT_EQ((*namesake)->kind, Namesake::Kind::kOtherProject);
  EXPECT_EQ((*namesake)->owner, theirs.root);
  leave(theirs.root);
  EXPECT_EQ(name_of(theirs), "app") << "once its server is gone, it gets its own data";
  EXPECT_EQ((*find_namesake(home_, app))->owner, theirs.key);
}

TEST_F(FoundingDirectory, WithALivingServerIsRefusedUntilItStops) {
  const Project app = project("a", "app");
  for (const std::string& root : {app.root, temporary_ / "gone/app"}) {
    leave(root, ::getpid());
    for (const auto& failed :
         {open_project_directory(home_, app).error(), find_project_directory(home_, app).error()}) {
      EXPECT_EQ(failed.code, ErrorCode::kIncompatible);
      EXPECT_NE(failed.message.find(path("app")), std::string::npos) << failed.message;
      EXPECT_NE(failed.message.find("founding"), std::string::npos) << failed.message;
      EXPECT_NE(failed.message.find(fmt::format("pid {}, port 3001", ::getpid())), std::string::npos) << failed.message;
      EXPECT_NE(failed.hint.find(fmt::format("kill {}", ::getpid())), std::string::npos) << failed.hint;
    }
    expect_untouched();
  }
}

TEST_F(FoundingDirectory, IsToldFromFilesOfNobodyKnown) {
  const Project app = project("a", "app");
  name_of(project("a", "other"));
  write_text(path("app/notes.txt"), "mine");
  const auto refused = open_project_directory(home_, app);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIncompatible);
  EXPECT_NE(refused.error().hint.find("mv "), std::string::npos) << refused.error().hint;
  EXPECT_FALSE(std::filesystem::exists(path("app/owner")));
  EXPECT_EQ(list_project_directories(home_)->front().owner_key, "");
}

TEST_F(Directory, OfOursWithoutItsOwnerIsToldFromTheFoundingOne) {
  const Project app = project("a", "app");
  const auto directory = open_project_directory(home_, app);
  (void)os::FileLock::try_acquire(directory->fd, kServerLockName);
  std::filesystem::remove(path("app/owner"));
  const auto again = open_project_directory(home_, app);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kIncompatible);
  EXPECT_NE(again.error().message.find("owner"), std::string::npos) << again.error().message;
  testing::shell(again.error().hint.substr(again.error().hint.find("echo"),
                                           again.error().hint.find(';') - again.error().hint.find("echo")));
  EXPECT_EQ(name_of(app), "app") << "the hint is the remedy";
}

TEST_F(Directory, NamesThatCanNotBeOnesGetAHash) {
  EXPECT_TRUE(name_of(project("a", ".lock")).starts_with(".lock-"));
  EXPECT_EQ(name_of(project("a", ".hidden")), ".hidden");
  const std::string long_name(255, 'x');
  const std::string given = name_of(project("a", long_name));
  EXPECT_TRUE(given.starts_with(std::string(200, 'x') + "-"));
  std::string long_utf8 = "x";
  while (long_utf8.size() < 254) long_utf8 += "é";
  EXPECT_TRUE(name_of(project("a", long_utf8)).starts_with("xé"));
  EXPECT_EQ(name_of(project("a", long_utf8)).size(), 199u + 9u) << "cut between characters";
}

TEST_F(Directory, AProjectNamedLikeAnothersHashStaysApart) {
  Project second = project("b", "app");
  second.key = "abc";
  const Project squatter = project("c", "app-ba7816bf");
  EXPECT_EQ(name_of(project("a", "app")), "app");
  EXPECT_EQ(name_of(squatter), "app-ba7816bf");
  const auto refused = open_project_directory(home_, second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIncompatible);
  EXPECT_NE(refused.error().hint, "");
}

TEST_F(Directory, APlaceThatIsNotPrivateIsRefusedWithAWayOut) {
  const Project app = project("a", "app");
  struct {
    const char* what;
    std::string place;
    void (*spoil)(const std::string& path);
  } const rows[] = {
      {"project directory writable by all", path("app"), [](const std::string& p) { ::chmod(p.c_str(), 0777); }},
      {"projects writable by all", home_.projects(), [](const std::string& p) { ::chmod(p.c_str(), 0777); }},
      {"home not writable", home_.base, [](const std::string& p) { ::chmod(p.c_str(), 0500); }},
      {"project directory is a symlink", path("app"),
       [](const std::string& p) {
         std::filesystem::remove_all(p);
         std::filesystem::create_directory_symlink("/", p);
       }},
      {"project directory is a file", path("app"),
       [](const std::string& p) {
         std::filesystem::remove_all(p);
         write_text(p, "");
       }},
  };
  for (const auto& row : rows) {
    name_of(app);
    row.spoil(row.place);
    const auto directory = open_project_directory(home_, app);
    ASSERT_FALSE(directory) << row.what;
    EXPECT_EQ(directory.error().code, ErrorCode::kPermissionDenied) << row.what;
    EXPECT_NE(directory.error().message.find(row.place), std::string::npos) << directory.error().message;
    EXPECT_NE(directory.error().hint.find("--home DIR"), std::string::npos) << directory.error().hint;
    ::chmod(home_.base.c_str(), 0700);
    std::filesystem::remove_all(home_.base);
  }
}

TEST_F(Directory, AReadableOneIsMadePrivate) {
  const Project app = project("a", "app");
  name_of(app);
  for (const std::string& place : {home_.base, home_.projects(), path("app")}) ::chmod(place.c_str(), 0755);
  name_of(app);
  for (const std::string& place : {home_.base, home_.projects(), path("app")})
    EXPECT_EQ(std::filesystem::status(place).permissions(), std::filesystem::perms::owner_all) << place;
}

TEST(DirectoryOfUser, AHomeThatCanNotBeMadeAndARootThatCanNotBeWrittenAreSaid) {
  const testing::OrdinaryUser user;
  const TemporaryDirectory temporary;
  std::filesystem::create_directories(temporary / "closed");
  std::filesystem::create_directories(temporary / "app");
  const Project app{temporary / "app", temporary / "app", "app", temporary / "app", false};

  ::chmod((temporary / "closed").c_str(), 0500);
  const Home no_home = locate_home({temporary / "closed/home", nullptr}).value();
  auto directory = open_project_directory(no_home, app);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(directory.error().message, "create directory: " + (temporary / "closed/home") + ": Permission denied");
  EXPECT_NE(directory.error().hint.find("STREAM_STATUS_HOME"), std::string::npos) << directory.error().hint;

  const Home home = locate_home({temporary / "home", nullptr}).value();
  ::chmod((temporary / "app").c_str(), 0500);
  directory = open_project_directory(home, app);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(directory.error().message.find(temporary / "app"), std::string::npos) << directory.error().message;
  EXPECT_NE(directory.error().hint.find("--project"), std::string::npos) << directory.error().hint;
  EXPECT_FALSE(std::filesystem::exists(temporary / "home/projects/app"));

  ::chmod((temporary / "app").c_str(), 0700);
  EXPECT_TRUE(open_project_directory(home, app));
  ::chmod((temporary / "app").c_str(), 0500);
  EXPECT_TRUE(open_project_directory(home, app)) << "a project that has its directory is served all the same";
  ::chmod((temporary / "app").c_str(), 0700);
  ::chmod((temporary / "closed").c_str(), 0700);
}

TEST_F(Directory, AUserWithoutAHomeDirectoryIsToldSo) {
  const os::Environment environment = {{"HOME", temporary_ / "absent"}};
  const Home home = locate_home({"", &environment}).value();
  EXPECT_FALSE(find_project_directory(home, project("a", "app"))->has_value());
  const auto directory = open_project_directory(home, project("a", "app"));
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(directory.error().message.find(temporary_ / "absent"), std::string::npos) << directory.error().message;
  EXPECT_NE(directory.error().hint.find("--home DIR"), std::string::npos) << directory.error().hint;
  EXPECT_FALSE(std::filesystem::exists(temporary_ / "absent"));
}

TEST_F(Directory, AllAreListedByNameWithTheirOwners) {
  EXPECT_TRUE(list_project_directories(home_)->empty());
  const Project b = project("x", "b");
  const Project a = project("x", "a");
  name_of(b);
  name_of(a);
  write_text(path("stray-file"), "");
  const auto known = list_project_directories(home_);
  ASSERT_EQ(known->size(), 2u);
  EXPECT_EQ(known->at(0).directory.name, "a");
  EXPECT_EQ(known->at(0).owner_key, a.key);
  EXPECT_EQ(known->at(1).directory.path, path("b"));
  EXPECT_EQ(known->at(1).owner_key, b.key);
}

}  // namespace
}  // namespace stream_status::project
