#include "project/config.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/json.h"
#include "support/temporary_directory.h"

namespace stream_status::project {
namespace {

using testing::TemporaryDirectory;
using testing::text_of_file;
using testing::write_text;

constexpr const char* kDefaultText = R"({
  "projectRoot": "/src/app",
  "projectName": "app",
  "port": 3001,
  "portRange": [3001, 3010],
  "idleTimeoutMinutes": 30,
  "scanIntervalSeconds": 60,
  "mainBranch": "auto",
  "worktreeRoot": "",
  "categories": [],
  "leaseSeconds": 900,
  "retentionDays": 0,
  "backups": {"keep": 10},
  "summaryCommand": "",
  "commandEnv": []
}
)";

class ConfigTest : public ::testing::Test {
 protected:
  Result<Config> load(const os::Environment& environment = {}) const {
    return load_or_create_config(directory_, {"/src/app", "/src/app", "app", "/src/app", false}, environment);
  }

  const TemporaryDirectory temporary_;
  const std::string path_ = temporary_ / "config.json";
  const os::Fd directory_{::open(temporary_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(ConfigTest, IsWrittenWithDefaultsOnFirstUse) {
  const auto config = load();
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(text_of_file(path_), kDefaultText);
  EXPECT_EQ(config->project_root, "/src/app");
  EXPECT_TRUE(config->warnings.empty());
  EXPECT_EQ(load().value(), *config) << "what is written is read as the same";
}

TEST_F(ConfigTest, AnEmptyFileIsWhatAPowerFailureLeftOfTheFirstUse) {
  write_text(path_, "");
  ASSERT_TRUE(load());
  EXPECT_EQ(text_of_file(path_), kDefaultText);
}

TEST_F(ConfigTest, EveryValueIsTakenFromTheFileAndTheFileStays) {
  const std::string text = R"({"projectRoot":"/src/app","projectName":"app","port":4000,"portRange":[4000,4000],
    "idleTimeoutMinutes":0.5,"scanIntervalSeconds":5,"mainBranch":"trunk","worktreeRoot":"/w","categories":["design","ops-2"],
    "leaseSeconds":60,"retentionDays":90,"backups":{"keep":3},"summaryCommand":"sum \"x\"","commandEnv":["SSH_AUTH_SOCK"]})";
  write_text(path_, text);
  const Config config = load().value();
  EXPECT_EQ(config.port, 4000);
  EXPECT_EQ(config.port_first, 4000);
  EXPECT_EQ(config.port_last, 4000);
  EXPECT_EQ(config.idle_timeout_minutes, 0.5);
  EXPECT_EQ(config.scan_interval_seconds, 5);
  EXPECT_EQ(config.main_branch, "trunk");
  EXPECT_EQ(config.worktree_root, "/w");
  EXPECT_EQ(config.categories, (std::vector<std::string>{"design", "ops-2"}));
  EXPECT_EQ(config.lease_seconds, 60);
  EXPECT_EQ(config.retention_days, 90);
  EXPECT_EQ(config.backups_keep, 3);
  EXPECT_EQ(config.summary_command, "sum \"x\"");
  EXPECT_EQ(config.command_environment, std::vector<std::string>{"SSH_AUTH_SOCK"});
  EXPECT_TRUE(config.warnings.empty());
  Config defaults;
  defaults.project_root = "/src/app";
  defaults.project_name = "app";
  EXPECT_EQ(parse_config(to_json(config), defaults).value(), config);
  EXPECT_EQ(text_of_file(path_), text);
}

TEST_F(ConfigTest, WhatIsNotThereHasItsDefault) {
  write_text(path_, R"({"port":4000,"worktreeRoot":null,"summaryCommand":null})");
  Config expected;
  expected.project_root = "/src/app";
  expected.project_name = "app";
  expected.port = 4000;
  EXPECT_EQ(load().value(), expected);
}

TEST_F(ConfigTest, UnknownKeysAndForeignNamesOnlyWarn) {
  write_text(path_, R"({"prot":1,"backups":{"keeps":2},"projectRoot":"/old/app","projectName":"old","port":4000})");
  const Config config = load().value();
  EXPECT_EQ(config.port, 4000);
  EXPECT_EQ(config.project_root, "/src/app") << "the place of the file says whose it is, not its text";
  ASSERT_EQ(config.warnings.size(), 4u);
  EXPECT_TRUE(config.warnings[0].starts_with("prot: unknown key")) << config.warnings[0];
  EXPECT_NE(config.warnings[0].find("portRange"), std::string::npos) << "names the known ones";
  EXPECT_TRUE(config.warnings[1].starts_with("backups.keeps: unknown key")) << config.warnings[1];
  EXPECT_NE(config.warnings[2].find("/old/app"), std::string::npos) << config.warnings[2];
}

TEST_F(ConfigTest, AWrongValueNamesKeyValueWhatIsAllowedAndTheFile) {
  struct {
    const char* key;
    const char* value;
    const char* allowed;
  } const rows[] = {
      {"projectRoot", "5", "text"},
      {"port", "\"3001\"", "a whole number from 0 to 65535"},
      {"port", "65536", "a whole number from 0 to 65535"},
      {"port", "-1", "a whole number from 0 to 65535"},
      {"port", "3001.5", "a whole number from 0 to 65535"},
      {"port", "null", "a whole number from 0 to 65535"},
      {"portRange", "3001", "two ports"},
      {"portRange", "[3001]", "two ports"},
      {"portRange", "[3010,3001]", "two ports"},
      {"portRange", "[0,3001]", "two ports"},
      {"portRange", "[3001,\"x\"]", "two ports"},
      {"idleTimeoutMinutes", "-1", "a number of minutes"},
      {"idleTimeoutMinutes", "\"never\"", "a number of minutes"},
      {"idleTimeoutMinutes", "1e+300", "a number of minutes"},
      {"scanIntervalSeconds", "0", "a whole number from 1 to 86400"},
      {"mainBranch", "\"\"", "\"auto\""},
      {"mainBranch", "[]", "\"auto\""},
      {"worktreeRoot", "\"relative\"", "an absolute path"},
      {"worktreeRoot", "{}", "text"},
      {"categories", "\"design\"", "a list of names"},
      {"categories", "[\"Design\"]", "a list of names"},
      {"categories", "[\"\"]", "a list of names"},
      {"categories", "[7]", "a list of names"},
      {"leaseSeconds", "0", "a whole number from 1"},
      {"retentionDays", "-1", "a whole number from 0"},
      {"backups", "10", "{\"keep\": 10}"},
      {"backups.keep", "0", "a whole number from 1 to 1000"},
      {"summaryCommand", "true", "text"},
      {"commandEnv", "[\"A=B\"]", "a list of names of environment variables"},
      {"commandEnv", "[\"1A\"]", "a list of names of environment variables"},
  };
  for (const auto& row : rows) {
    const std::string key = row.key;
    const std::string text = key == "backups.keep" ? "{\"backups\":{\"keep\":" + std::string(row.value) + "}}"
                                                   : "{\"" + key + "\":" + row.value + "}";
    write_text(path_, text);
    const auto config = load();
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument) << text;
    const std::string& message = config.error().message;
    EXPECT_NE(message.find(path_ + ": " + key + " is "), std::string::npos) << message;
    EXPECT_NE(message.find(row.value), std::string::npos) << message;
    EXPECT_NE(message.find(row.allowed), std::string::npos) << message;
    EXPECT_NE(config.error().hint.find("set " + key), std::string::npos) << config.error().hint;
    EXPECT_EQ(text_of_file(path_), text);
  }
}

