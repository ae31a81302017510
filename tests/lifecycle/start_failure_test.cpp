// A server that can not start: everybody is told why, and it is not tried once for each of them.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class StartFailure : public LifecycleTest {
 protected:
  /// A stream-statusd that notes each start, and then does this.
  void replace_server(const std::string& script) {
    world.use_copied_programs();
    const std::string path = world.program("stream-statusd");
    fs::remove(path);
    write_text(path, "#!/bin/sh\necho started >> " + notes() + "\n" + script + "\n");
    ::chmod(path.c_str(), 0755);
  }
  std::string notes() const { return world.root() + "/starts"; }
  int starts() const {
    const std::string text = text_of_file(notes());
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }
};

TEST_F(StartFailure, OfAServerThatAlwaysCrashesIsToldToACrowdWithTheEndOfItsLogAndFewStarts) {
  world.prepare();
  replace_server("echo 'FATAL the disk is made of cheese' >> " + world.home() +
                 "/logs/api-server-shop.log; kill -SEGV $$");
  std::vector<std::unique_ptr<Program>> crowd;
  for (int i = 0; i < kCrowd / 4; ++i) crowd.push_back(std::make_unique<Program>(world.start({"list", "--json"})));
  const Deadline promised(seconds{45});
  for (const auto& client : crowd) {
    ASSERT_EQ(client->wait_exit(promised), 5);
    std::string said(65536, '\0');
    const ssize_t size = ::read(client->errors().get(), said.data(), said.size());
    said.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    EXPECT_NE(said.find("server_unavailable"), std::string::npos) << said;
    EXPECT_NE(said.find("made of cheese"), std::string::npos) << said;
  }
  // At 0, 0.5, 1.5, 3.5, 7.5 and 15.5 s for all of them together, and more where some were late: fifty clients that
  // did not hear of each other would make 300.
  EXPECT_GE(starts(), 3);
  EXPECT_LE(starts(), 30) << "a storm of starts";

  fs::remove(world.program("stream-statusd"));
  fs::copy_file(programs_directory() + "/stream-statusd", world.program("stream-statusd"));
  EXPECT_TRUE(world.stream_ids().empty());
}

TEST_F(StartFailure, ThatNoOtherStartCouldMendIsToldAtOnceAfterOneStart) {
  world.prepare();
  replace_server(
      R"(echo 'ERR {"error":"open streams.db: schema 99 is newer","code":"incompatible","hint":"use it"}' >&3)");
  const Refusal refusal = world.refusal({"list"});
  EXPECT_EQ(refusal.code, "incompatible");
  EXPECT_NE(refusal.message.find("schema 99"), std::string::npos) << refusal.message;
  EXPECT_EQ(starts(), 1);
}

}  // namespace
}  // namespace stream_status::testing
