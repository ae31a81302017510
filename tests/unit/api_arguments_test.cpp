#include "api/arguments.h"

#include <gtest/gtest.h>

#include <set>

namespace stream_status::api {
namespace {

const Operation& update() { return operation(OperationId::kUpdateStream); }
const Operation& add() { return operation(OperationId::kAddStream); }

Result<Arguments> arguments_from(const Operation& row, std::string_view text) {
  const auto object = parse_json_object(text);
  if (!object) return tl::make_unexpected(object.error());
  return Arguments::bind(row, *object);
}

TEST(BindingNumbers, TakesWholeNumbersInRangeHoweverTheyAreWritten) {
  for (const char* text : {R"({"streamId":"a","progress":40})", R"({"streamId":"a","progress":"40"})",
                           R"({"streamId":"a","progress":40.0})", R"({"id":"a","progress":4e1})"}) {
    const auto bound = arguments_from(update(), text);
    ASSERT_TRUE(bound) << text;
    EXPECT_EQ(bound->integer("progress"), 40) << text;
  }
}

TEST(BindingNumbers, RefusesTheRestAndSaysWhatIsAllowed) {
  for (const char* text : {R"({"streamId":"a","progress":-1})", R"({"streamId":"a","progress":101})",
                           R"({"streamId":"a","progress":"50%"})", R"({"streamId":"a","progress":"NaN"})",
                           R"({"streamId":"a","progress":1.5})", R"({"streamId":"a","progress":true})",
                           R"({"streamId":"a","progress":[]})", R"({"streamId":"a","progress":""})",
                           R"({"streamId":"a","progress":1e300})"}) {
    const auto refused = arguments_from(update(), text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument) << text;
    EXPECT_NE(refused.error().message.find("a whole number from 0 to 100"), std::string::npos)
        << refused.error().message;
  }
}

TEST(BindingBooleans, TakeTheWordsThatQueriesAndOptionsCarry) {
  const Operation& reconcile = operation(OperationId::kReconcileWorktrees);
  for (const char* text : {R"({"dryRun":false})", R"({"dryRun":"false"})", R"({"dryRun":"0"})", R"({"dryRun":0})",
                           R"({"dryRun":"False"})"})
    EXPECT_EQ(arguments_from(reconcile, text)->flag("dryRun"), false) << text;
  for (const char* text : {R"({"dryRun":true})", R"({"dryRun":"true"})", R"({"dryRun":"1"})", R"({"dryRun":1})"})
    EXPECT_EQ(arguments_from(reconcile, text)->flag("dryRun"), true) << text;
  EXPECT_EQ(arguments_from(reconcile, R"({"dryRun":null})")->flag("dryRun"), std::nullopt);
  for (const char* text : {R"({"dryRun":"yes"})", R"({"dryRun":2})", R"({"dryRun":""})", R"({"dryRun":[]})"}) {
    const auto refused = arguments_from(reconcile, text);
    ASSERT_FALSE(refused) << text;
    EXPECT_TRUE(refused.error().message.ends_with("is not true or false")) << refused.error().message;
  }
}

TEST(BindingLists, OneThatIsRequiredIsNotEmpty) {
  const Operation& bulk = operation(OperationId::kArchiveBulk);
  EXPECT_EQ(arguments_from(bulk, R"({"streamIds":[]})").error().message, "streamIds: is empty");
  EXPECT_EQ(arguments_from(bulk, R"({})").error().message, "streamIds: is missing");
  EXPECT_EQ(arguments_from(bulk, R"({"streamIds":"a, b"})")->list("streamIds"), (std::vector<std::string>{"a", "b"}));
  json::array many(201, "a");
  EXPECT_EQ(Arguments::bind(bulk, {{"streamIds", many}}).error().message,
            "streamIds: 201 items are too many; at most 200");
}

TEST(BindingTexts, TheSummaryIsTakenUnderBothNames) {
  const auto one = arguments_from(operation(OperationId::kRemoveStream), R"({"streamId":"a","summary":"s"})");
  EXPECT_EQ(one->text("completionSummary"), "s");
  const auto many =
      arguments_from(operation(OperationId::kArchiveBulk), R"({"streamIds":"a","completionSummary":"s"})");
  EXPECT_EQ(many->text("summary"), "s");
}

TEST(BindingTexts, RefusesWhatDoesNotFitAndNamesTheArgument) {
  struct Row {
    std::string text;
    std::string message;
  };
  const std::vector<Row> rows = {
      {R"({})", "title: is missing"},
      {R"({"title":null})", "title: is missing"},
      {R"({"title":""})", "title: is empty"},
      {R"({"title":"  "})", "title: is empty"},
      {R"({"title":["x"]})", R"(title: ["x"] is not a text)"},
      {R"({"title":"two\nlines"})", "title: has a line break or another control character"},
      {R"({"title":")" + std::string(1 << 20, 'x') + R"("})", "title: 1048576 characters are too many; at most 200"},
      {R"({"title":"x","priority":"urgent"})", R"(priority: "urgent" is not one of: critical, high, medium, low)"},
      {R"({"title":"x","status":"done"})",
       R"(status: "done" is not one of: initializing, active, blocked, paused, completed, archived)"},
      {R"({"title":"x","phases":{}})", "estimatedPhases: {} is not a list of texts"},
      {R"({"title":"x","phases":[""]})", "estimatedPhases: is empty"},
  };
  for (const Row& row : rows) {
    const auto refused = arguments_from(add(), row.text);
    ASSERT_FALSE(refused) << row.text.substr(0, 60);
    EXPECT_EQ(refused.error().message, row.message);
    EXPECT_FALSE(refused.error().hint.empty()) << row.message;
  }
}

TEST(BindingTexts, RefusesInvalidUtf8ThatDidNotComeThroughAParser) {
  const auto refused = Arguments::bind(add(), json::object{{"title", "caf\xe9"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "title: the text is not valid UTF-8");
}

TEST(BindingTexts, TakesAliasesCaseAndLists) {
  const auto bound =
      arguments_from(add(), R"({"title":"x","id":"a","priority":"HIGH","phases":"design, build,,test"})");
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->text("streamId"), "a");
  EXPECT_EQ(bound->text("priority"), "high");
  EXPECT_EQ(bound->list("estimatedPhases"), (std::vector<std::string>{"design", "build", "test"}));
}

TEST(BindingTexts, TakesTimesOfAnyOffset) {
  const auto bound = arguments_from(operation(OperationId::kAddCommit),
                                    R"({"streamId":"a","commitHash":"abcd","timestamp":"2026-11-22T15:00:00+01:00"})");
  ASSERT_TRUE(bound);
  EXPECT_EQ(format_rfc3339(*bound->time("timestamp")), "2026-11-22T14:00:00.000Z");
  EXPECT_FALSE(arguments_from(operation(OperationId::kAddCommit),
                              R"({"streamId":"a","commitHash":"abcd","timestamp":"yesterday"})"));
}

TEST(Binding, ListsWhatItDoesNotKnowAndKeepsNullApart) {
  const auto bound = arguments_from(update(), R"({"streamId":"a","blockedBy":null,"colour":"red"})");
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->ignored(), std::vector<std::string>{"colour"});
  EXPECT_TRUE(bound->is_null("blockedBy"));
  EXPECT_FALSE(bound->has("blockedBy"));
}

TEST(Binding, SameQuestionSameCanonicalTextWhateverTheOrderAndRequestId) {
  const auto one = arguments_from(update(), R"({"streamId":"a","progress":1,"note":"n","requestId":"r1"})");
  const auto other = arguments_from(update(), R"({"note":"n","requestId":"r2","progress":"1","id":"a"})");
  const auto different = arguments_from(update(), R"({"note":"n","progress":2,"id":"a"})");
  EXPECT_EQ(one->canonical(), other->canonical());
  EXPECT_NE(one->canonical(), different->canonical());
  EXPECT_EQ(arguments_from(update(), R"({"id":"a","note":null,"status":null})")->canonical(),
            arguments_from(update(), R"({"status":null,"note":null,"id":"a"})")->canonical());
}

TEST(Schemas, AreObjectsWithoutReferencesOrUnions) {
  for (const Operation& row : operations()) {
    const json::object schema = input_schema(row);
    EXPECT_EQ(schema.at("type"), "object") << row.name;
    for (const std::string_view forbidden : {"anyOf", "oneOf", "allOf", "$ref"})
      EXPECT_FALSE(schema.contains(forbidden));
    for (const auto& [name, property] : schema.at("properties").as_object())
      if (property.as_object().at("type") == "array") EXPECT_TRUE(property.as_object().contains("items")) << name;
  }
}

TEST(Operations, HaveDistinctNamesVerbsAndRoutes) {
  std::set<std::string> seen;
  for (const Operation& row : operations()) {
    EXPECT_TRUE(seen.insert(std::string("name ") + std::string(row.name)).second);
    if (!row.verb.empty()) EXPECT_TRUE(seen.insert(std::string("verb ") + std::string(row.verb)).second);
    EXPECT_TRUE(seen.insert(std::string(name_of(row.method)) + std::string(row.path)).second);
    EXPECT_EQ(find_operation(row.name)->id, row.id);
    EXPECT_EQ(is_read_only(row.access), row.method == Method::kGet) << "no effect on GET: " << row.name;
  }
}

}  // namespace
}  // namespace stream_status::api
