// A server over a founding database answers clients of the founding Node implementation as that did: golden files of
// its answers, its record, and what its clients read of the events.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "lifecycle/lifecycle_test.h"
#include "service/founding_rows.h"
#include "support/founding_database.h"
#include "support/source_tree.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

fs::path golden() { return source_tree() / "tests/contract/golden/founding"; }

/// What differs between the answer wanted and the one given, as lines "path: …"; empty: it holds.
class Comparison {
 public:
  static std::string differences(const json::value& wanted, const json::value& given) {
    Comparison comparison;
    comparison.compare(wanted, given, "body");
    return comparison.found_;
  }

 private:
  void compare(const json::value& wanted, const json::value& given, const std::string& path) {
    if (wanted.is_object()) return compare_members(wanted.get_object(), given, path);
    if (wanted.is_array()) return compare_rows(wanted.get_array(), given, path);
    const std::string text = wanted.is_string() ? std::string(text_of(wanted.get_string())) : "";
    bool holds = wanted == given;
    if (text == "<text>") holds = given.is_string() && !given.get_string().empty();
    if (text == "<number>") holds = given.is_number();
    if (text == "<id>") holds = given.is_string() || given.is_number();
    if (text == "<time>") holds = given.is_string() && parse_rfc3339(text_of(given.get_string())).has_value();
    if (const auto time = service::parse_founding_time(text); time && given.is_string())
      holds = parse_rfc3339(text_of(given.get_string())) == time;
    if (!holds) note(path, wanted, given);
  }

  void compare_members(const json::object& wanted, const json::value& given, const std::string& path) {
    if (!given.is_object()) return note(path, wanted, given);
    for (const auto& [name, value] : wanted) {
      const json::value* member = given.get_object().if_contains(name);
      const std::string below = fmt::format("{}.{}", path, std::string_view(name.data(), name.size()));
      if (member == nullptr)
        found_ += below + ": missing\n";
      else
        compare(value, *member, below);
    }
  }

  /// Streams are found by id, commits by hash, wherever they stand; anything else by place.
  void compare_rows(const json::array& wanted, const json::value& given, const std::string& path) {
    if (!given.is_array()) return note(path, wanted, given);
    const json::array& rows = given.get_array();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const std::string below = fmt::format("{}[{}]", path, i);
      if (!wanted[i].is_object()) {
        if (rows.size() != wanted.size()) return note(path, wanted, given);
        compare(wanted[i], rows[i], below);
        continue;
      }
      const std::string_view key = wanted[i].get_object().contains("commitHash") ? "commitHash" : "id";
      const auto row = std::find_if(rows.begin(), rows.end(), [&](const json::value& one) {
        return one.is_object() && one.get_object().contains(key) && one.at(key) == wanted[i].at(key);
      });
      if (row == rows.end())
        found_ += below + ": missing " + json::serialize(wanted[i].at(key)) + "\n";
      else
        compare(wanted[i], *row, below);
    }
    if (wanted.empty() && !rows.empty()) note(path, wanted, given);
  }

  void note(const std::string& path, const json::value& wanted, const json::value& given) {
    found_ += fmt::format("{}: {} instead of {}\n", path, json::serialize(given), json::serialize(wanted));
  }

  std::string found_;
};

class FoundingAnswers : public LifecycleTest {
 protected:
  void SetUp() override {
    fs::create_directories(world.directory());
    write_founding_database(world.file("streams.db"), std::string(kFoundingSchema) + kFoundingRows);
    ASSERT_EQ(world.stream_ids().size(), 5u);
  }
};

TEST_F(FoundingAnswers, HoldFieldByField) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(golden()))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  ASSERT_GE(files.size(), 2u);
  HttpConnection http = HttpConnection::to_port(world.port());
  int exchanges = 0;
  for (const fs::path& file : files) {
    const auto list = parse_json(text_of_file(file));
    ASSERT_TRUE(list) << file << ": " << list.error().message;
    for (const json::value& one : list->as_array()) {
      const json::object& exchange = one.as_object();
      const std::string method = text_at(exchange, "method");
      const std::string path = text_at(exchange, "path");
      const HttpAnswer answer = exchange.contains("send")
                                    ? http.send_json(method, path, exchange.at("send").as_object())
                                    : http.request(method, path);
      EXPECT_EQ(answer.status, number_at(exchange, "status")) << method << " " << path << "\n" << answer.body;
      EXPECT_EQ(Comparison::differences(exchange.at("body"), answer.json()), "") << method << " " << path << "\n"
                                                                                 << answer.body;
      ++exchanges;
    }
  }
  EXPECT_GE(exchanges, 30);
}

TEST_F(FoundingAnswers, ComeFromARecordThatFoundingClientsRead) {
  const auto record = world.record();
  ASSERT_TRUE(record);
  std::vector<std::string> keys;
  for (const auto& member : *record) keys.emplace_back(member.key());
  ASSERT_GE(keys.size(), 5u);
  keys.resize(5);
  EXPECT_EQ(keys, (std::vector<std::string>{"pid", "port", "projectRoot", "startedAt", "nodeVersion"}));
  EXPECT_TRUE(record->at("pid").is_int64());
  EXPECT_TRUE(record->at("port").is_int64());
  EXPECT_EQ(text_at(*record, "projectRoot"), world.project());
  EXPECT_TRUE(parse_rfc3339(text_at(*record, "startedAt")));
  EXPECT_TRUE(record->at("nodeVersion").is_string());
  EXPECT_EQ(text_at(*record, "projectName"), "shop");
  // Its discovery asks this, and takes 200 for "a server is there".
  EXPECT_EQ(HttpConnection::to_port(world.port()).get("/api/stats").status, 200);
}

/// Its clients read `type` of each event's data to know what to fetch again.
TEST_F(FoundingAnswers, EventsTellWhatToFetchAgain) {
  EventStream events(connect_to_port(world.port()), fmt::format("127.0.0.1:{}", world.port()));
  const auto connected = events.next("connected");
  ASSERT_TRUE(connected);
  EXPECT_NE(text_at(connected->json(), "clientId"), "");
  EXPECT_TRUE(parse_rfc3339(text_at(connected->json(), "timestamp")));
  const auto stats = events.next("stats");
  ASSERT_TRUE(stats);
  EXPECT_EQ(text_at(stats->json(), "type"), "stats");
  EXPECT_TRUE(parse_rfc3339(text_at(stats->json(), "timestamp")));

  HttpConnection http = HttpConnection::to_port(world.port());
  ASSERT_EQ(http.send_json("PATCH", "/api/streams/tides", {{"progress", 11}}).status, 200);
  const auto streams = events.next("all");
  ASSERT_TRUE(streams);
  EXPECT_EQ(text_at(streams->json(), "type"), "streams");
  EXPECT_TRUE(parse_rfc3339(text_at(streams->json(), "timestamp")));
  EXPECT_FALSE(streams->id) << "it is no part of the log";
  ASSERT_EQ(http.send_json("POST", "/api/commits", {{"streamId", "tides"}, {"commitHash", "feed1234"}}).status, 201);
  const auto commits = events.next("all");
  ASSERT_TRUE(commits);
  EXPECT_EQ(text_at(commits->json(), "type"), "commits");
}

}  // namespace
}  // namespace stream_status::testing
