#include "project/record.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/temporary_directory.h"

namespace stream_status::project {
namespace {

using testing::TemporaryDirectory;
using testing::text_of_file;
using testing::write_text;

Record example() {
  Record record;
  record.pid = 12345;
  record.port = 3001;
  record.project_root = "/path/to/project";
  record.started_at = "2026-11-22T14:00:00.000Z";
  record.project_name = "egirl-platform";
  record.socket = "/home/me/api.sock";
  record.instance_id = "7f3a";
  record.server_version = "1.0.0";
  record.protocol = 1;
  record.pid_namespace = 4026531836;
  record.network_namespace = 4026531840;
  return record;
}

constexpr const char* kExampleText =
    R"({"pid":12345,"port":3001,"projectRoot":"/path/to/project","startedAt":"2026-11-22T14:00:00.000Z",)"
    R"("nodeVersion":"none","projectName":"egirl-platform","host":"127.0.0.1","socket":"/home/me/api.sock",)"
    R"("instanceId":"7f3a","serverVersion":"1.0.0","protocol":1,"pidNs":4026531836,"netNs":4026531840})"
    "\n";

class RecordTest : public ::testing::Test {
 protected:
  const TemporaryDirectory temporary_;
  const std::string path_ = temporary_ / ".api-server.lock";
  const os::Fd directory_{::open(temporary_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(RecordTest, IsWrittenWithTheFoundingKeysFirst) { EXPECT_EQ(to_json(example()), kExampleText); }

TEST_F(RecordTest, SurvivesItsFile) {
  ASSERT_TRUE(save_record(directory_, example()));
  EXPECT_EQ(text_of_file(path_), kExampleText);
  const auto record = find_record(directory_);
  ASSERT_TRUE(record);
  EXPECT_EQ(to_json(*record), kExampleText);
  EXPECT_FALSE(record->is_founding());
}

TEST_F(RecordTest, OfTheFoundingImplementationIsRecognised) {
  const auto record = parse_record(
      R"({"pid":1,"port":3002,"projectRoot":"/x","startedAt":"2025-01-01T00:00:00.000Z","nodeVersion":"v20.11.0"})");
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_TRUE(record->is_founding());
  EXPECT_EQ(record->port, 3002);
}

TEST_F(RecordTest, AnyPidIsReadAndDecidesNothing) {
  for (const std::int64_t pid : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1} << 40}) {
    Record record = example();
    record.pid = pid;
    EXPECT_EQ(parse_record(to_json(record))->pid, pid);
  }
}

TEST_F(RecordTest, AMemberThatIsMissingOrOfAWrongTypeIsNamed) {
  const std::string text = kExampleText;
  for (const char* key : {"pid", "port", "projectRoot", "startedAt", "nodeVersion", "projectName", "host", "socket",
                          "instanceId", "serverVersion", "protocol", "pidNs", "netNs"}) {
    const std::string quoted = "\"" + std::string(key) + "\":";
    const std::size_t at = text.find(quoted);
    for (const std::string& spoiled : {std::string(text).replace(at, quoted.size(), "\"x\":"),
                                       std::string(text).replace(at, quoted.size(), quoted + "[],\"x\":")}) {
      const auto record = parse_record(spoiled);
      ASSERT_FALSE(record) << spoiled;
      EXPECT_EQ(record.error().code, ErrorCode::kInvalidArgument);
      EXPECT_NE(record.error().message.find("\"" + std::string(key) + "\""), std::string::npos)
          << record.error().message;
    }
  }
  for (const char* port : {"65536", "-1", "3001.5", "1e99", "\"3001\"", "null", "true"}) {
    std::string spoiled = text;
    spoiled.replace(spoiled.find("3001"), 4, port);
    EXPECT_FALSE(parse_record(spoiled)) << port;
  }
}

TEST_F(RecordTest, WhatIsNoRecordIsAbsentAndSaidWithoutReadingOrWaiting) {
  struct {
    const char* what;
    void (*make)(const std::string& path);
  } const rows[] = {
      {"empty", [](const std::string& path) { write_text(path, ""); }},
      {"cut off", [](const std::string& path) { write_text(path, std::string(kExampleText).substr(0, 100)); }},
      {"not JSON", [](const std::string& path) { write_text(path, "pid 12345"); }},
      {"not an object", [](const std::string& path) { write_text(path, "[]"); }},
      {"another object", [](const std::string& path) { write_text(path, "{}"); }},
      {"1 GiB",
       [](const std::string& path) {
         write_text(path, "");
         ASSERT_EQ(::truncate(path.c_str(), off_t{1} << 30), 0);
       }},
      {"FIFO", [](const std::string& path) { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }},
      {"directory", [](const std::string& path) { std::filesystem::create_directory(path); }},
      {"symlink to a good one",
       [](const std::string& path) {
         write_text(path + ".good", kExampleText);
         std::filesystem::create_symlink(path + ".good", path);
       }},
  };
  for (const auto& row : rows) {
    row.make(path_);
    std::string problem;
    EXPECT_FALSE(find_record(directory_, &problem)) << row.what;
    EXPECT_NE(problem, "") << row.what;
    EXPECT_FALSE(find_record(directory_)) << row.what;
    std::filesystem::remove(path_);
  }
  std::string problem;
  EXPECT_FALSE(find_record(directory_, &problem));
  EXPECT_EQ(problem, "") << "none at all is no problem";
}

}  // namespace
}  // namespace stream_status::project
