#include "os/follow.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_directory.h"

namespace stream_status::os {
namespace {

class OsFollow : public ::testing::Test {
 protected:
  void append(const std::string& text) { std::ofstream(directory / "log", std::ios::app) << text; }

  testing::TemporaryDirectory directory;
  Fd fd{::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(OsFollow, OnlyWhatIsAppendedIsRead) {
  append("old\n");
  FollowedFile file(fd, "log");
  EXPECT_EQ(file.read_new(), "");
  append("one\ntw");
  EXPECT_EQ(file.read_new(), "one\ntw");
  append("o\n");
  EXPECT_EQ(file.read_new(), "o\n");
  EXPECT_EQ(file.read_new(), "");
}

TEST_F(OsFollow, AFileThatComesLaterIsReadFromItsStart) {
  FollowedFile file(fd, "log");
  EXPECT_EQ(file.read_new(), "");
  append("first\n");
  EXPECT_EQ(file.read_new(), "first\n");
}

TEST_F(OsFollow, TheRestOfARotatedFileComesBeforeTheNewOne) {
  append("old\n");
  FollowedFile file(fd, "log");
  append("last\n");
  std::filesystem::rename(directory / "log", directory / "log.1");
  append("new\n");
  EXPECT_EQ(file.read_new(), "last\n");
  EXPECT_EQ(file.read_new(), "new\n");
}

}  // namespace
}  // namespace stream_status::os
