#include "mcp/introduction.h"

#include <gtest/gtest.h>

#include <set>

#include "api/operation.h"
#include "base/json.h"
#include "base/text.h"

namespace stream_status::mcp {
namespace {

json::array tools() { return parse_json(project_offer().tools).value().as_array(); }

TEST(McpToolList, NamesTheToolsInTheirFixedOrder) {
  std::vector<std::string> names;
  for (const json::value& tool : tools()) names.emplace_back(text_of(tool.at("name").as_string()));
  EXPECT_EQ(names, (std::vector<std::string>{"list_streams", "get_stream", "add_stream", "update_stream",
                                             "claim_stream", "add_commit", "wait_for_change", "check_conflicts",
                                             "remove_stream", "get_stream_stats", "sync_from_files", "scan_commits",
                                             "reconcile_worktrees", "get_version"}));
}

TEST(McpToolList, SparesTheReadersContext) {
  EXPECT_LE(std::string_view(R"({"tools":})").size() + project_offer().tools.size(), 10'000U);  // for all fourteen
  for (const json::value& tool : tools()) {
    EXPECT_LT(tool.at("description").as_string().size(), 1'024U);
    EXPECT_FALSE(tool.as_object().contains("outputSchema"));
  }
}

TEST(McpToolList, SaysEveryAnnotationOfEveryTool) {
  for (const json::value& tool : tools()) {
    const json::object& annotations = tool.at("annotations").as_object();
    const std::string name(text_of(tool.at("name").as_string()));
    const api::Operation& operation = *api::find_operation(name);
    EXPECT_EQ(annotations.size(), 4U) << name;
    EXPECT_EQ(annotations.at("readOnlyHint").as_bool(), api::is_read_only(operation.access)) << name;
    EXPECT_EQ(annotations.at("destructiveHint").as_bool(), operation.destructive) << name;
    EXPECT_EQ(annotations.at("idempotentHint").as_bool(), operation.idempotent) << name;
    EXPECT_EQ(annotations.at("openWorldHint").as_bool(), false) << name;
  }
}

TEST(McpToolList, KeepsToTheSchemasThatAllClientsTake) {
  const std::set<std::string> kTypes = {"string", "integer", "array", "boolean"};
  for (const json::value& tool : tools()) {
    const json::object& schema = tool.at("inputSchema").as_object();
    EXPECT_EQ(text_of(schema.at("type").as_string()), "object");
    for (const std::string_view refused : {"anyOf", "oneOf", "allOf", "$ref", "$defs"})
      EXPECT_FALSE(schema.contains(refused)) << refused;
    for (const auto& [name, property] : schema.at("properties").as_object()) {
      const std::string type(text_of(property.at("type").as_string()));
      EXPECT_TRUE(kTypes.contains(type)) << name << " " << type;
      if (type == "array") {
        EXPECT_TRUE(property.as_object().contains("items")) << name;
      }
      // Only what the name says as well is left out.
      if (name != "streamId") EXPECT_FALSE(property.at("description").as_string().empty()) << name;
    }
  }
}

TEST(McpIntroduction, EchoesTheRevisionAndSaysWhoAnswers) {
  for (const Revision revision :
       {Revision::k2024_11_05, Revision::k2025_03_26, Revision::k2025_06_18, Revision::k2025_11_25}) {
    const json::object result =
        parse_json_object(initialize_result(project_offer(), revision, Subscriptions::kAreTold)).value();
    EXPECT_EQ(find_string(result, "protocolVersion"), name_of(revision));
    EXPECT_EQ(json::serialize(result.at("capabilities")),
              R"({"tools":{"listChanged":false},"resources":{"subscribe":true,"listChanged":false},)"
              R"("prompts":{"listChanged":false},"completions":{}})");
    EXPECT_EQ(find_string(result.at("serverInfo").as_object(), "name"), "stream-status");
    EXPECT_TRUE(find_string(result.at("serverInfo").as_object(), "title"));
    EXPECT_TRUE(find_string(result.at("serverInfo").as_object(), "version"));
  }
}

TEST(McpIntroduction, PromisesNoSubscriptionsWhereNobodyCouldBeTold) {
  const json::object result =
      parse_json_object(initialize_result(project_offer(), kNewestLegacy, Subscriptions::kAreNot)).value();
  EXPECT_FALSE(result.at("capabilities").at("resources").at("subscribe").as_bool());
}

TEST(McpIntroduction, InstructionsAreShortAndNameOnlyToolsThatExist) {
  const json::object result =
      parse_json_object(initialize_result(project_offer(), kNewestLegacy, Subscriptions::kAreTold)).value();
  const std::string instructions(*find_string(result, "instructions"));
  EXPECT_LE(count_characters(instructions), 700U);
  for (const std::string_view tool :
       {"list_streams", "get_stream", "add_stream", "update_stream", "add_commit", "remove_stream"})
    EXPECT_NE(instructions.find(tool), std::string::npos) << tool;
  for (const std::string_view later : {"claim_stream", "wait_for_change"})
    EXPECT_EQ(instructions.find(later) != std::string::npos, api::find_operation(later) != nullptr) << later;
}

}  // namespace
}  // namespace stream_status::mcp
