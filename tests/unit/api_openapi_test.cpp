#include "api/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "api/operation.h"
#include "base/json.h"

namespace stream_status::api {
namespace {

const json::object& document() {
  static const json::object kDocument = *parse_json_object(openapi_document("9.9.9"));
  return kDocument;
}

/// "get /api/streams" for each route of the document.
std::set<std::string> routes() {
  std::set<std::string> found;
  for (const auto& [path, methods] : document().at("paths").as_object())
    for (const auto& method : methods.as_object()) found.insert(std::string(method.key()) + " " + std::string(path));
  return found;
}

TEST(OpenApi, DescribesEveryOperationAndTheOtherRoutes) {
  EXPECT_EQ(document().at("openapi"), "3.1.0");
  EXPECT_EQ(document().at("info").at("version"), "9.9.9");
  const std::set<std::string> found = routes();
  for (const std::string route :
       {"get /api/streams", "post /api/streams", "get /api/streams/{streamId}", "patch /api/streams/{streamId}",
        "get /api/stream", "post /api/streams/{streamId}/archive", "post /api/streams/archive-bulk",
        "post /api/streams/{streamId}/unretire", "get /api/conflicts", "post /api/sync", "post /api/commits/scan",
        "post /api/reconciliation/run", "get /api/health", "get /api/events", "post /api/server/stop",
        "post /api/server/backup", "get /api/server/integrity", "get /api/openapi.json"})
    EXPECT_TRUE(found.contains(route)) << route;
  EXPECT_EQ(found.size(), operations().size() + 1 + 10);  // claim_stream has two paths; ten routes are no operations
}

TEST(OpenApi, SplitsArgumentsIntoPathQueryAndBody) {
  const json::object& paths = document().at("paths").as_object();
  const auto names = [](const json::value& parameters) {
    std::vector<std::string> list;
    for (const json::value& each : parameters.as_array()) {
      const json::object& parameter = each.as_object();
      list.push_back(parameter.contains("$ref") ? std::string(parameter.at("$ref").as_string())
                                                : std::string(parameter.at("in").as_string()) + " " +
                                                      std::string(parameter.at("name").as_string()));
    }
    return list;
  };
  EXPECT_EQ(names(paths.at("/api/streams/{streamId}/history").at("get").at("parameters")),
            (std::vector<std::string>{"path streamId", "query limit", "query cursor"}));
  EXPECT_EQ(names(paths.at("/api/conflicts").at("get").at("parameters")), std::vector<std::string>{"query streamId"});
  EXPECT_EQ(names(paths.at("/api/stream").at("get").at("parameters")),
            std::vector<std::string>{"#/components/parameters/Worktree"});
  const json::object& archive = paths.at("/api/streams/{streamId}/archive").at("post").as_object();
  EXPECT_EQ(names(archive.at("parameters")),
            (std::vector<std::string>{"path streamId", "#/components/parameters/IdempotencyKey",
                                      "#/components/parameters/IfMatch", "#/components/parameters/Agent"}));
  const json::object& body = archive.at("requestBody").at("content").at("application/json").at("schema").as_object();
  EXPECT_FALSE(body.at("properties").as_object().contains("streamId"));
  EXPECT_EQ(body.at("properties").at("dryRun").at("type"), "boolean");
  const json::object& bulk = paths.at("/api/streams/archive-bulk").at("post").at("requestBody").as_object();
  EXPECT_EQ(bulk.at("required"), true);
  EXPECT_EQ(json::serialize(bulk.at("content").at("application/json").at("schema").at("required")), R"(["streamIds"])");
}

/// Every "$ref" within a value.
void collect_references(const json::value& value, std::set<std::string>& found) {
  if (value.is_array())
    for (const json::value& each : value.get_array()) collect_references(each, found);
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.get_object()) {
    if (key == "$ref") found.emplace(member.as_string());
    collect_references(member, found);
  }
}

TEST(OpenApi, ReferencesLeadSomewhereAndComponentsAreUsed) {
  std::set<std::string> references;
  collect_references(document(), references);
  std::set<std::string> defined;
  for (const auto& [kind, components] : document().at("components").as_object())
    for (const auto& component : components.as_object())
      defined.insert("#/components/" + std::string(kind) + "/" + std::string(component.key()));
  EXPECT_EQ(references, defined);
}

TEST(OpenApi, OperationIdsAreDistinct) {
  std::set<std::string> ids;
  for (const auto& [path, methods] : document().at("paths").as_object())
    for (const auto& [method, route] : methods.as_object())
      EXPECT_TRUE(ids.emplace(route.at("operationId").as_string()).second) << path << " " << method;
}

}  // namespace
}  // namespace stream_status::api
