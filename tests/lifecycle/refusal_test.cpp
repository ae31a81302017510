// Places where no server can be: each is named, with what to do, and nothing is left there.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65'534;

class Refused : public LifecycleTest {
 protected:
  static bool is_root() { return ::geteuid() == 0; }

  /// What an agent is told by its first call; its program must stay, as a client has no use for one that is gone.
  static ToolAnswer tool_error(const Start& start) {
    Agent agent(start);
    EXPECT_TRUE(agent.wait_for(agent.initialize()));
    ToolAnswer answer = agent.call("add_stream", {{"title", "Work"}});
    EXPECT_TRUE(answer.is_error) << answer.text;
    EXPECT_TRUE(agent.call("get_version").is_error);
    return answer;
  }

  static void expect_part(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "\"" << part << "\" is missing in: " << text;
  }

  /// Runs it as somebody who is not root. Descriptors and the process go on as they are.
  static Start as_nobody(Start start) {
    start.in_child = [] {
      if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(125);
    };
    return start;
  }
};

TEST_F(Refused, ARootOrHomeDirectoryThatNobodyNamed) {
  for (const std::string& directory : {std::string("/"), world.root() + "/user"}) {
    const ToolAnswer answer = tool_error(world.start({"mcp"}, directory));
    EXPECT_EQ(text_at(answer.data, "code"), "project_not_found");
    expect_part(answer.text, "--project");
    expect_part(answer.text, "PROJECT_ROOT");
    const Refusal refusal = world.refusal({"list"}, directory);
    EXPECT_EQ(refusal.exit_code, 3);
    EXPECT_EQ(refusal.code, "project_not_found");
    expect_part(refusal.hint, "--project");
  }
  EXPECT_FALSE(fs::exists(world.home()));
}

TEST_F(Refused, AProjectDirectoryThatDoesNotExist) {
  const std::string missing = world.root() + "/nowhere";
  const ToolAnswer answer = tool_error(world.start({"mcp", "--project", missing}));
  EXPECT_EQ(text_at(answer.data, "code"), "project_not_found");
  expect_part(answer.text, missing);
  expect_part(answer.text, "--project");
  const Refusal refusal = world.refusal({"list", "--project", missing});
  EXPECT_EQ(refusal.exit_code, 3);
  expect_part(refusal.message, "does not exist");
  EXPECT_FALSE(fs::exists(world.home()));
}

TEST_F(Refused, AProjectThatIsAFile) {
  write_text(world.root() + "/file", "");
  const Refusal refusal = world.refusal({"list", "--project", world.root() + "/file"});
  EXPECT_EQ(refusal.exit_code, 3);
  expect_part(refusal.message, "not a directory");
}

TEST_F(Refused, AProjectDirectoryWhereTheUserMayNotWrite) {
  Start start = world.start({"list", "--json"});
  if (is_root()) {
    world.use_copied_programs();
    const std::string home = world.root() + "/home-of-nobody";
    fs::create_directory(home);
    ASSERT_EQ(::chown(home.c_str(), kNobody, kNobody), 0);
    world.environment["STREAM_STATUS_HOME"] = home;
    start = as_nobody(world.start({"list", "--json"}));
  } else {
    ASSERT_EQ(::chmod(world.project().c_str(), 0555), 0);
  }
  const Finished finished = run_to_end(start);
  ::chmod(world.project().c_str(), 0755);
  EXPECT_EQ(finished.exit_code, 5) << finished.out << finished.err;
  expect_part(finished.err, "permission_denied");
  expect_part(finished.err, world.project());
  expect_part(finished.err, "--project");
  EXPECT_FALSE(fs::exists(world.root() + "/home-of-nobody/projects/shop"));
}

