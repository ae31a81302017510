#include "os/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace stream_status::os {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Fd, ClosesWhenItsOwnerGoes) {
  const int number = open_null();
  {
    const Fd fd(number);
    EXPECT_TRUE(fd);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, AMovedOneHasOneOwner) {
  Fd first(open_null());
  const int number = first.get();
  Fd second(std::move(first));
  EXPECT_EQ(second.get(), number);
  first = Fd(open_null());
  second = std::move(first);
  second.reset();
  EXPECT_FALSE(second);
  second.reset();
}

TEST(Fd, AReleasedOneStaysOpen) {
  Fd fd(open_null());
  const Fd number(fd.release());
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(number.get()));
}

}  // namespace
}  // namespace stream_status::os
