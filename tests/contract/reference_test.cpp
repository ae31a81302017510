// docs/reference.md is what the tables say; the shapes of the answers hold together.
#include "support/reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "api/answers.h"
#include "api/operation.h"
#include "support/source_tree.h"

namespace stream_status {
namespace {

namespace fs = std::filesystem;

TEST(Reference, IsTheGoldenOne) {
  const fs::path path = source_tree() / "docs" / "reference.md";
  const std::string text = testing::reference_text();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream found;
  found << file.rdbuf();
  EXPECT_EQ(found.str(), text) << "an intended change: UPDATE_GOLDEN=1 writes the file anew";
}

TEST(Reference, NamesEveryToolRouteAndVerb) {
  const std::string text = testing::reference_text();
  for (const api::Operation& operation : api::operations()) {
    EXPECT_NE(text.find("\n### " + std::string(operation.name) + "\n"), std::string::npos) << operation.name;
    EXPECT_NE(text.find(std::string(operation.path) + "`"), std::string::npos) << operation.path;
    if (!operation.verb.empty())
      EXPECT_NE(text.find("command `stream-status " + std::string(operation.verb)), std::string::npos)
          << operation.verb;
  }
}

/// The shapes within a type: "[Pair]" names Pair.
std::string shape_in(std::string_view type) {
  while (type.starts_with('[')) type = type.substr(1, type.size() - 2);
  return !type.empty() && type.front() >= 'A' && type.front() <= 'Z' ? std::string(type) : std::string();
}

TEST(Answers, NameOnlyShapesThatAreThereAndEachIsUsed) {
  std::set<std::string> defined;
  for (const api::Shape& shape : api::shapes())
    EXPECT_TRUE(defined.insert(std::string(shape.name)).second) << shape.name;
  std::set<std::string> used = {"Error",    "Health",   "BackupTaken",
                                "Exported", "Accepted", "Integrity"};  // of other routes
  for (const api::Operation& operation : api::operations()) used.emplace(api::answer_of(operation.id));
  for (const api::Shape& shape : api::shapes()) {
    std::set<std::string_view> names;
    for (const api::Member& member : api::members_of(shape)) {
      EXPECT_TRUE(names.insert(member.name).second) << shape.name << " " << member.name;
      if (const std::string name = shape_in(member.type); !name.empty()) used.insert(name);
    }
    EXPECT_FALSE(names.empty()) << shape.name;
  }
  EXPECT_EQ(used, defined);
}

}  // namespace
}  // namespace stream_status
