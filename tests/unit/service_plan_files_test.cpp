#include "service/plan_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "os/beneath.h"
#include "support/ordinary_user.h"
#include "support/temporary_directory.h"

namespace stream_status::service {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::OrdinaryUser;
using testing::TemporaryDirectory;
using testing::write_text;
using namespace std::string_literals;

class PlanFilesTest : public ::testing::Test {
 protected:
  void plan(const std::string& name, const std::string& text) const { write_text(plans_ + "/" + name, text); }
  PlanFiles read() const { return read_plan_files(root_); }
  std::vector<std::string> paths(std::string_view id) const { return plan_paths_of(root_, id); }

  static std::vector<std::string> ids(const PlanFiles& files) {
    std::vector<std::string> ids;
    for (const auto& stream : files.streams) ids.push_back(stream.id.text);
    return ids;
  }

  /// The one problem there is.
  PlanFiles::Problem problem() const {
    const PlanFiles files = read();
    EXPECT_EQ(files.problems.size(), 1u);
    return files.problems.empty() ? PlanFiles::Problem{} : files.problems.front();
  }

  const TemporaryDirectory temporary_;
  const std::string root_ = temporary_ / "project";
  const std::string plans_ = root_ + "/.project/plan/streams";
};

TEST_F(PlanFilesTest, AProjectWithoutTheDirectoryHasNone) {
  for (const std::string& made : {root_, root_ + "/.project", root_ + "/.project/plan", plans_}) {
    const PlanFiles files = read();
    EXPECT_THAT(files.streams, IsEmpty());
    EXPECT_THAT(files.problems, IsEmpty());
    EXPECT_EQ(files.skipped, 0);
    EXPECT_THAT(paths("auth"), IsEmpty());
    fs::create_directory(made);
  }
  EXPECT_THAT(read().problems, IsEmpty());
}

TEST_F(PlanFilesTest, AreFilesAndReadmesOfDirectoriesInTheOrderOfTheirIds) {
  plan("search.md", "# Search");
  plan("0102-auth/README.md", "---\ntitle: Auth\nstatus: active\n---\n");
  plan("0102-auth/notes.md", "# Notes");
  plan("sync.md", "");
  const PlanFiles files = read();
  EXPECT_THAT(ids(files), ElementsAre("0102-auth", "search", "sync"));
  EXPECT_THAT(files.files, ElementsAre(".project/plan/streams/0102-auth/README.md", ".project/plan/streams/search.md",
                                       ".project/plan/streams/sync.md"));
  EXPECT_EQ(files.streams[0].title, "Auth");
  EXPECT_EQ(files.streams[0].status, domain::Status::kActive);
  EXPECT_EQ(files.streams[1].title, "Search");
  EXPECT_EQ(files.streams[2].title, "sync");
  EXPECT_THAT(files.problems, IsEmpty());
  EXPECT_EQ(files.skipped, 0);
}

TEST_F(PlanFilesTest, WhatIsNoPlanFileIsCountedAndLeftAlone) {
  for (const char* name : {".DS_Store", "._auth.md", ".hidden.md", ".md", "README.md", "notes.txt", "auth", "auth.MD"})
    plan(name, "not a plan");
  fs::create_directories(plans_ + "/empty");
  fs::create_directories(plans_ + "/.git");
  const PlanFiles files = read();
  EXPECT_THAT(files.streams, IsEmpty());
  EXPECT_THAT(files.problems, IsEmpty());
  EXPECT_EQ(files.skipped, 10);
}

TEST_F(PlanFilesTest, ABadFileIsNamedWithItsLineAndTheOthersAreTaken) {
  plan("auth.md", "---\nstatus: done\n---\n");
  plan("binary/README.md", std::string("# A\n\0", 5));
  plan("sync.md", "# Sync");
  const PlanFiles files = read();
  EXPECT_THAT(ids(files), ElementsAre("sync"));
  ASSERT_EQ(files.problems.size(), 2u);
  EXPECT_EQ(files.problems[0].file, ".project/plan/streams/auth.md");
  EXPECT_EQ(files.problems[0].line, 2);
  EXPECT_THAT(files.problems[0].reason, HasSubstr("\"done\" is not one of: initializing"));
  EXPECT_EQ(files.problems[1].file, ".project/plan/streams/binary/README.md");
  EXPECT_EQ(files.problems[1].line, 2);
  EXPECT_THAT(files.problems[1].reason, HasSubstr("binary"));
}

TEST_F(PlanFilesTest, ANameThatIsNoIdIsSaidWithWhatIsAllowed) {
  for (const std::string& name : {"My Plan.md"s, "-auth.md"s, "Auth/README.md"s, "a\nb.md"s, "\xff.md"s, "größe.md"s,
                                  std::string(65, 'x') + ".md"})
    plan(name, "# Plan");
  const PlanFiles files = read();
  EXPECT_THAT(files.streams, IsEmpty());
  ASSERT_EQ(files.problems.size(), 7u);
  std::set<std::string> named;
  for (const auto& problem : files.problems) {
    named.insert(problem.file.substr(plans_.size() - root_.size()));
    EXPECT_TRUE(is_utf8(problem.file));
    EXPECT_EQ(problem.line, std::nullopt);
    EXPECT_THAT(problem.reason, HasSubstr("allowed: 1 to 64 of a-z, 0-9 and -"));
  }
  EXPECT_THAT(named, ElementsAre("-auth.md", "Auth/README.md", "My Plan.md", R"(\xff.md)", R"(a\x0ab.md)", "größe.md",
                                 std::string(65, 'x') + ".md"));
}

TEST_F(PlanFilesTest, TwoPlansOfOneStreamAreNoneUntilOneIsGone) {
  plan("auth.md", "# File");
  plan("auth/README.md", "# Directory");
  EXPECT_THAT(read().streams, IsEmpty());
  EXPECT_EQ(problem().file, ".project/plan/streams/auth.md");
  EXPECT_THAT(problem().reason, HasSubstr("auth/README.md is a plan of the same stream"));
  fs::remove(plans_ + "/auth/README.md");
  EXPECT_THAT(ids(read()), ElementsAre("auth"));
}

TEST_F(PlanFilesTest, SymlinksAreNotFollowedWhereverTheyStand) {
  plan("real.md", "# Real");
  write_text(temporary_ / "outside/README.md", "# Secret");
  fs::create_symlink(temporary_ / "outside/README.md", plans_ + "/file.md");
  fs::create_symlink(temporary_ / "outside", plans_ + "/directory");
  fs::create_symlink("real.md", plans_ + "/inside.md");
  fs::create_symlink("nowhere", plans_ + "/dangling.md");
  fs::create_directory(plans_ + "/own");
  fs::create_symlink(temporary_ / "outside/README.md", plans_ + "/own/README.md");
  const PlanFiles files = read();
  EXPECT_THAT(ids(files), ElementsAre("real"));
  ASSERT_EQ(files.problems.size(), 5u);
  for (const auto& problem : files.problems) EXPECT_THAT(problem.reason, HasSubstr("symlink")) << problem.file;
  for (const char* id : {"file", "directory", "inside", "dangling", "own"}) EXPECT_THAT(paths(id), IsEmpty()) << id;
  EXPECT_FALSE(plan_directory_of(root_, "directory"));
}

TEST_F(PlanFilesTest, ASymlinkOnTheWayToTheDirectoryIsNotFollowed) {
  write_text(temporary_ / "outside/plan/streams/auth.md", "# Secret");
  write_text(temporary_ / "outside/streams/auth.md", "# Secret");
  struct Row {
    std::string link;
    std::string target;
  };
  for (const Row& row : std::vector<Row>{
           {".project", "outside"}, {".project/plan", "outside"}, {".project/plan/streams", "outside/streams"}}) {
    const fs::path link = fs::path(root_) / row.link;
    fs::create_directories(link.parent_path());
    fs::create_directory_symlink(temporary_ / row.target, link);
    EXPECT_THAT(read().streams, IsEmpty());
    EXPECT_EQ(problem().file, ".project/plan/streams");
    EXPECT_THAT(problem().reason, HasSubstr(row.link + ": a symlink, not followed"));
    EXPECT_THAT(paths("auth"), IsEmpty());
    fs::remove_all(root_);
  }
  fs::create_directory(temporary_ / "real-project");
  write_text(temporary_ / "real-project/.project/plan/streams/auth.md", "# Auth");
  fs::create_directory_symlink(temporary_ / "real-project", root_);
  EXPECT_THAT(ids(read()), ElementsAre("auth")) << "the project itself may be reached by one";
}

TEST_F(PlanFilesTest, AFileInThePlaceOfTheDirectoryIsSaid) {
  write_text(root_ + "/.project/plan/streams", "a file");
  EXPECT_THAT(problem().reason, HasSubstr(".project/plan/streams: not a directory"));
}

TEST_F(PlanFilesTest, FifosSocketsAndDirectoriesAreNotOpened) {
  fs::create_directories(plans_ + "/readme/README.md");
  fs::create_directories(plans_ + "/pipe");
  ASSERT_EQ(::mkfifo((plans_ + "/fifo.md").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((plans_ + "/fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((plans_ + "/pipe/README.md").c_str(), 0600), 0);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string socket = plans_ + "/socket.md";
  ASSERT_LT(socket.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(listener);
  const PlanFiles files = read();
  EXPECT_THAT(files.streams, IsEmpty());
  EXPECT_EQ(files.skipped, 1) << "the FIFO that does not even claim to be a plan";
  ASSERT_EQ(files.problems.size(), 4u);
  for (const auto& problem : files.problems) EXPECT_EQ(problem.reason, "not a regular file") << problem.file;
}

TEST_F(PlanFilesTest, LargerThanALimitIsRefusedWithItsSize) {
  plan("just.md", "# Just\n" + std::string(domain::kPlanFileLimit - 7, 'x'));
  EXPECT_THAT(ids(read()), ElementsAre("just"));
  plan("large.md", "");
  fs::resize_file(plans_ + "/large.md", 10'000'000);
  EXPECT_THAT(ids(read()), ElementsAre("just"));
  EXPECT_EQ(problem().file, ".project/plan/streams/large.md");
  EXPECT_EQ(problem().reason, "10000000 bytes are too many; at most 1048576 are read");
}

TEST_F(PlanFilesTest, WhatMayNotBeReadIsSaid) {
  plan("auth.md", "# Auth");
  plan("sync.md", "# Sync");
  fs::permissions(temporary_.path(), fs::perms::all);
  fs::permissions(plans_ + "/auth.md", fs::perms::none);
  const OrdinaryUser user;
  EXPECT_THAT(ids(read()), ElementsAre("sync"));
  EXPECT_EQ(problem().file, ".project/plan/streams/auth.md");
  EXPECT_THAT(problem().reason, HasSubstr("Permission denied"));
}

TEST_F(PlanFilesTest, AThousandAreReadAndTheRestIsCounted) {
  for (int i = 0; i < 1'003; ++i) plan("plan-" + std::to_string(1'000 + i) + ".md", "# Plan");
  const PlanFiles files = read();
  EXPECT_EQ(files.streams.size(), 1'000u);
  EXPECT_EQ(files.streams.back().id.text, "plan-1999");
  EXPECT_EQ(problem().file, ".project/plan/streams");
  EXPECT_EQ(problem().reason, "1003 plan files are too many; the first 1000 were read");
}

TEST_F(PlanFilesTest, ThePathsOfAStreamAreItsPlanAndNothingElse) {
  plan("auth.md", "# Auth");
  plan("sync/README.md", "# Sync");
  plan("sync/picture.png", "png");
  fs::create_directories(plans_ + "/empty");
  write_text(root_ + "/.project/plan/README.md", "# Above");
  write_text(root_ + "/.project/plan/above.md", "# Above");
  EXPECT_THAT(paths("auth"), ElementsAre(".project/plan/streams/auth.md"));
  EXPECT_THAT(paths("sync"), ElementsAre(".project/plan/streams/sync/README.md"));
  EXPECT_EQ(plan_directory_of(root_, "sync"), ".project/plan/streams/sync");
  EXPECT_EQ(plan_directory_of(root_, "empty"), ".project/plan/streams/empty");
  EXPECT_FALSE(plan_directory_of(root_, "auth"));
  plan("sync.md", "# Sync");
  EXPECT_THAT(paths("sync"), ElementsAre(".project/plan/streams/sync.md", ".project/plan/streams/sync/README.md"));
  for (const std::string& id : {""s, "."s, ".."s, "../above"s, "sync/../auth"s, "/etc/passwd"s, "auth\0"s, "none"s}) {
    EXPECT_THAT(paths(id), IsEmpty()) << id;
    EXPECT_FALSE(plan_directory_of(root_, id)) << id;
  }
}

}  // namespace
}  // namespace stream_status::service
