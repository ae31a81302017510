// Every n-th operation on the disk fails while a server opens its database, as a killed one left it: it may say so, but
// a disk that fails for a moment is no damage. Nothing is replaced by an older copy, and the next start has everything.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "service/recovery.h"
#include "service/snapshots.h"
#include "support/fault_vfs.h"
#include "support/store_world.h"

namespace stream_status::service {
namespace {

namespace fs = std::filesystem;

using testing::DiskOperation;
using testing::FaultVfs;
using Length = FaultVfs::Fault::Length;

struct Case {
  const char* name;
  DiskOperation operation;
  int code;
  Length length;
  int at_least;  ///< so many operations of this kind an open has
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

/// What a server that was killed has left: a database whose newest streams are in its log only, and an older snapshot.
class OpenFault : public ::testing::TestWithParam<Case> {
 protected:
  OpenFault() {
    testing::ServiceWorld world;
    fs::create_directory(left_ + "/backups");
    world.must("add_stream", R"({"title":"One","streamId":"one"})");
    EXPECT_TRUE(world.world.store->snapshot(fmt::format(
        "{}/backups/{}", left_, project::backup_name(project::BackupKind::kSnapshot, world.world.clock.wall(), 1))));
    world.must("add_stream", R"({"title":"Two","streamId":"two"})");
    fs::copy(world.world.path(), left_, fs::copy_options::recursive);  // while it is open
    EXPECT_GT(fs::file_size(left_ + "/streams.db-wal"), 0u);
  }

  struct Opened {
    std::unique_ptr<store::SqliteStore> store;
    std::optional<Error> error;
    std::string notice;
  };
  /// As server::Storage does.
  Opened open(const testing::TemporaryDirectory& files) const {
    const os::Fd directory = std::move(
        *os::open_private_directory(files.path(), fs::path(files.path()).parent_path(), os::IfMissing::kFail));
    const os::Fd backups =
        std::move(*os::open_private_directory(files.path() + "/backups", files.path(), os::IfMissing::kFail));
    Recovery recovery({&directory, files.path(), "streams.db", &backups, files.path() + "/backups"}, 0, clock_.wall(),
                      log_);
    Opened result;
    if (const auto prepared = recovery.prepare(); !prepared) {
      result.error = prepared.error();
    } else {
      store::OpenReport report;
      auto store = recovery.open(
          [&](store::OpenReport& opened) {
            return store::SqliteStore::open(
                {&directory, files.path(), "streams.db"},
                [](store::SqliteStore&, std::int64_t) -> Result<void> { return {}; }, opened);
          },
          report);
      if (store)
        result.store = std::move(*store);
      else
        result.error = store.error();
    }
    result.notice = recovery.notice();
    return result;
  }

  testing::TemporaryDirectory left_files_;
  const std::string left_ = left_files_.path();
  testing::StillClock clock_;
  Log log_;
  FaultVfs disk_;
};

TEST_P(OpenFault, IsSaidAndReplacesNothing) {
  const Case& fault = GetParam();
  int fired = 0;
  for (int n = 1;; ++n) {
    SCOPED_TRACE(fmt::format("{} {}", fault.name, n));
    ASSERT_LT(n, 2000);
    const testing::TemporaryDirectory files;
    fs::copy(left_, files.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    disk_.arm({fault.operation, n, fault.code, fault.length});
    {
      const Opened opened = open(files);
      if (opened.error)
        EXPECT_TRUE(opened.error->code == ErrorCode::kStorageFailed || opened.error->code == ErrorCode::kStorageFull)
            << opened.error->message;
      EXPECT_EQ(opened.notice, "") << (opened.error ? opened.error->message : "");
    }
    const bool has_fired = disk_.disarm();
    const Opened again = open(files);
    ASSERT_NE(again.store, nullptr) << again.error->message;
    EXPECT_EQ(again.notice, "");
    EXPECT_EQ(*again.store->check_integrity(), "ok");
    const auto reader = std::move(*again.store->open_reader());
    EXPECT_TRUE(*reader->find_stream({"one"}));
    EXPECT_TRUE(*reader->find_stream({"two"}));
    if (HasFailure() || !has_fired) break;
    ++fired;
  }
  EXPECT_GE(fired, fault.at_least) << "the sweep met too few operations to prove anything";
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, OpenFault,
    ::testing::Values(Case{"Open", DiskOperation::kOpen, SQLITE_CANTOPEN, Length::kOnce, 2},
                      Case{"OpenForAWhile", DiskOperation::kOpen, SQLITE_CANTOPEN, Length::kUntilDisarm, 2},
                      Case{"Read", DiskOperation::kRead, SQLITE_IOERR_READ, Length::kOnce, 4},
                      Case{"ReadForAWhile", DiskOperation::kRead, SQLITE_IOERR_READ, Length::kUntilDisarm, 4},
                      Case{"Write", DiskOperation::kWrite, SQLITE_IOERR_WRITE, Length::kOnce, 2},
                      Case{"WriteFull", DiskOperation::kWrite, SQLITE_FULL, Length::kUntilDisarm, 2},
                      Case{"Sync", DiskOperation::kSync, SQLITE_IOERR_FSYNC, Length::kOnce, 1},
                      Case{"PowerLoss", DiskOperation::kWrite, SQLITE_IOERR_WRITE, Length::kPowerLoss, 2}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace stream_status::service
