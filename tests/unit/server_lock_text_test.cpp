#include "server/lock_text.h"

#include <gtest/gtest.h>

#include "support/client_world.h"
#include "support/waiting.h"

namespace stream_status::server {
namespace {

class ServerLockText : public ::testing::Test {
 protected:
  ServerLockText() : lock_(*std::move(*os::FileLock::try_acquire(world_.directory.fd, project::kServerLockName))) {}

  std::string path() const { return world_.directory.path + "/server.lock"; }
  json::object read() const { return parse_json_object(testing::text_of_file(path())).value_or(json::object{}); }
  std::int64_t progress() const { return find_integer(read(), "progress").value_or(-1); }

  testing::ClientWorld world_;
  os::FileLock lock_;
};

TEST_F(ServerLockText, SaysWhoHoldsTheLockAndWhatTheNextHolderNeeds) {
  LockText text(lock_, {3005, 41}, [](std::string_view) {});
  text.phase("opening");
  const os::ProcessIdentity me = os::this_process();
  EXPECT_EQ(read().at("pid"), me.pid);
  EXPECT_EQ(read().at("startTicks"), me.start_ticks);
  EXPECT_EQ(read().at("bootId"), json::string(me.boot_id));
  EXPECT_EQ(read().at("pidNamespace"), me.pid_namespace);
  EXPECT_EQ(read().at("phase"), "opening");
  EXPECT_EQ(read_last_port(world_.directory.fd), 3005);
  EXPECT_EQ(read_lock_number(world_.directory.fd, "revision"), 41);
  text.set_port(3007);
  text.set_revision(42);
  EXPECT_EQ(read_last_port(world_.directory.fd), 3007);
  EXPECT_EQ(read_lock_number(world_.directory.fd, "revision"), 42);
}

TEST_F(ServerLockText, CallsProgressWhatIsWorkAndNothingElse) {
  LockText text(lock_, {}, [](std::string_view) {});
  text.phase("opening");
  const std::int64_t first = progress();
  // One long step without a word. The looking itself is the work.
  for (const testing::Deadline deadline; progress() < first + 2 && !deadline.over();) {
  }
  EXPECT_GE(progress(), first + 2);
  text.phase("ready", LockText::Stage::kServing);
  const std::int64_t ready = progress();
  text.set_revision(7);
  EXPECT_EQ(progress(), ready) << "a server that only writes this may hang all the same";
}

}  // namespace
}  // namespace stream_status::server
