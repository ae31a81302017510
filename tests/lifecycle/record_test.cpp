// The record is a hint. Whatever lies in its place, a client ends at the right server, and nobody else is touched.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "lifecycle/lifecycle_test.h"
#include "support/squatter.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

class OldRecord : public LifecycleTest {
 protected:
  void SetUp() override {
    world.ask({"add", "Kept"});
    last_ = world.record().value_or(json::object{});
    world.ask({"stop"});
  }

  std::string place() const { return world.file(".api-server.lock"); }

  /// A record as the last server wrote it, but for these members.
  void write_record(const json::object& changes) const {
    json::object record = last_;
    for (const auto& [key, value] : changes) record[key] = value;
    write_text(place(), json::serialize(record) + "\n");
  }

  void expect_right_server() const {
    Agent agent(world);
    const json::object version = agent.get("get_version");
    EXPECT_EQ(text_at(version, "projectRoot"), world.project());
    EXPECT_NE(text_at(version, "instanceId"), text_at(last_, "instanceId"));
    EXPECT_EQ(text_at(version, "instanceId"), world.instance());
    EXPECT_EQ(number_at(version, "pid"), world.server_pid());
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(place())));
    EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"});
    EXPECT_EQ(world.lock_holders().size(), 1u);
  }

  json::object last_;
};

class UnreadableRecord : public OldRecord, public ::testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(UnreadableRecord, IsAsGoodAsNone) {
  write_text(place(), GetParam().second);
  expect_right_server();
}

INSTANTIATE_TEST_SUITE_P(
    Texts, UnreadableRecord,
    ::testing::Values(std::pair{"Empty", ""}, std::pair{"Blank", "\n"},
                      std::pair{"Truncated", R"({"pid":12345,"port":30)"},
                      std::pair{"Garbage", "\x01\x02 not JSON \xff"}, std::pair{"Null", "null"},
                      std::pair{"Number", "3001"}, std::pair{"EmptyObject", "{}"},
                      std::pair{"WrongTypes", R"({"pid":"12345","port":[3001],"projectRoot":7,"startedAt":null,)"
                                              R"("nodeVersion":"none"})"},
                      std::pair{"PortTooLarge",
                                R"({"pid":1,"port":70000,"projectRoot":"/","startedAt":"","nodeVersion":"none"})"}),
    [](const auto& text) { return std::string(text.param.first); });

TEST_F(OldRecord, MayBeASparseFileOf1GiB) {
  write_text(place(), "");
  ASSERT_EQ(::truncate(place().c_str(), off_t{1} << 30), 0);
  expect_right_server();
}

TEST_F(OldRecord, MayBeAFifo) {
  ASSERT_EQ(::mkfifo(place().c_str(), 0600), 0);
  expect_right_server();
}

TEST_F(OldRecord, MayBeASymlinkWhoseTargetIsNotTouched) {
  const std::string target = world.root() + "/elsewhere";
  write_text(target, "not ours");
  fs::create_symlink(target, place());
  expect_right_server();
  EXPECT_EQ(text_of_file(target), "not ours");
}

TEST_F(OldRecord, MayBeADirectory) {
  fs::create_directory(place());
  write_text(place() + "/kept", "not ours");
  Agent agent(world);
  const ToolAnswer answer = agent.call("get_version");
  // Nothing of anybody's is removed to make room: it is said what stands in the way.
  EXPECT_TRUE(answer.is_error);
  EXPECT_NE(answer.text.find(place()), std::string::npos) << answer.text;
  EXPECT_EQ(text_of_file(place() + "/kept"), "not ours");
  fs::remove_all(place());
  expect_right_server();
}

TEST_F(OldRecord, MayNameALivingProcessOfAnotherUserWhichLivesOn) {
  Start start{{"/bin/sleep", "600"}, {}};
  if (::geteuid() == 0) start.in_child = [] { [[maybe_unused]] const int changed = ::setuid(65'534); };
  Program stranger(start);
  write_record({{"pid", stranger.pid()}, {"instanceId", "0123456789abcdef"}});
  expect_right_server();
  world.ask({"stop"});
  EXPECT_EQ(::kill(stranger.pid(), 0), 0);
  EXPECT_EQ(stranger.wait_exit(Deadline(milliseconds{0})), -1) << "a stranger was ended";
}

TEST_F(OldRecord, MayLieBesideALockTextOfAnyKind) {
  // What the last holder wrote says nothing when the kernel says that nobody holds it.
  const json::object other_boot{
      {"pid", ::getpid()}, {"startTicks", 1},  {"bootId", "00000000-0000-0000-0000-000000000000"},
      {"pidNamespace", 1}, {"phase", "ready"}, {"progress", 3},
      {"lastPort", -1}};
  for (const std::string& text :
       {json::serialize(other_boot), std::string(R"({"pid":-1,"lastPort":"3001"})"), std::string(R"({"pid":0})"),
        std::string("[]"), std::string("\xff\x00{", 3), std::string(1'000'000, '9')}) {
    write_text(world.file("server.lock"), text);
    expect_right_server();
    world.ask({"stop"});
  }
}

TEST_F(OldRecord, MayNameALivingStrangerOrNobody) {
  // Signals to this process, to the group or to everyone would end the test.
  for (const std::int64_t pid :
       {std::int64_t{::getpid()}, std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{4'194'305}}) {
    write_record({{"pid", pid}, {"instanceId", "0123456789abcdef"}});
    expect_right_server();
    world.ask({"stop"});
  }
}

TEST_F(OldRecord, MayNameAnotherProjectsLivingServer) {
  const std::string other = world.make_repository("other");
  world.ask({"add", "Of the other"}, other);
  const json::object record_of_other = *world.record("other");
  const std::string instance_of_other = world.instance("other");
  write_text(place(), json::serialize(record_of_other));
  expect_right_server();
  // Even when it claims to be ours: what answers there says otherwise.
  world.ask({"stop"});
  write_record({{"port", record_of_other.at("port")},
                {"pid", record_of_other.at("pid")},
                {"instanceId", record_of_other.at("instanceId")},
                {"socket", record_of_other.at("socket")}});
  expect_right_server();
  EXPECT_EQ(world.instance("other"), instance_of_other);
  EXPECT_EQ(world.stream_ids(other), std::vector<std::string>{"of-the-other"});
}

TEST_F(OldRecord, MayNameAPortWhereAStrangerAnswersAnythingWith200) {
  for (const char* body :
       {"{}", "OK", R"({"status":"ok"})",
        R"({"status":"ok","projectRoot":"/elsewhere","instanceId":"x","protocol":1,"version":"1.0.0"})"}) {
    const Squatter squatter("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(std::strlen(body)) + "\r\n\r\n" +
                            body);
    write_record({{"port", squatter.port()}});
    expect_right_server();
    EXPECT_NE(world.port(), squatter.port());
    EXPECT_NE(squatter.heard().find("GET /api/health"), std::string::npos) << "nobody looked who it is";
    world.ask({"stop"});
  }
}

TEST_F(OldRecord, MayNameAPortThatAcceptsAndNeverAnswers) {
  const Squatter squatter("");
  write_record({{"port", squatter.port()}});
  expect_right_server();
}

}  // namespace
}  // namespace stream_status::testing
