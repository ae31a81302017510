// Every 10 s a server looks whether the project's files still say that it is the server, and reads config.json again.
// All that is found by that look is in one test, so that the suite waits for it once.
#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class OwnLook : public LifecycleTest {
 protected:
  /// A project with a server; returns its root.
  std::string serve(const std::string& name) const {
    const std::string root = world.make_repository(name);
    world.ask({"add", "Kept"}, root);
    return root;
  }
  std::string config_of(const std::string& name) const { return world.directory(name) + "/config.json"; }

  bool is_logged(const std::string& part, const std::string& name) const {
    return eventually(world.home() + "/logs", [&] { return !world.log_lines(part, name).empty(); });
  }
};

TEST_F(OwnLook, FindsWhatHappenedToFilesProjectAndConfiguration) {
  const std::string without_record = serve("without-record");
  const std::string foreign_record = serve("foreign-record");
  const std::string without_socket = serve("without-socket");
  const std::string gone = serve("gone");
  const std::string edited = serve("edited");
  const std::string spoiled = serve("spoiled");
  const std::string instance = world.instance("without-record");
  const std::string foreign_instance = world.instance("foreign-record");
  const auto server_of_gone = os::watch_process(world.server_pid("gone"));
  ASSERT_TRUE(server_of_gone);

  fs::remove(world.directory("without-record") + "/.api-server.lock");
  fs::copy_file(world.directory("edited") + "/.api-server.lock",
                world.directory("foreign-record") + "/.api-server.lock", fs::copy_options::overwrite_existing);
  fs::remove(world.directory("without-socket") + "/api.sock");
  fs::remove_all(gone);
  const std::string good = text_of_file(config_of("edited"));
  std::string with_design = good;
  with_design.replace(with_design.find("\"categories\": []"), 16, "\"categories\": [\"design\"]");
  write_text(config_of("edited"), with_design);
  write_text(config_of("spoiled"), "{\"port\": true}");

  // Whoever comes before the look waits for it: the lock says that there is a server.
  Agent early(world, without_record);
  EXPECT_EQ(text_at(early.get("get_version"), "instanceId"), instance);
  EXPECT_EQ(world.instance("without-record"), instance);
  EXPECT_EQ(world.stream_ids(foreign_record), std::vector<std::string>{"kept"});
  EXPECT_EQ(world.instance("foreign-record"), foreign_instance);

  ASSERT_TRUE(is_logged("socket_rebound", "without-socket"));
  EXPECT_EQ(HttpConnection::to_socket(world.directory("without-socket") + "/api.sock").get("/api/health").status, 200);

  EXPECT_EQ(wait_exit_code(*server_of_gone), 0);
  EXPECT_FALSE(world.record("gone"));

  ASSERT_TRUE(is_logged("config_reloaded", "edited"));
  world.ask({"add", "Colours", "--category", "design"}, edited);

  ASSERT_TRUE(is_logged("config_invalid", "spoiled"));
  world.ask({"add", "The old values count"}, spoiled);
  const json::object status = world.ask({"status"}, spoiled);
  EXPECT_NE(json::serialize(status.at("config").at("problem")).find("port is true"), std::string::npos);
  EXPECT_EQ(world.run({"doctor"}, spoiled).exit_code, 1);
  EXPECT_EQ(text_of_file(config_of("spoiled")), "{\"port\": true}");
}

TEST_F(OwnLook, IsWaitedForByWhoeverStopsAllServersAndFindsNoRecord) {
  world.ask({"list"});
  const auto server = os::watch_process(world.server_pid());
  ASSERT_TRUE(server);
  fs::remove(world.file(".api-server.lock"));
  // `ps` shows it, by the lock that it holds; so "nothing to stop" would be wrong.
  EXPECT_EQ(world.ask({"ps"}).at("servers").as_array().size(), 1u);
  EXPECT_EQ(world.ask({"stop", "--all"}, "/").at("stopped").as_array().size(), 1u);
  EXPECT_TRUE(wait_end(*server, Deadline(seconds{2})));
}

}  // namespace
}  // namespace stream_status::testing
