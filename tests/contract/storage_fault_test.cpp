// Every n-th write, sync and read of the disk fails, through the real writer, service and SQLite: whatever
// was acknowledged is there, once; what failed says why and takes effect once when it is sent again; reads go on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/fault_vfs.h"
#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::DiskOperation;
using testing::FaultVfs;
using testing::ServiceWorld;
using Length = FaultVfs::Fault::Length;
using Part = FaultVfs::Fault::Part;

struct Case {
  const char* name;
  DiskOperation operation;
  int code;
  Length length;
  Part part;
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

constexpr int kEach = 3;  ///< additions, updates, commits

struct Request {
  std::string operation;
  std::string arguments;
  bool acknowledged = false;
};

/// Enough to fill pages: additions, updates, commits, each with a request id of its own.
std::vector<Request> requests() {
  std::vector<Request> all;
  for (int i = 0; i < kEach; ++i) {
    all.push_back({"add_stream", fmt::format(R"({{"title":"T","streamId":"s{0}","goal":"{1}","requestId":"a{0}"}})", i,
                                             std::string(3000, 'g'))});
    all.push_back({"update_stream", fmt::format(R"({{"streamId":"base","note":"n{0}","requestId":"u{0}"}})", i)});
    all.push_back(
        {"add_commit", fmt::format(R"({{"streamId":"base","commitHash":"abcdef{0}","requestId":"c{0}"}})", i)});
  }
  return all;
}

class StorageFault : public ::testing::TestWithParam<Case> {
 protected:
  /// `once` with a fresh world and the n-th operation armed, for n from 1 until the fault has no operation to strike;
  /// `once` disarms and says whether it has struck.
  template <typename Once>
  void sweep(const Once& once) {
    const Case& fault = GetParam();
    int fired = 0;
    for (int n = 1;; ++n) {
      SCOPED_TRACE(fmt::format("{} {}", fault.name, n));
      ASSERT_LT(n, 2000);
      ServiceWorld world;
      world.must("add_stream", R"({"title":"Base","streamId":"base"})");
      std::vector<Request> all = requests();
      disk_.arm({fault.operation, n, fault.code, fault.length, fault.part});
      const bool has_fired = once(world, all);
      if (HasFailure()) return;
      if (!has_fired) break;
      ++fired;
    }
    EXPECT_GT(fired, 3) << "the sweep met too few operations to prove anything";
  }

  void call(ServiceWorld& world, Request& request) {
    const auto answer = world.call(request.operation, request.arguments);
    if (answer) {
      request.acknowledged = true;
      return;
    }
    const ErrorCode code = answer.error().code;
    EXPECT_TRUE(code == ErrorCode::kStorageFull || code == ErrorCode::kStorageFailed) << answer.error().message;
    EXPECT_FALSE(answer.error().hint.empty()) << answer.error().message;
    if (GetParam().code == SQLITE_FULL) EXPECT_EQ(code, ErrorCode::kStorageFull) << answer.error().message;
  }

