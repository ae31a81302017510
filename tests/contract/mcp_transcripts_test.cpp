// Replays the conversations of golden/mcp: lines "> " are sent to a session over a store in memory, lines
// "< " are what it must answer, byte for byte. With UPDATE_GOLDEN=1 the answers are written instead, and
// git diff shows what an intended change does to the wire.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/release.h"
#include "mcp/project_catalog.h"
#include "mcp/session.h"
#include "support/source_tree.h"
#include "unit/mcp_memory_backend.h"

namespace stream_status::mcp {
namespace {

namespace fs = std::filesystem;

fs::path golden() { return source_tree() / "tests/contract/golden/mcp"; }

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool update_wanted() { return std::getenv("UPDATE_GOLDEN") != nullptr; }

/// The file as it would be if its answers were those of this build. The version is not part of the contract.
std::string replay(const std::string& transcript) {
  MemoryBackend backend;
  backend.set_worktree("/home/dev/shop");
  backend.set_changed_files("key-escrow", {"src/keys.ts", "src/vault.ts"});
  backend.set_changed_files("new-checkout", {"src/keys.ts", "web/cart.ts"});
  backend.set_uncommitted("new-checkout", {"web/cart.ts"});
  backend.land("escrow");
  backend.add_git_commit("key-escrow", "1f3c9ab");
  backend.add_plan_file(".project/plan/streams/key-escrow.md", "Key escrow");
  backend.add_plan_file(".project/plan/streams/faster-ci.md", "Faster CI");
  backend.add_plan_file(".project/plan/streams/empty.md", "");
  std::string replayed;
  ProjectCatalog catalog(backend);
  Session session(catalog, [&](Outgoing outgoing) {
    std::string& message = outgoing.text;
    const std::string version = "\"version\":\"" + std::string(kVersion) + "\"";
    if (const std::size_t at = message.find(version); at != std::string::npos)
      message.replace(at, version.size(), "\"version\":\"VERSION\"");
    replayed += "< " + message + "\n";
  });
  std::istringstream lines(transcript);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("< ")) continue;
    replayed += line + "\n";
    if (line.starts_with("> ")) session.receive(std::string_view(line).substr(2));
  }
  return replayed;
}

std::vector<std::string> transcripts() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(golden()))
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class McpTranscript : public testing::TestWithParam<std::string> {};

TEST_P(McpTranscript, IsAnsweredAsWritten) {
  const fs::path path = golden() / (GetParam() + ".txt");
  const std::string expected = read_file(path);
  const std::string actual = replay(expected);
  if (update_wanted()) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::istringstream expected_lines(expected);
  std::istringstream actual_lines(actual);
  std::string want;
  std::string got;
  int number = 0;
  while (std::getline(actual_lines, got)) {
    ASSERT_TRUE(std::getline(expected_lines, want)) << path << " ends before: " << got;
    ASSERT_EQ(want, got) << path << ":" << ++number;
  }
  EXPECT_FALSE(std::getline(expected_lines, want)) << path << " expects more: " << want;
}

INSTANTIATE_TEST_SUITE_P(Golden, McpTranscript, testing::ValuesIn(transcripts()), [](const auto& file) {
  std::string name = file.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(McpToolList, IsTheGoldenOne) {
  const fs::path path = golden() / "tools-list.json";
  MemoryBackend backend;
  std::string answer;
  ProjectCatalog catalog(backend);
  Session session(catalog, [&](Outgoing message) { answer = std::move(message.text); });
  session.receive(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  const json::value result = parse_json(answer).value().at("result");
  // One tool a line, so that a diff shows the tool that changed.
  std::string text = "{\"tools\":[";
  for (const json::value& tool : result.at("tools").as_array())
    text += (text.back() == '[' ? "\n" : ",\n") + json::serialize(tool);
  text += "\n]}\n";
  if (update_wanted()) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(read_file(path), text) << "an intended change: UPDATE_GOLDEN=1 writes the file anew";
}

}  // namespace
}  // namespace stream_status::mcp
