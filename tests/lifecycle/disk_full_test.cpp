// A disk that is really full, under a real server: changes are refused with what to do, reads go on, and space that
// comes back is all it takes.
#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

/// The world's home lies on a file system of 6 MiB that only this process and what it starts can see.
class FullDisk : public LifecycleTest {
 protected:
  void SetUp() override {
    fs::create_directories(world.home());
    const bool apart = ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    mounted_ = apart && ::mount("tmpfs", world.home().c_str(), "tmpfs", 0, "size=6m,mode=0700") == 0;
    if (!mounted_) GTEST_SKIP() << "this user can not mount a small file system here: " << std::strerror(errno);
  }
  void TearDown() override {
    LifecycleTest::TearDown();
    if (mounted_) ::umount2(world.home().c_str(), MNT_DETACH);
  }

  std::string filler() const { return world.home() + "/filler"; }
  void fill() const {
    for (const std::size_t piece : {1u << 16, 1u << 12, 1u}) {
      std::ofstream file(filler(), std::ios::binary | std::ios::app);
      const std::string bytes(piece, 'f');
      while (file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush()) {
      }
    }
  }

  bool mounted_ = false;
};

TEST_F(FullDisk, RefusesChangesWithWhatToDoWhileReadsGoOn) {
  Agent agent(world);
  agent.get("add_stream", {{"title", "Before"}});
  HttpConnection connection = HttpConnection::to_port(world.port());
  fill();
  // What the log has room for already may still succeed.
  const std::string goal(8'000, 'g');
  std::vector<std::string> acknowledged = {"before"};
  json::object refused;
  HttpAnswer answer;
  for (int i = 0; i < 1000 && answer.status != 503; ++i) {
    const std::string id = "full-" + std::to_string(i);
    refused = {{"title", "Full"}, {"streamId", id}, {"goal", goal}, {"requestId", "request-" + id}};
    answer = connection.send_json("POST", "/api/streams", refused);
    if (answer.status == 201) acknowledged.push_back(id);
  }
  ASSERT_EQ(answer.status, 503) << answer.body;
  EXPECT_EQ(text_at(answer.json(), "code"), "storage_full");
  EXPECT_FALSE(answer.header("retry-after").empty());
  EXPECT_NE(text_at(answer.json(), "hint").find("free"), std::string::npos);

  const ToolAnswer told = agent.call("add_stream", {{"title", "Tool"}, {"goal", goal}});
  EXPECT_TRUE(told.is_error);
  EXPECT_NE(told.text.find("storage_full"), std::string::npos) << told.text;
  const Refusal refusal = world.refusal({"add", "Command", "--goal", goal});
  EXPECT_EQ(refusal.exit_code, 1);
  EXPECT_EQ(refusal.code, "storage_full");
  EXPECT_EQ(connection.get("/api/streams").status, 200);
  std::sort(acknowledged.begin(), acknowledged.end());
  EXPECT_EQ(world.stream_ids(), acknowledged);

  fs::remove(filler());
  EXPECT_EQ(connection.send_json("POST", "/api/streams", refused).status, 201) << "the same call, with space again";
  acknowledged.push_back(text_at(refused, "streamId"));
  std::sort(acknowledged.begin(), acknowledged.end());
  EXPECT_EQ(world.stream_ids(), acknowledged);
}

}  // namespace
}  // namespace stream_status::testing