  /// One note event per update, one stream per addition, one commit per commit: nothing is lost, nothing comes twice.
  static void expect_each_once(store::Reader& reader) {
    const auto events = *reader.events_after(0, 100'000);
    std::map<std::string, int> seen;
    for (const store::EventRow& event : events)
      ++seen[event.type + (event.type == "note" ? event.new_value : event.stream_id.text)];
    for (int i = 0; i < kEach; ++i) {
      EXPECT_EQ(seen[fmt::format("createds{}", i)], 1) << i;
      EXPECT_EQ(seen[fmt::format("note\"n{}\"", i)], 1) << i;
    }
    EXPECT_EQ(seen["commit_addedbase"], kEach);
    EXPECT_EQ(reader.list_commits(std::nullopt, 100, 0)->total, kEach);
    EXPECT_EQ(reader.list_streams({})->streams.size(), kEach + 1u);
  }

  FaultVfs disk_;  ///< before any connection
};

TEST_P(StorageFault, OfEveryNthOperationLosesNothingAndHarmsNothing) {
  sweep([&](ServiceWorld& world, std::vector<Request>& all) {
    for (Request& request : all) {
      call(world, request);
      if (GetParam().operation != DiskOperation::kRead) EXPECT_TRUE(world.call("get_stream", R"({"streamId":"base"})"));
    }
    const bool has_fired = disk_.disarm();
    // The disk is well again: the same calls, with the same request ids, whether they were acknowledged or not.
    for (const Request& request : all) world.must(request.operation, request.arguments);
    world.writer.stop();
    world.world.close();
    world.world.open();
    EXPECT_EQ(*world.world.store->check_integrity(), "ok");
    expect_each_once(*world.world.reader);
    return has_fired;
  });
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, StorageFault,
    ::testing::Values(
        Case{"WriteFull", DiskOperation::kWrite, SQLITE_FULL, Length::kOnce, Part::kNothing},
        Case{"WriteFullForAWhile", DiskOperation::kWrite, SQLITE_FULL, Length::kUntilDisarm, Part::kNothing},
        Case{"WriteFails", DiskOperation::kWrite, SQLITE_IOERR_WRITE, Length::kOnce, Part::kNothing},
        Case{"HalfAWrite", DiskOperation::kWrite, SQLITE_IOERR_WRITE, Length::kOnce, Part::kHalf},
        Case{"HalfAWriteFull", DiskOperation::kWrite, SQLITE_FULL, Length::kUntilDisarm, Part::kHalf},
        Case{"SyncFails", DiskOperation::kSync, SQLITE_IOERR_FSYNC, Length::kOnce, Part::kNothing},
        Case{"SyncFailsForAWhile", DiskOperation::kSync, SQLITE_IOERR_FSYNC, Length::kUntilDisarm, Part::kNothing},
        Case{"ReadFails", DiskOperation::kRead, SQLITE_IOERR_READ, Length::kOnce, Part::kNothing},
        Case{"ReadFailsForAWhile", DiskOperation::kRead, SQLITE_IOERR_READ, Length::kUntilDisarm, Part::kNothing}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(StorageFull, LeavesNoHalfCopyThatKeepsTheDiskFull) {
  FaultVfs disk;
  ServiceWorld world;
  world.must("add_stream", R"({"title":"Base","streamId":"base"})");
  const std::string copy = world.world.path() + "/copy.db";
  disk.arm({DiskOperation::kWrite, 5, SQLITE_FULL, Length::kUntilDisarm});
  const auto taken = world.world.store->snapshot(copy);
  EXPECT_TRUE(disk.disarm());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kStorageFull) << taken.error().message;
  for (const char* side : {"", "-journal"}) EXPECT_FALSE(std::filesystem::exists(copy + side)) << side;
}

class PowerLoss : public StorageFault {};

TEST_P(PowerLoss, AtEveryNthOperationKeepsWhatWasAcknowledged) {
  sweep([&](ServiceWorld& world, std::vector<Request>& all) {
    for (Request& request : all) call(world, request);
    world.work->stop();
    world.writer.stop();
    world.work.reset();
    world.world.close();
    const bool has_fired = disk_.disarm();
    if (has_fired) disk_.drop_unsynced();

    world.world.open();
    EXPECT_NE(world.world.store, nullptr);
    if (world.world.store == nullptr) return has_fired;
    EXPECT_EQ(*world.world.store->check_integrity(), "ok");
    auto transaction = std::move(*world.world.store->begin(world.world.today()));
    for (const Request& request : all) {
      const auto id = *parse_json_object(request.arguments);
      const RequestId request_id{std::string(*find_string(id, "requestId"))};
      if (request.acknowledged) EXPECT_TRUE(*transaction->find_answer(request_id)) << request.arguments;
    }
    for (const Request& request : all)
      if (request.acknowledged && request.operation == "add_stream") {
        const auto arguments = *parse_json_object(request.arguments);
        EXPECT_TRUE(*world.world.reader->find_stream({std::string(*find_string(arguments, "streamId"))}));
      }
    return has_fired;
  });
}

INSTANTIATE_TEST_SUITE_P(
    Moments, PowerLoss,
    ::testing::Values(Case{"InAWrite", DiskOperation::kWrite, SQLITE_IOERR_WRITE, Length::kPowerLoss, Part::kHalf},
                      Case{"InASync", DiskOperation::kSync, SQLITE_IOERR_FSYNC, Length::kPowerLoss, Part::kNothing}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace stream_status::service
