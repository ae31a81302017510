#include "os/process_table.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "os/file_facts.h"
#include "os/lock.h"
#include "support/program.h"
#include "support/temporary_directory.h"

namespace stream_status::os {
namespace {

using testing::Program;
using testing::TemporaryDirectory;

const RunningProgram* find(const std::vector<RunningProgram>& programs, std::int64_t pid) {
  const auto found =
      std::find_if(programs.begin(), programs.end(), [&](const auto& one) { return one.identity.pid == pid; });
  return found == programs.end() ? nullptr : &*found;
}

TEST(ProcessTable, TellsWhatRunsWithWhatAndWhetherItIsStopped) {
  const TemporaryDirectory directory;
  const std::string path = directory / "sleeper";
  std::filesystem::copy_file("/bin/sleep", path);
  const Program program({{path, "300"}, {{"WHERE", "here"}}});
  testing::Deadline deadline;
  auto programs = find_running_programs("sleeper");  // between fork and exec it is still this program
  // In the middle of exec it has its new name and no arguments yet.
  const auto has_begun = [&] {
    const RunningProgram* started = find(programs, program.pid());
    return started != nullptr && !started->environment.empty();
  };
  while (!has_begun() && !deadline.over()) programs = find_running_programs("sleeper");
  const RunningProgram* found = find(programs, program.pid());
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->path, path);
  EXPECT_EQ(found->arguments, std::vector<std::string>{"300"});
  EXPECT_EQ(found->environment.at("WHERE"), "here");
  EXPECT_EQ(found->parent, ::getpid());
  EXPECT_EQ(found->identity, find_process(program.pid()));
  EXPECT_FALSE(found->is_stopped);
  EXPECT_TRUE(found->sees_our_files);

  ASSERT_TRUE(testing::send_signal(program.process(), SIGSTOP));
  std::filesystem::remove(path);
  programs = find_running_programs("sleeper");
  while (find(programs, program.pid()) != nullptr && !find(programs, program.pid())->is_stopped && !deadline.over())
    programs = find_running_programs("sleeper");
  ASSERT_NE(find(programs, program.pid()), nullptr);
  EXPECT_TRUE(find(programs, program.pid())->is_stopped);
  EXPECT_EQ(find(programs, program.pid())->path, path) << "its program was removed";
  EXPECT_EQ(find(find_running_programs("another"), program.pid()), nullptr);
}

TEST(ProcessTable, TellsWhichLocksAreHeldAndWhetherTheirFilesAreInPlace) {
  const TemporaryDirectory directory;
  const auto opened = open_directory(directory.path());
  ASSERT_TRUE(opened);
  const auto held = FileLock::try_acquire(*opened, "server.lock");
  ASSERT_TRUE(held && *held);
  testing::write_text(directory / "only-open", "");
  const auto find_lock = [&] {
    for (const HeldLock& lock : find_held_locks(::getpid()))
      if (lock.path.starts_with(directory.path())) return std::optional(lock);
    return std::optional<HeldLock>();
  };
  ASSERT_TRUE(find_lock());
  EXPECT_EQ(find_lock()->path, directory / "server.lock");
  EXPECT_TRUE(find_lock()->is_in_place);
  EXPECT_EQ(find_lock()->identity, (*held)->identity());
  std::filesystem::remove(directory / "server.lock");
  EXPECT_FALSE(find_lock()->is_in_place);
  EXPECT_EQ(find_lock()->path, directory / "server.lock");
  testing::write_text(directory / "server.lock", "another file");
  EXPECT_FALSE(find_lock()->is_in_place);
  EXPECT_EQ(find_lock()->identity, (*held)->identity());
}

TEST(FileFacts, MakesPrivateOnlyWhatIsItself) {
  const TemporaryDirectory directory;
  const auto opened = open_directory(directory.path());
  ASSERT_TRUE(opened);
  testing::write_text(directory / "file", "x");
  std::filesystem::permissions(directory / "file", std::filesystem::perms(0666));
  std::filesystem::create_symlink("file", directory / "link");
  EXPECT_EQ(find_facts(*opened, "link")->kind, FileFacts::Kind::kSymlink);
  EXPECT_FALSE(make_private(*opened, "link"));
  EXPECT_EQ(find_facts(*opened, "file")->mode, 0666u) << "the link was followed";
  EXPECT_TRUE(make_private(*opened, "file"));
  EXPECT_EQ(find_facts(*opened, "file")->mode, 0600u);
  std::filesystem::create_directory(directory / "inner");
  std::filesystem::permissions(directory / "inner", std::filesystem::perms(0755));
  EXPECT_TRUE(make_private(directory / "inner"));
  EXPECT_EQ(find_facts(directory / "inner")->mode, 0700u);
  EXPECT_FALSE(find_facts(*opened, "absent"));
}

}  // namespace
}  // namespace stream_status::os
