// Files taken away under a server that is being written to: whatever was acknowledged is in the next server's data,
// once.
#include <algorithm>
#include <filesystem>
#include <set>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

struct Removed {
  const char* name;
  std::vector<const char*> files;  ///< below the project's directory; "": all of it
};
void PrintTo(const Removed& removed, std::ostream* out) { *out << removed.name; }

class RemovedUnderLoad : public LifecycleTest, public ::testing::WithParamInterface<Removed> {
 protected:
  void SetUp() override { takes_files_away = true; }

  void remove_files() const {
    for (const std::string file : GetParam().files) {
      std::error_code changing;  // the server writes into the directory meanwhile
      const fs::path path = file.empty() ? world.directory() : world.file(file);
      while (fs::exists(path)) fs::remove_all(path, changing);
      if (file.empty()) break;
    }
  }

  /// Adds streams until `more` of them are acknowledged; at half of it the files go.
  void write_while_files_go(Agents& agents, std::size_t more) {
    std::vector<int> waiting(agents.size());
    std::vector<json::object> work(agents.size());
    const std::size_t target = acknowledged.size() + more;
    const std::size_t half = acknowledged.size() + more / 2;
    bool removed = false;
    const auto send_next = [&](std::size_t i) {
      const std::string id = "stream-" + std::to_string(10'000 + next++);
      work[i] = {{"title", "Stream"}, {"streamId", id}, {"requestId", "request-" + id}};
      waiting[i] = agents[i]->send("add_stream", work[i]);
    };
    for (std::size_t i = 0; i < agents.size(); ++i) send_next(i);
    const auto step = [&] {
      for (std::size_t i = 0; i < agents.size(); ++i) {
        if (waiting[i] == 0 || !agents[i]->has_answer(waiting[i])) continue;
        const ToolAnswer answer = agents[i]->take(std::exchange(waiting[i], 0));
        if (answer.is_error) {
          // As it is told: the same call with the same request id.
          EXPECT_EQ(answer.data.at("retryable"), true) << answer.text;
          waiting[i] = agents[i]->send("add_stream", work[i]);
          continue;
        }
        acknowledged.push_back(text_at(answer.data, "id"));
        if (!removed && acknowledged.size() >= half) {
          remove_files();
          removed = true;
        }
        if (acknowledged.size() < target) send_next(i);
      }
      return std::all_of(waiting.begin(), waiting.end(), [](int id) { return id == 0; });
    };
    EXPECT_TRUE(listen_until(agents, step, Deadline(seconds{120})));
  }

  /// All of them, however many.
  std::vector<std::string> stored() const {
    world.ask({"list"});
    std::vector<std::string> ids;
    const json::object all = HttpConnection::to_port(world.port()).get("/api/streams").json();
    for (const json::value& stream : all.at("streams").as_array()) ids.push_back(text_at(stream.as_object(), "id"));
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  std::vector<std::string> acknowledged;
  int next = 0;
};

TEST_P(RemovedUnderLoad, LosesNoAcknowledgedWriteAndAppliesNoneTwice) {
  const int rounds = number_from_environment("STREAM_STATUS_REMOVALS", 2);
  constexpr std::size_t kWriters = 6;
  world.ask({"list"});
  for (int round = 0; round < rounds; ++round) {
    const std::string before = world.instance();
    Agents agents;
    for (std::size_t i = 0; i < kWriters; ++i) agents.push_back(std::make_unique<Agent>(world));
    write_while_files_go(agents, 60);
    ASSERT_FALSE(HasFailure()) << "round " << round;
    EXPECT_NE(world.instance(), before) << "the server whose files went is still the one";
    std::sort(acknowledged.begin(), acknowledged.end());
    EXPECT_EQ(std::set(acknowledged.begin(), acknowledged.end()).size(), acknowledged.size());
    ASSERT_EQ(stored(), acknowledged) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, RemovedUnderLoad,
                         ::testing::Values(Removed{"Lock", {"server.lock"}}, Removed{"Database", {"streams.db"}},
                                           Removed{"Log", {"streams.db-wal"}},
                                           Removed{"DatabaseAndItsLog",
                                                   {"streams.db-wal", "streams.db", "streams.db-shm"}},
                                           Removed{"Directory", {""}}),
                         [](const auto& removed) { return std::string(removed.param.name); });

class RemovedWhileIdle : public LifecycleTest {
 protected:
  void SetUp() override { takes_files_away = true; }
};

TEST_F(RemovedWhileIdle, AServerThatNobodyCallsSavesItsDataToo) {
  world.ask({"add", "Kept"});
  const os::Fd server = world.watch_server();
  fs::remove_all(world.directory());
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"}) << "the next server came before the old one knew";
  EXPECT_TRUE(wait_end(server));
  EXPECT_FALSE(world.log_lines("custody_awaited").empty());
}

}  // namespace
}  // namespace stream_status::testing