TEST_F(Refused, AHomeWhereNothingMayBeMade) {
  const std::string home = world.root() + "/closed-home";
  fs::create_directory(home);
  Start start = world.start({"list", "--json"});
  start.environment["STREAM_STATUS_HOME"] = home;
  if (is_root()) {
    world.use_copied_programs();
    start.command.front() = world.program();
    ASSERT_EQ(::chown(home.c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::chown(world.project().c_str(), kNobody, kNobody), 0);
    start = as_nobody(start);
  }
  ASSERT_EQ(::chmod(home.c_str(), 0500), 0);
  const Finished finished = run_to_end(start);
  ::chmod(home.c_str(), 0700);
  EXPECT_EQ(finished.exit_code, 5) << finished.out << finished.err;
  expect_part(finished.err, "permission_denied");
  expect_part(finished.err, "in a sandbox: allow " + home);
  EXPECT_TRUE(fs::is_empty(home));
}

TEST_F(Refused, AHomeOnAReadOnlyDisk) {
  fs::create_directory(world.home());
  Start start = world.start({"list", "--json"});
  start.in_child = [home = world.home()] {
    const bool remounted = ::unshare(CLONE_NEWNS) == 0 &&
                           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                           ::mount(home.c_str(), home.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
                           ::mount(nullptr, home.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    if (!remounted) ::_exit(77);
  };
  const Finished finished = run_to_end(start);
  if (finished.exit_code == 77) GTEST_SKIP() << "a read-only mount needs root and mount namespaces";
  EXPECT_EQ(finished.exit_code, 5) << finished.out << finished.err;
  expect_part(finished.err, world.home());
  expect_part(finished.err, "ead-only");
  expect_part(finished.err, "STREAM_STATUS_HOME");
}

TEST_F(Refused, AHomeBelowAFile) {
  write_text(world.root() + "/file", "kept");
  world.environment["STREAM_STATUS_HOME"] = world.root() + "/file/home";
  const Refusal refusal = world.refusal({"list"});
  EXPECT_GE(refusal.exit_code, 1);
  expect_part(refusal.message, world.root() + "/file");
  expect_part(refusal.hint, "STREAM_STATUS_HOME");
  EXPECT_TRUE(tool_error(world.start({"mcp"})).is_error);
  EXPECT_EQ(text_of_file(world.root() + "/file"), "kept");
}

TEST_F(Refused, ARelativeHome) {
  world.environment["STREAM_STATUS_HOME"] = "home";
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.exit_code, 2);
  expect_part(refusal.message, "STREAM_STATUS_HOME");
  EXPECT_FALSE(fs::exists(world.project() + "/home"));
}

TEST_F(Refused, AFileInThePlaceOfTheProjectsDirectory) {
  write_text(world.directory(), "not a directory");
  const Refusal refusal = world.refusal({"list"});
  EXPECT_GE(refusal.exit_code, 1);
  expect_part(refusal.message, world.directory());
  EXPECT_EQ(text_of_file(world.directory()), "not a directory");
  fs::remove(world.directory());
}

TEST_F(Refused, ADirectoryOfAnotherUser) {
  if (!is_root()) GTEST_SKIP() << "only root can give a directory away";
  world.prepare();
  ASSERT_EQ(::chown(world.directory().c_str(), kNobody, kNobody), 0);
  const std::string before = picture_of(world.directory());
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.exit_code, 5);
  EXPECT_EQ(refusal.code, "permission_denied");
  expect_part(refusal.message, world.directory());
  expect_part(tool_error(world.start({"mcp"})).text, world.directory());
  EXPECT_EQ(picture_of(world.directory()), before);
  ASSERT_EQ(::chown(world.directory().c_str(), 0, 0), 0);
}

TEST_F(Refused, AHomeThatOthersMayWriteTo) {
  world.prepare();
  ASSERT_EQ(::chmod(world.home().c_str(), 0777), 0);
  const Refusal refusal = world.refusal({"status"});
  EXPECT_EQ(refusal.code, "permission_denied");
  expect_part(refusal.message, world.home());
  ASSERT_EQ(::chmod(world.home().c_str(), 0700), 0);
}

TEST_F(Refused, AnInstallationWithoutTheServersProgram) {
  world.use_copied_programs();
  fs::remove(world.program("stream-statusd"));
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.exit_code, 5);
  EXPECT_EQ(refusal.code, "server_unavailable");
  expect_part(refusal.message, world.program("stream-statusd"));
  expect_part(refusal.hint, "install");
  const ToolAnswer answer = tool_error(world.start({"mcp"}));
  EXPECT_EQ(text_at(answer.data, "code"), "server_unavailable");
  expect_part(answer.text, "stream-statusd");
}

TEST_F(Refused, AServersProgramThatMayNotBeRun) {
  world.use_copied_programs();
  ASSERT_EQ(::chmod(world.program("stream-statusd").c_str(), 0644), 0);
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.exit_code, 5);
  expect_part(refusal.message, world.program("stream-statusd"));
}

}  // namespace
}  // namespace stream_status::testing
