#include "os/stdio.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "os/fd.h"

namespace stream_status::os {
namespace {

/// A pipe that blocks, as other programs hand it over.
class OsStdio : public ::testing::Test {
 protected:
  OsStdio() {
    std::array<int, 2> ends;
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read = Fd{ends[0]};
    write = Fd{ends[1]};
  }
  Fd read;
  Fd write;
};

TEST_F(OsStdio, WritingStopsWhenABlockingPipeIsFull) {
  const std::string text(std::size_t{1} << 20, 'x');
  const Transfer done = write_without_waiting(write.get(), text);
  EXPECT_EQ(done.state, StreamState::kOpen);
  EXPECT_GT(done.bytes, 0U);
  EXPECT_LT(done.bytes, text.size());
  EXPECT_EQ(write_without_waiting(write.get(), text).bytes, 0U);
  EXPECT_EQ(::fcntl(write.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(OsStdio, AReaderThatIsGoneEndsTheStream) {
  read.reset();
  EXPECT_EQ(write_without_waiting(write.get(), "x").state, StreamState::kEnded);
  EXPECT_EQ(write_all(write.get(), "x"), StreamState::kEnded);
}

TEST_F(OsStdio, ReadingGivesWhatIsThereAndThenTheEnd) {
  std::array<char, 8> buffer;
  ASSERT_EQ(write_all(write.get(), "hello"), StreamState::kOpen);
  EXPECT_EQ(read_some(read.get(), buffer).bytes, 5U);
  write.reset();
  EXPECT_EQ(read_some(read.get(), buffer).state, StreamState::kEnded);
}

TEST_F(OsStdio, NothingToReadIsNotTheEnd) {
  ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
  std::array<char, 8> buffer;
  const Transfer got = read_some(read.get(), buffer);
  EXPECT_EQ(got.bytes, 0U);
  EXPECT_EQ(got.state, StreamState::kOpen);
}

TEST_F(OsStdio, APipeIsNoTerminal) { EXPECT_EQ(terminal_columns(write.get()), std::nullopt); }

}  // namespace
}  // namespace stream_status::os
