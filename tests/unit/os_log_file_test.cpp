#include "os/log_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <thread>
#include <vector>

#include "os/file.h"
#include "support/temporary_directory.h"

namespace stream_status::os {
namespace {

using testing::TemporaryDirectory;
using testing::text_of_file;
using testing::write_text;

class LogFileTest : public ::testing::Test {
 protected:
  Fd directory() const { return Fd(::open(temporary_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }
  std::shared_ptr<LogFile> open(Rotation rotation, std::uint64_t rotate_at = 10u << 20, int keep = 5) const {
    return LogFile::open(directory(), "log", rotation, rotate_at, keep).value();
  }

  const TemporaryDirectory temporary_;
};

TEST_F(LogFileTest, AppendsToWhatIsThere) {
  write_text(temporary_ / "log", "old\n");
  open(Rotation::kNever)->write_line("new\n");
  EXPECT_EQ(text_of_file(temporary_ / "log"), "old\nnew\n");
}

TEST_F(LogFileTest, IsRotatedWhenALineWouldNotFitAndKeepsSoManyOldFiles) {
  const auto log = open(Rotation::kBySize, 20, 2);
  for (int i = 0; i < 8; ++i) log->write_line("line " + std::to_string(i) + "....\n");  // 11 bytes: one to a file
  EXPECT_EQ(text_of_file(temporary_ / "log"), "line 7....\n");
  EXPECT_EQ(text_of_file(temporary_ / "log.1"), "line 6....\n");
  EXPECT_EQ(text_of_file(temporary_ / "log.2"), "line 5....\n");
  EXPECT_FALSE(std::filesystem::exists(temporary_ / "log.3"));
}

TEST_F(LogFileTest, ALineLongerThanAFileIsWrittenNevertheless) {
  const auto log = open(Rotation::kBySize, 20, 2);
  const std::string line = std::string(100, 'x') + "\n";
  log->write_line(line);
  log->write_line("next\n");
  EXPECT_EQ(text_of_file(temporary_ / "log.1"), line);
  EXPECT_EQ(text_of_file(temporary_ / "log"), "next\n");
}

TEST_F(LogFileTest, OnlyTheServerRotatesAndOthersFollow) {
  const auto server = open(Rotation::kBySize, 20, 5);
  const auto agent = open(Rotation::kNever);
  agent->write_line("agent 1 .........\n");
  agent->write_line("agent 2 .........\n");
  EXPECT_FALSE(std::filesystem::exists(temporary_ / "log.1"));
  server->write_line("server\n");
  EXPECT_EQ(text_of_file(temporary_ / "log.1"), "agent 1 .........\nagent 2 .........\n");
  agent->write_line("agent 3\n");
  EXPECT_EQ(text_of_file(temporary_ / "log"), "server\nagent 3\n");
}

TEST_F(LogFileTest, IsMadeAnewWhenItWasRemoved) {
  const auto log = open(Rotation::kBySize);
  log->write_line("before\n");
  std::filesystem::remove(temporary_ / "log");
  log->write_line("after\n");
  EXPECT_EQ(text_of_file(temporary_ / "log"), "after\n");
}

TEST_F(LogFileTest, KeepsWritingWhereItCanWhenTheNameIsTaken) {
  const auto log = open(Rotation::kBySize);
  std::filesystem::rename(temporary_ / "log", temporary_ / "elsewhere");
  std::filesystem::create_directory(temporary_ / "log");
  log->write_line("line\n");
  EXPECT_EQ(text_of_file(temporary_ / "elsewhere"), "line\n");
}

TEST_F(LogFileTest, WhatIsNoRegularFileIsRefusedAtOnce) {
  ASSERT_EQ(::mkfifo((temporary_ / "log").c_str(), 0600), 0);
  const auto log = LogFile::open(directory(), "log", Rotation::kNever);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(read_log_tail(directory(), "log", 5), "");
}

TEST_F(LogFileTest, LinesOfManyThreadsAndHoldersStayWhole) {
  const std::vector<std::shared_ptr<LogFile>> logs = {open(Rotation::kBySize, 1000, 1000), open(Rotation::kNever)};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      const std::string line = std::string(50, static_cast<char>('a' + i)) + "\n";
      for (int round = 0; round < 100; ++round) logs[static_cast<std::size_t>(i) % 2]->write_line(line);
    });
  for (std::thread& thread : threads) thread.join();

  int lines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(temporary_.path())) {
    std::istringstream text(text_of_file(entry.path()));
    for (std::string line; std::getline(text, line); ++lines)
      EXPECT_EQ(line, std::string(50, line.empty() ? '?' : line[0]));
  }
  EXPECT_EQ(lines, 400);
}

TEST_F(LogFileTest, StderrGoesThereAndIsRotatedWithIt) {
  const Fd saved(::dup(STDERR_FILENO));
  const auto log = open(Rotation::kBySize, 20, 5);
  log->take_stderr();
  EXPECT_EQ(::write(STDERR_FILENO, "last words 1\n", 13), 13);
  log->write_line("rotates .....\n");
  EXPECT_EQ(::write(STDERR_FILENO, "last words 2\n", 13), 13);
  ::dup2(saved.get(), STDERR_FILENO);
  EXPECT_EQ(text_of_file(temporary_ / "log.1"), "last words 1\n");
  EXPECT_EQ(text_of_file(temporary_ / "log"), "rotates .....\nlast words 2\n");
}

TEST_F(LogFileTest, TheTailIsTheLastWholeLines) {
  struct {
    const char* what;
    std::string text;
    int lines;
    std::string tail;
  } const rows[] = {
      {"empty", "", 3, ""},
      {"fewer", "a\nb\n", 3, "a\nb\n"},
      {"as many", "a\nb\nc\n", 3, "a\nb\nc\n"},
      {"more", "a\nb\nc\nd\n", 3, "b\nc\nd\n"},
      {"the last one without its end", "a\nb\nc", 2, "b\nc"},
      {"none asked for", "a\n", 0, ""},
      {"one", "a\nb\n", 1, "b\n"},
      {"empty lines", "a\n\n\n", 2, "\n\n"},
      {"no more than 64 KiB", std::string(70'000, 'x') + "\nb\nc\n", 9, "b\nc\n"},
  };
  for (const auto& row : rows) {
    write_text(temporary_ / "log", row.text);
    EXPECT_EQ(read_log_tail(directory(), "log", row.lines), row.tail) << row.what;
  }
  EXPECT_EQ(read_log_tail(directory(), "absent", 3), "");
}

}  // namespace
}  // namespace stream_status::os
