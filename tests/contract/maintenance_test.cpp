// A restore or an import while others go on working: what is accepted is what the next server finds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "service/maintenance.h"
#include "service/transfer.h"
#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::ServiceWorld;
using testing::TemporaryDirectory;

/// Lets something happen once, after the streams were counted, while the import goes on.
class BusyClock final : public os::Clock {
 public:
  explicit BusyClock(const os::Clock& clock) : clock_(clock) {}
  WallTime wall() const override {
    if (has_counted_ && meanwhile && !has_happened_.exchange(true)) meanwhile();
    return clock_.wall();
  }
  MonotonicTime monotonic() const override { return clock_.monotonic(); }
  WallTime local_midnight(WallTime now) const override {
    has_counted_ = true;
    return clock_.local_midnight(now);
  }

  std::function<void()> meanwhile;  ///< set before the thread starts

 private:
  const os::Clock& clock_;
  mutable std::atomic<bool> has_counted_{false};
  mutable std::atomic<bool> has_happened_{false};
};

class MaintenanceTest : public ::testing::Test, protected ServiceWorld {
 protected:
  ~MaintenanceTest() override { maintenance_.stop(); }

  std::future<Result<Answer>> ask(MaintenanceTask task, json::object arguments) {
    auto answered = std::make_shared<std::promise<Result<Answer>>>();
    auto answer = answered->get_future();
    maintenance_.run(task, std::move(arguments), lane_,
                     [answered](Result<Answer> given) { answered->set_value(std::move(given)); });
    return answer;
  }
  bool is_there(const std::string& name) const { return std::filesystem::exists(world.path() + "/" + name); }

  TemporaryDirectory files_;
  testing::DirectLane lane_;
  os::Fd directory_ = std::move(*os::open_directory(world.path()));
  BusyClock clock_{world.clock};
  std::atomic<int> stops_{0};
  Snapshots snapshots_{{files_.path(), files_.path(), "/a/project"}, *world.store, log};
  Maintenance maintenance_{{*world.store, writer, snapshots_, config, clock_, log, directory_, world.path(),
                            "streams.db", files_.path(), [this](std::string_view) { ++stops_; }}};
};

TEST_F(MaintenanceTest, AnAcceptedRestoreIsTheLastThingThatIsDone) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  const std::string first = files_.path() + "/first.db";
  const std::string second = files_.path() + "/second.db";
  for (const std::string& copy : {first, second}) ASSERT_TRUE(world.store->snapshot(copy));
  auto accepted = ask(MaintenanceTask::kRestore, {{"file", first}});
  std::vector<std::future<Result<Answer>>> later;
  later.push_back(ask(MaintenanceTask::kRestore, {{"file", second}}));
  later.push_back(ask(MaintenanceTask::kRestore, {{"file", files_.path() + "/absent.db"}}));
  later.push_back(ask(MaintenanceTask::kBackup, {}));
  maintenance_.start();
  const auto answer = accepted.get();
  ASSERT_TRUE(answer) << answer.error().message;
  for (auto& one : later) {
    const auto refused = one.get();
    ASSERT_FALSE(refused) << refused->body;
    EXPECT_EQ(refused.error().code, ErrorCode::kDraining) << refused.error().message;
  }
  EXPECT_EQ(stops_, 1);
  EXPECT_TRUE(is_there("streams.db.chosen"));
  EXPECT_NE(testing::text_of_file(world.path() + "/restore.json").find("first.db"), std::string::npos);
}

TEST_F(MaintenanceTest, AStreamThatComesWhileAnImportIsReadIsNotReplaced) {
  const std::string copy = "copy.db";
  ASSERT_TRUE(world.store->snapshot(files_.path() + "/" + copy));
  const os::Fd directory = std::move(*os::open_directory(files_.path()));
  const std::string exported = files_.path() + "/shop.jsonl";
  ASSERT_TRUE(export_database({directory, files_.path(), copy}, "fieldnote", exported, world.clock.wall()));
  clock_.meanwhile = [this] { must("add_stream", R"({"title":"Auth","streamId":"auth"})"); };
  maintenance_.start();
  const auto refused = ask(MaintenanceTask::kImport, {{"file", exported}}).get();
  ASSERT_FALSE(refused) << refused->body;
  EXPECT_EQ(refused.error().code, ErrorCode::kStreamExists);
  EXPECT_EQ(stops_, 0);
  EXPECT_FALSE(is_there("streams.db.chosen"));
  EXPECT_FALSE(is_there("restore.json"));
  EXPECT_TRUE(ask(MaintenanceTask::kImport, {{"file", exported}, {"replace", true}}).get());
}

}  // namespace
}  // namespace stream_status::service
