// Retirements that a crash left open, as the next start finds them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/store_world.h"

namespace stream_status::service {
namespace {

using testing::ServiceWorld;

class Retirement : public ::testing::Test, protected ServiceWorld {
 protected:
  void leave_open(const std::string& payload) {
    const auto transaction = *world.store->begin(world.clock.wall());
    store::IntentRow intent;
    intent.kind = "retire";
    intent.stream_id.text = "auth";
    intent.payload = payload;
    intent.due = world.clock.wall();
    ASSERT_TRUE(transaction->insert_intent(intent, world.clock.wall()));
    ASSERT_TRUE(transaction->commit());
  }
  /// The first call that acts comes after all that was open.
  void start_again() {
    const auto again =
        std::move(*Work::open({*world.store, writer, config, world.clock, log, files.path(), {}, {}, files.path()}));
    again->start();
    const Call call{api::find_operation("remove_stream"), {{"streamId", "auth"}}, {{"tester"}, "", ""}};
    std::promise<Result<Answer>> answered;
    again->run(call, *api::Arguments::bind(*call.operation, call.arguments), service.leases(), lane_,
               [&](Result<Answer> answer) { answered.set_value(std::move(answer)); });
    const auto answer = answered.get_future().get();
    EXPECT_TRUE(answer) << answer.error().message;
    again->stop();
  }

  testing::DirectLane lane_;
};

TEST_F(Retirement, AStrangePayloadIsReadAsFarAsItGoes) {
  must("add_stream", R"({"title":"Auth","streamId":"auth"})");
  std::filesystem::create_directories(files.path() + "/plans");
  testing::write_text(files.path() + "/plans/auth.md", "a plan");
  leave_open(R"({"report":"history.md","planFiles":[1,null,[],{},{"path":7},{"path":"plans/auth.md"}],)"
             R"("request":1,"landing":[],"uncommitted":[1],"hasGit":"yes","agent":2})");
  start_again();
  const auto intents = *world.reader->intents();
  ASSERT_EQ(intents.size(), 1u);
  EXPECT_EQ(intents[0].state, store::IntentState::kDone) << intents[0].error;
  EXPECT_EQ((*world.reader->find_stream({"auth"}))->status, domain::Status::kArchived);
  EXPECT_FALSE(std::filesystem::exists(files.path() + "/plans/auth.md"));
}

}  // namespace
}  // namespace stream_status::service
