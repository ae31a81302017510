#include "os/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace stream_status::os {
namespace {

TEST(ErrnoError, EachNumberHasItsKind) {
  struct {
    int number;
    ErrorCode code;
  } const rows[] = {
      {EACCES, ErrorCode::kPermissionDenied},
      {EPERM, ErrorCode::kPermissionDenied},
      {EROFS, ErrorCode::kPermissionDenied},
      {ENOSPC, ErrorCode::kStorageFull},
      {EDQUOT, ErrorCode::kStorageFull},
      {EFBIG, ErrorCode::kStorageFull},
      {ENOENT, ErrorCode::kNotFound},
      {ENOTDIR, ErrorCode::kNotFound},
      {EIO, ErrorCode::kInternal},
      {EMFILE, ErrorCode::kInternal},
      {100'000, ErrorCode::kInternal},
  };
  for (const auto& row : rows) EXPECT_EQ(errno_error(row.number, "open", "/x").value().code, row.code) << row.number;
}

TEST(ErrnoError, TheSentenceSaysDoingSubjectAndCause) {
  errno = EROFS;
  const Error error = errno_error("create directory", "/mnt/home").value();
  EXPECT_EQ(error.message, "create directory: /mnt/home: Read-only file system");
  EXPECT_EQ(error.hint, "the disk is mounted read-only; choose a place that can be written");
  EXPECT_EQ(errno_error(100'000, "open", "/x").value().message, "open: /x: error 100000");
}

}  // namespace
}  // namespace stream_status::os
