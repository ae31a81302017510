// config.json at the start of a server: written with defaults, refused when it is wrong. Edits while it runs:
// own_look_test.cpp.
#include <filesystem>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {
namespace {

class ConfigFile : public LifecycleTest {};

TEST_F(ConfigFile, IsWrittenWithDefaultsOnFirstUse) {
  world.ask({"list"});
  const auto config = parse_json_object(text_of_file(world.file("config.json")));
  ASSERT_TRUE(config);
  EXPECT_EQ(text_at(*config, "projectRoot"), world.project());
  EXPECT_EQ(text_at(*config, "projectName"), "shop");
  EXPECT_EQ(number_at(*config, "port"), 3001);
  EXPECT_EQ(json::serialize(config->at("portRange")), "[3001,3010]");
  EXPECT_EQ(config->at("idleTimeoutMinutes").to_number<double>(), 30);
  EXPECT_EQ(number_at(*config, "leaseSeconds"), 900);
}

/// A line of config.json and what the error must say about it.
struct Wrong {
  const char* name;
  const char* text;
  std::vector<const char*> said;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.text; }

class WrongConfig : public LifecycleTest, public ::testing::WithParamInterface<Wrong> {};

TEST_P(WrongConfig, IsRefusedWithKeyValueAndWhatIsAllowed) {
  world.ask({"add", "Kept"});
  world.ask({"stop"});
  const std::string good = text_of_file(world.file("config.json"));
  write_text(world.file("config.json"), GetParam().text);

  const Refusal refusal = world.refusal({"list"});
  EXPECT_NE(refusal.message.find("config.json"), std::string::npos) << refusal.message;
  for (const char* part : GetParam().said) EXPECT_NE(refusal.message.find(part), std::string::npos) << refusal.message;
  EXPECT_NE(refusal.hint, "");
  {
    Agent agent(world);
    const ToolAnswer answer = agent.call("list_streams");
    EXPECT_TRUE(answer.is_error);
    for (const char* part : GetParam().said) EXPECT_NE(answer.text.find(part), std::string::npos) << answer.text;
  }
  EXPECT_EQ(text_of_file(world.file("config.json")), GetParam().text) << "the file is its owner's";
  EXPECT_TRUE(eventually(world.directory(), [&] { return world.lock_holders().empty(); }));
  EXPECT_FALSE(world.record());

  write_text(world.file("config.json"), good);
  EXPECT_EQ(world.stream_ids(), std::vector<std::string>{"kept"});
}

INSTANTIATE_TEST_SUITE_P(
    Files, WrongConfig,
    ::testing::Values(Wrong{"PortAsText", R"({"port": "3001"})", {"port", "\"3001\"", "whole number from 0 to 65535"}},
                      Wrong{"RangeReversed", R"({"portRange": [3010, 3001]})", {"portRange", "[3010,3001]", "smaller"}},
                      Wrong{"IdleAsList", R"({"idleTimeoutMinutes": [30]})", {"idleTimeoutMinutes", "[30]", "minutes"}},
                      Wrong{"LeaseOfZero", R"({"leaseSeconds": 0})", {"leaseSeconds", "0", "from 1"}},
                      Wrong{"CategoryOfSpaces", R"({"categories": ["a b"]})", {"categories", "a b", "a-z"}},
                      Wrong{"KeepAsText", R"({"backups": {"keep": "many"}})", {"backups.keep", "many", "whole number"}},
                      Wrong{"NoJson", "port = 3001\n", {"JSON"}}, Wrong{"NoObject", "[]\n", {"object"}}),
    [](const auto& wrong) { return std::string(wrong.param.name); });

TEST_F(ConfigFile, MayHoldUnknownKeysWhichAreSaid) {
  world.prepare();
  world.configure({{"colour", "blue"}});
  world.ask({"list"});
  const std::vector<std::string> warnings = world.log_lines("config_warning");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings.front().find("colour"), std::string::npos) << warnings.front();
  EXPECT_NE(json::serialize(world.ask({"status"})).find("colour"), std::string::npos);
}

}  // namespace
}  // namespace stream_status::testing