TEST_F(ConfigTest, AFileThatIsNoConfigurationStaysAndIsSaid) {
  for (const char* text : {"{\"port\":", "[]", " ", "port = 3001", "{\"port\":3001}x"}) {
    write_text(path_, text);
    const auto config = load();
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument) << text;
    EXPECT_NE(config.error().message.find(path_), std::string::npos) << config.error().message;
    EXPECT_EQ(text_of_file(path_), text);
  }
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_FALSE(load());
  EXPECT_TRUE(std::filesystem::is_fifo(path_));
}

TEST_F(ConfigTest, AHugeWrongValueIsQuotedShort) {
  write_text(path_, "{\"port\":\"" + std::string(100'000, 'x') + "\"}");
  EXPECT_LT(load().error().message.size(), 500u);
}

TEST_F(ConfigTest, TheEnvironmentWinsAndTheFileKeepsItsOwn) {
  const Config config = load({{"API_PORT", "0"}, {"WORKTREE_ROOT", "/w"}}).value();
  EXPECT_EQ(config.port, 0);
  EXPECT_EQ(config.worktree_root, "/w");
  EXPECT_EQ(text_of_file(path_), kDefaultText);
  EXPECT_EQ(load({{"API_PORT", ""}, {"WORKTREE_ROOT", ""}})->port, 3001);
  for (const char* port : {"x", "65536", "-1", "3001 ", "+1", "0x1"}) {
    const auto failed = load({{"API_PORT", port}});
    ASSERT_FALSE(failed) << port;
    EXPECT_NE(failed.error().message.find("API_PORT"), std::string::npos) << failed.error().message;
    EXPECT_NE(failed.error().message.find(port), std::string::npos) << failed.error().message;
  }
  EXPECT_FALSE(load({{"WORKTREE_ROOT", "relative"}}));
}

}  // namespace
}  // namespace stream_status::project
