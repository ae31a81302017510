// GET /api/projects: what runs, the kernel's locks say; nothing of another project is touched.
#include <fstream>

#include "lifecycle/lifecycle_test.h"
#include "support/waiting.h"

namespace stream_status::testing {
namespace {

class Projects : public LifecycleTest {
 protected:
  json::array ask_projects() {
    HttpConnection connection = HttpConnection::to_socket(world.file("api.sock"));
    const HttpAnswer answer = connection.get("/api/projects");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json().at("projects").as_array();
  }
};

TEST_F(Projects, AreThisOneThenThoseThatRunThenTheOthersByName) {
  const std::string zebra = world.make_repository("zebra");
  const std::string ant = world.make_repository("ant");
  const std::string killed = world.make_repository("killed");
  const std::string twin = world.make_repository("twin/ant");
  for (const std::string& root : {zebra, ant, killed, twin}) world.ask({"add", "A stream"}, root);
  world.ask({"stop"}, ant);
  world.watch_server();
  const os::Fd victim = std::move(*os::watch_process(world.server_pid("killed")));
  ASSERT_TRUE(send_signal(victim, SIGKILL));
  ASSERT_TRUE(wait_end(victim));
  ASSERT_TRUE(world.record("killed")) << "it left its record";
  const std::string before = picture_of(world.directory("ant")) + picture_of(world.directory("killed"));

  const json::array projects = ask_projects();
  ASSERT_EQ(projects.size(), 5u) << json::serialize(projects);
  struct Row {
    std::string root;
    std::string name;
    bool running;
  };
  const std::vector<Row> rows = {{world.project(), "shop", true},
                                 {twin, "ant", true},
                                 {zebra, "zebra", true},
                                 {ant, "ant", false},
                                 {killed, "killed", false}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const json::object& shown = projects.at(i).as_object();
    EXPECT_EQ(text_at(shown, "root"), rows[i].root) << i;
    EXPECT_EQ(text_at(shown, "name"), rows[i].name) << i;
    EXPECT_EQ(shown.at("running"), rows[i].running) << i;
    EXPECT_EQ(shown.at("current"), i == 0) << i;
    EXPECT_EQ(shown.at("port").is_int64(), rows[i].running) << i;
    EXPECT_EQ(shown.at("startedAt").is_string(), rows[i].running) << i;
    EXPECT_EQ(shown.at("version").is_string(), rows[i].running) << i;
    EXPECT_EQ(shown.at("url").is_string(), rows[i].running) << i;
  }
  EXPECT_EQ(text_at(projects.at(2).as_object(), "url"), "http://127.0.0.1:" + std::to_string(world.port("zebra")));
  EXPECT_EQ(picture_of(world.directory("ant")) + picture_of(world.directory("killed")), before);
}

TEST_F(Projects, GivesNoAddressWithoutARecordOfTheProcessThatHoldsTheLock) {
  const std::string other = world.make_repository("other");
  world.ask({"add", "A stream"}, other);
  world.watch_server();
  json::object record = *world.record("other");
  record["pid"] = world.server_pid();  // of a server that is there, but holds another lock
  std::ofstream(world.directory("other") + "/.api-server.lock") << json::serialize(record);
  json::object shown = ask_projects().at(1).as_object();
  EXPECT_EQ(shown.at("running"), true);
  EXPECT_TRUE(shown.at("port").is_null());
  EXPECT_TRUE(shown.at("url").is_null());
}

}  // namespace
}  // namespace stream_status::testing
