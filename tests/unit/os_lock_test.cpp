#include "os/lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "support/temporary_directory.h"

namespace stream_status::os {
namespace {

using testing::TemporaryDirectory;
using testing::text_of_file;
using testing::write_text;

class Lock : public ::testing::Test {
 protected:
  std::optional<FileLock> try_lock() {
    auto lock = FileLock::try_acquire(directory_, "lock");
    EXPECT_TRUE(lock) << lock.error().message;
    return lock ? std::move(*lock) : std::nullopt;
  }

  const TemporaryDirectory temporary_;
  const std::string path_ = temporary_ / "lock";
  const Fd directory_{::open(temporary_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(Lock, HasOneHolderUntilItIsDestroyed) {
  EXPECT_FALSE(is_lock_held(directory_, "lock").value());
  auto first = try_lock();
  ASSERT_TRUE(first);
  EXPECT_FALSE(try_lock());
  EXPECT_TRUE(is_lock_held(directory_, "lock").value());
  first.reset();
  EXPECT_FALSE(is_lock_held(directory_, "lock").value());
  EXPECT_TRUE(try_lock());
}

TEST_F(Lock, AFileWithoutALockSaysNothing) {
  write_text(path_, "pid 1");
  EXPECT_FALSE(is_lock_held(directory_, "lock").value());
  EXPECT_TRUE(try_lock());
  EXPECT_EQ(text_of_file(path_), "pid 1");
}

TEST_F(Lock, GoesWithItsProcess) {
  std::array<int, 2> ready;
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::try_acquire(directory_, "lock");
    const char answer = lock && *lock ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char answer = '?';
  EXPECT_EQ(::read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_TRUE(is_lock_held(directory_, "lock").value());
  EXPECT_FALSE(try_lock());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(is_lock_held(directory_, "lock").value());
  EXPECT_TRUE(try_lock());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(Lock, TheFileAtThePathDecides) {
  const auto lock = try_lock();
  EXPECT_EQ(lock->identity(), identity_of(directory_, "lock"));
  std::filesystem::rename(path_, path_ + ".moved");
  EXPECT_NE(lock->identity(), identity_of(directory_, "lock"));
  const auto second = try_lock();
  ASSERT_TRUE(second);
  EXPECT_NE(lock->identity(), identity_of(directory_, "lock"));
  EXPECT_EQ(second->identity(), identity_of(directory_, "lock"));
}

TEST_F(Lock, WhatIsNoRegularFileIsRefusedAtOnce) {
  struct {
    const char* what;
    void (*make)(const std::string& path);
  } const rows[] = {
      {"fifo", [](const std::string& path) { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }},
      {"symlink", [](const std::string& path) { std::filesystem::create_symlink("/dev/null", path); }},
      {"directory", [](const std::string& path) { std::filesystem::create_directory(path); }},
  };
  for (const auto& row : rows) {
    row.make(path_);
    const auto lock = FileLock::try_acquire(directory_, "lock");
    ASSERT_FALSE(lock) << row.what;
    EXPECT_EQ(lock.error().code, ErrorCode::kInvalidArgument) << row.what;
    EXPECT_NE(lock.error().message.find(path_), std::string::npos) << lock.error().message;
    EXPECT_FALSE(is_lock_held(directory_, "lock")) << row.what;
    std::filesystem::remove(path_);
  }
}

TEST_F(Lock, ItsTextIsReplacedWhole) {
  const auto lock = try_lock();
  for (const std::string& text : {std::string(R"({"phase":"migrate","progress":12})"), std::string("{}"), std::string(),
                                  std::string(5000, 'x'), std::string("short")}) {
    ASSERT_TRUE(lock->write_text(text));
    EXPECT_EQ(text_of_file(path_), text);
  }
  EXPECT_EQ(lock->identity(), identity_of(directory_, "lock"));
}

TEST_F(Lock, WaitingEndsWhenTheHolderLetsGo) {
  auto holder = try_lock();
  std::thread waiter([&] {
    const auto lock = FileLock::acquire(directory_, "lock", seconds{60});
    EXPECT_TRUE(lock) << lock.error().message;
  });
  holder.reset();
  waiter.join();
}

TEST_F(Lock, WaitingEndsWithItsTime) {
  const auto holder = try_lock();
  const auto lock = FileLock::acquire(directory_, "lock", milliseconds{0});
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, ErrorCode::kServerUnavailable);
}

TEST_F(Lock, OneOfManyAtOnceHoldsIt) {
  std::atomic<int> holders = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const auto lock = FileLock::acquire(directory_, "lock", seconds{60});
        ASSERT_TRUE(lock);
        EXPECT_EQ(holders.fetch_add(1), 0);
        write_text(temporary_ / "work", std::to_string(round));
        EXPECT_EQ(holders.fetch_sub(1), 1);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace stream_status::os
