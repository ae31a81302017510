#include "os/program.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "os/process.h"
#include "support/temporary_directory.h"

namespace stream_status {
namespace {

using os::Ending;
using os::ProgramCall;
using os::ProgramResult;
using testing::TemporaryDirectory;
using testing::text_of_file;

ProgramCall shell(const std::string& script) {
  ProgramCall call{"/bin/sh", {"-c", script}};
  call.environment = {{"PATH", "/usr/bin:/bin"}};
  return call;
}

ProgramResult run(const ProgramCall& call) {
  auto result = os::run_program(call);
  EXPECT_TRUE(result) << result.error().message;
  return result.value_or(ProgramResult{});
}

/// The pid that a script wrote; 0 when it wrote none.
std::int64_t pid_in(const std::string& file) {
  const std::string text = text_of_file(file);
  return text.empty() ? 0 : std::stoll(text);
}

/// It was killed, and whoever reaps orphans here may need a moment: a deadline only for a test that fails anyway.
bool is_gone(std::int64_t pid) {
  const auto give_up = std::chrono::steady_clock::now() + seconds{20};
  while (os::find_process(pid)) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(Program, GivesOutputErrorOutputAndExitCode) {
  const ProgramResult result = run(shell("printf 'a\\0b'; echo oops >&2; exit 7"));
  EXPECT_EQ(result.ending, Ending::kExited);
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.output, std::string("a\0b", 3));
  EXPECT_EQ(result.error_output, "oops\n");
}

TEST(Program, GetsItsInputDirectoryArgumentsAndNothingOfOurEnvironment) {
  TemporaryDirectory directory;
  ASSERT_EQ(::setenv("STREAM_STATUS_TEST_SECRET", "1", 1), 0);
  ProgramCall call = shell("cat; pwd; printf '<%s>' \"$0\" \"$X\" \"$STREAM_STATUS_TEST_SECRET\"");
  call.arguments.emplace_back("a b\n'c'");
  call.environment["X"] = "equals=sign";
  call.directory = directory.path();
  call.input = "input ";
  EXPECT_EQ(run(call).output, "input " + directory.path() + "\n<a b\n'c'><equals=sign><>");
}

TEST(Program, HasOnlyDescriptorsZeroToTwoAndAGroupOfItsOwn) {
  const os::Fd inherited{::dup(0)};  // not close-on-exec, as a library may leave one: programs get it no less
  EXPECT_EQ(run({"/bin/ls", {"/proc/self/fd"}}).output, "0\n1\n2\n3\n") << "3 is what ls opened";
  const ProgramResult status = run({"/bin/cat", {"/proc/self/stat"}});
  std::istringstream fields(status.output);
  std::string pid;
  std::string name;
  std::string state;
  std::string parent;
  std::string group;
  fields >> pid >> name >> state >> parent >> group;
  EXPECT_EQ(group, pid);
  EXPECT_EQ(parent, std::to_string(::getpid()));
}

TEST(Program, AMegabyteGoesThroughBothWays) {
  ProgramCall call = shell("cat");
  for (int i = 0; i < 200'000; ++i) call.input += std::to_string(i) + "\n";
  EXPECT_EQ(run(call).output, call.input);
}

TEST(Program, BigInputToAProgramThatDoesNotReadItDoesNotHang) {
  ProgramCall call = shell("exec 0<&-; echo done");
  call.input.assign(8u << 20, 'x');
  const ProgramResult closed = run(call);
  EXPECT_EQ(closed.output, "done\n");
  EXPECT_EQ(closed.exit_code, 0);
  call.arguments = {"-c", "echo ignored"};
  EXPECT_EQ(run(call).output, "ignored\n");
}

TEST(Program, TheDeadlineKillsTheWholeGroup) {
  TemporaryDirectory directory;
  ProgramCall call = shell("sh -c 'echo $$ > grandchild; exec sleep 1000' & echo $$ > child; wait");
  call.directory = directory.path();
  // Long enough is when both had the time to say who they are.
  for (call.deadline = milliseconds{50}; call.deadline < milliseconds{60'000}; call.deadline *= 2) {
    EXPECT_EQ(run(call).ending, Ending::kTimedOut);
    if (pid_in(directory / "child") != 0 && pid_in(directory / "grandchild") != 0) break;
  }
  for (const char* name : {"child", "grandchild"}) {
    const std::int64_t pid = pid_in(directory / name);
    ASSERT_NE(pid, 0) << name;
    EXPECT_TRUE(is_gone(pid)) << name;
  }
}

TEST(Program, AGrandchildThatKeepsThePipesOpenDoesNotHoldUsUp) {
  TemporaryDirectory directory;
  ProgramCall call = shell("sleep 1000 & echo $! > grandchild; echo over");
  call.directory = directory.path();
  call.deadline = milliseconds{60'000};
  const ProgramResult result = run(call);
  EXPECT_EQ(result.ending, Ending::kExited);
  EXPECT_EQ(result.output, "over\n");
  const std::int64_t pid = pid_in(directory / "grandchild");
  ASSERT_NE(pid, 0);
  EXPECT_TRUE(is_gone(pid));
}

TEST(Program, TooMuchOutputEndsIt) {
  ProgramCall call = shell("while :; do echo 0123456789; done");
  call.output_limit = 100'000;
  const ProgramResult result = run(call);
  EXPECT_EQ(result.ending, Ending::kTooMuchOutput);
  EXPECT_EQ(result.output.size(), 100'000u);
  EXPECT_TRUE(result.output.starts_with("0123456789\n0123456789\n"));
}

TEST(Program, OutputOfExactlyTheLimitIsTaken) {
  ProgramCall call = shell("printf 12345");
  call.output_limit = 5;
  EXPECT_EQ(run(call).ending, Ending::kExited);
  call.output_limit = 4;
  EXPECT_EQ(run(call).ending, Ending::kTooMuchOutput);
}

TEST(Program, MuchErrorOutputIsCutAndDoesNotBlockIt) {
  const ProgramResult result = run(shell("head -c 1000000 /dev/zero >&2; echo done"));
  EXPECT_EQ(result.output, "done\n");
  EXPECT_EQ(result.error_output.size(), 64u << 10);
}

TEST(Program, CancellingKillsIt) {
  std::atomic<bool> cancelled{false};
  ProgramCall call = shell("echo started; exec sleep 1000");
  call.cancelled = &cancelled;
  call.deadline = milliseconds{60'000};
  ProgramResult result;
  std::thread waiting([&] { result = run(call); });
  cancelled = true;
  waiting.join();
  EXPECT_EQ(result.ending, Ending::kCancelled);
}

TEST(Program, ASignalFromElsewhereIsTold) {
  const ProgramResult result = run(shell("kill -9 $$"));
  EXPECT_EQ(result.ending, Ending::kKilled);
  EXPECT_EQ(result.signal, 9);
}

TEST(Program, OneThatCanNotBeStartedIsAnError) {
  TemporaryDirectory directory;
  EXPECT_EQ(os::run_program({directory / "missing"}).error().code, ErrorCode::kNotFound);
  testing::write_text(directory / "plain", "text");
  EXPECT_FALSE(os::run_program({directory / "plain"}));
  ProgramCall nowhere = shell("true");
  nowhere.directory = directory / "missing";
  EXPECT_FALSE(os::run_program(nowhere));
  // One that fails does not take the others along.
  const std::vector<ProgramCall> calls{shell("echo a"), {directory / "missing"}, shell("echo b")};
  const auto results = os::run_programs(calls, 2);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0]->output, "a\n");
  EXPECT_FALSE(results[1]);
  EXPECT_EQ(results[2]->output, "b\n");
}

TEST(Program, TwoAtATimeAreReallyTwoAndNotThree) {
  TemporaryDirectory directory;
  ASSERT_EQ(std::system(("mkfifo '" + directory.path() + "/first' '" + directory.path() + "/second'").c_str()), 0);
  // Opening a FIFO waits for its other end: each of the first two needs the other one to be running. The third tells
  // whether one of them is still there.
  std::vector<ProgramCall> calls{
      shell("echo x > first; read answer < second; ls > /dev/null; rm running-1; echo one"),
      shell("read question < first; echo y > second; rm running-2; echo two"),
      shell("ls | grep -c running"),
  };
  for (const char* name : {"running-1", "running-2"}) testing::write_text(directory / name, "");
  for (ProgramCall& call : calls) call.directory = directory.path();
  const auto results = os::run_programs(calls, 2);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0]->output, "one\n");
  EXPECT_EQ(results[1]->output, "two\n");
  const std::string still_running = results[2]->output;
  EXPECT_TRUE(still_running == "0\n" || still_running == "1\n") << still_running;
}

TEST(Program, ManyAreAnsweredInTheOrderOfTheCalls) {
  std::vector<ProgramCall> calls;
  for (int i = 0; i < 40; ++i) calls.push_back(shell("echo " + std::to_string(i)));
  const auto results = os::run_programs(calls, 3);
  ASSERT_EQ(results.size(), 40u);
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i]->output, std::to_string(i) + "\n");
  EXPECT_TRUE(os::run_programs({}, 2).empty());
}

TEST(FindProgram, TakesTheFirstOfPathAndIgnoresRelativeEntries) {
  TemporaryDirectory directory;
  for (const char* name : {"a/tool", "b/tool", "relative/tool", "directory/tool/x"}) {
    testing::write_text(directory / name, "#!/bin/sh\n");
    std::filesystem::permissions(directory / name, std::filesystem::perms::owner_all);
  }
  testing::write_text(directory / "plain/tool", "not executable");
  const std::string before = std::filesystem::current_path().string();
  std::filesystem::current_path(directory.path() + "/relative");
  const auto find = [&](const std::string& path) {
    return os::find_program("tool", {{"PATH", path}}).value_or("none");
  };
  EXPECT_EQ(find(directory / "a" + ":" + directory / "b"), directory / "a/tool");
  EXPECT_EQ(find(directory / "plain" + ":" + directory / "missing" + ":" + directory / "b"), directory / "b/tool");
  EXPECT_EQ(find(directory / "directory" + ":" + directory / "b"), directory / "b/tool");
  EXPECT_EQ(find(".:::../a:relative:" + directory / "b"), directory / "b/tool");
  EXPECT_EQ(find(".:"), "none");
  EXPECT_EQ(find(""), "none");
  EXPECT_TRUE(os::find_program("sh", {}).value_or("none").ends_with("/bin/sh"));
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace stream_status
