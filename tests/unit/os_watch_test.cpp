#include "os/watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "os/file.h"
#include "support/temporary_directory.h"

namespace stream_status::os {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

class Watch : public ::testing::Test {
 protected:
  bool is_readable() {
    pollfd entry{watch_.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1;  // the kernel queues an event before the call that caused it returns
  }

  const TemporaryDirectory temporary_;
  const Fd directory_{::open(temporary_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const Fd watch_ = watch_directory(directory_).value();
};

TEST_F(Watch, WakesForEveryChangeOfTheDirectory) {
  struct {
    const char* what;
    void (*change)(const TemporaryDirectory& directory);
  } const rows[] = {
      {"written", [](const TemporaryDirectory& directory) { write_text(directory / "file", "x"); }},
      {"renamed",
       [](const TemporaryDirectory& directory) { std::filesystem::rename(directory / "file", directory / "moved"); }},
      {"removed", [](const TemporaryDirectory& directory) { std::filesystem::remove(directory / "moved"); }},
  };
  EXPECT_FALSE(is_readable());
  for (const auto& row : rows) {
    row.change(temporary_);
    EXPECT_TRUE(is_readable()) << row.what;
    drain_watch(watch_);
    EXPECT_FALSE(is_readable()) << row.what;
  }
}

TEST_F(Watch, TellsWhetherItConcernedTheNamesAskedFor) {
  constexpr std::array<std::string_view, 2> kNames = {"record", "lock"};
  EXPECT_FALSE(saw_change_of(watch_, kNames));
  write_text(temporary_ / "other", "x");
  EXPECT_FALSE(saw_change_of(watch_, kNames));
  write_text(temporary_ / "other", "y");
  ASSERT_TRUE(write_file_atomically(directory_, "record", "{}", Durability::kPageCache));
  EXPECT_TRUE(saw_change_of(watch_, kNames));
  EXPECT_FALSE(saw_change_of(watch_, kNames)) << "each change is told once";
}

TEST_F(Watch, AFileIsNoDirectory) {
  write_text(temporary_ / "file", "");
  EXPECT_FALSE(watch_directory(Fd(::open((temporary_ / "file").c_str(), O_RDONLY | O_CLOEXEC))));
}

}  // namespace
}  // namespace stream_status::os
