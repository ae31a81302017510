// What doctor says about programs and about the configuration of MCP clients; the rest needs a real server
// (lifecycle/doctor_test.cpp).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/doctor.h"
#include "cli/text.h"
#include "cli_world.h"
#include "support/temporary_directory.h"

namespace stream_status::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::write_text;

class CliDoctor : public ::testing::Test, protected stream_status::testing::CliWorld {
 protected:
  CliDoctor() {
    environment["HOME"] = directory.path();
    environment["STREAM_STATUS_HOME"] = directory / "home";
    environment["PATH"] = (directory / "bin") + ":/usr/bin:/bin";
    project = directory / "shop";
    std::filesystem::create_directory(project);
    current_directory = project;
    make_program("stream-status", "stream-status 1.0.0");
    make_program("stream-statusd", "stream-statusd 1.0.0");
    executable = directory / "bin/stream-status";
  }

  /// A program that says this as its version.
  void make_program(const std::string& name, const std::string& version) const {
    const std::string path = directory / ("bin/" + name);
    write_text(path, "#!/bin/sh\necho '" + version + "'\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  /// The rows of a subject, "verdict: text".
  std::vector<std::string> rows(std::string_view subject) {
    run({"doctor", "--json"});
    std::vector<std::string> found;
    const json::value answer = *parse_json(out);
    for (const json::value& row : answer.at("data").at("findings").as_array())
      if (*find_string(row.get_object(), "subject") == subject)
        found.push_back(std::string(*find_string(row.get_object(), "verdict")) + ": " +
                        std::string(*find_string(row.get_object(), "text")));
    return found;
  }
  std::string only_row(std::string_view subject) {
    const auto found = rows(subject);
    EXPECT_EQ(found.size(), 1u) << out;
    return found.empty() ? std::string() : found.front();
  }

  stream_status::testing::TemporaryDirectory directory;
  std::string project;
};

TEST_F(CliDoctor, TellsWhetherGitIsNewEnough) {
  const std::pair<const char*, const char*> versions[] = {
      {"git version 2.38.0", "ok: "}, {"git version 2.50.1 (Apple Git-155)", "ok: "},
      {"git version 3.0", "ok: "},    {"git version 2.37.9", "warn: "},
      {"git version 1.99", "warn: "}, {"no version", "warn: "}};
  for (const auto& [said, verdict] : versions) {
    make_program("git", said);
    EXPECT_THAT(only_row("git"), ::testing::StartsWith(verdict)) << said;
  }
}

TEST_F(CliDoctor, SaysThatNoClientIsRegistered) {
  EXPECT_EQ(only_row("client"), "ok: no MCP client is configured here; 'stream-status init' does it");
  write_text(directory / ".cursor/mcp.json", R"({"mcpServers":{"other":{"command":"npx","args":["other"]}}})");
  EXPECT_EQ(only_row("client"), "ok: not registered with any MCP client ('stream-status init' does it); looked into " +
                                    (directory / ".cursor/mcp.json"));
}

TEST_F(CliDoctor, FindsItselfInEachClientsConfiguration) {
  const std::string json = R"({"mcpServers":{"board":{"command":"PATH","args":["mcp"]}}})";
  struct Row {
    std::string path;
    std::string text;
  };
  const std::string own = executable;
  const auto with_path = [&](std::string text) { return text.replace(text.find("PATH"), 4, own); };
  const Row table[] = {
      {directory / ".claude.json", with_path(json)},
      {directory / ".claude.json", with_path(R"({"projects":{")" + project + R"(":)" + json + "}}")},
      {project + "/.mcp.json", with_path(json)},
      {directory / ".codex/config.toml",
       with_path("model = \"x\"\n\n[mcp_servers.board]\ncommand = \"PATH\"\nargs = [\"mcp\"]\n")},
      {directory / ".codex/config.toml",
       with_path("[mcp_servers.\"the board\"]\n  command = 'PATH' # ours\n[mcp_servers.board.env]\nA = \"b\"\n")},
      {directory / ".gemini/settings.json", with_path(json)},
      {project + "/.vscode/mcp.json", with_path(R"({"servers":{"board":{"command":"PATH"}}})")},
      {project + "/.mcp.json", R"({"mcpServers":{"x":{"command":"/bin/sh","args":["-c",")" + own + R"("]}}})"},
  };
  for (const Row& row : table) {
    write_text(row.path, row.text);
    const std::string found = only_row("client");
    EXPECT_THAT(found, ::testing::StartsWith("ok: ")) << row.text;
    EXPECT_THAT(found, HasSubstr(row.path)) << row.text;
    EXPECT_THAT(found, Not(HasSubstr("not registered"))) << row.text;
    std::filesystem::remove(row.path);
  }
}

TEST_F(CliDoctor, TellsWhatAClientWouldFailToStart) {
  const auto entry = [](const std::string& command) {
    return R"({"mcpServers":{"stream-status":{"command":")" + command + R"("}}})";
  };
  const std::string path = directory / ".claude.json";
  write_text(path, entry("/nowhere/stream-status"));
  EXPECT_THAT(only_row("client"),
              HasSubstr("fail: Claude Code (" + path + "): stream-status starts /nowhere/stream-status"));
  environment["PATH"] = "/usr/bin:/bin";
  write_text(path, entry("stream-status"));
  EXPECT_THAT(only_row("client"), HasSubstr("which is not on the PATH"));
  write_text(path, R"({"mcpServers":{"stream-status":{}}})");
  EXPECT_THAT(only_row("client"), HasSubstr("warn: "));
  std::filesystem::create_directory(directory / "old");
  make_program("../old/stream-status", "stream-status 0.9.0");
  write_text(path, entry(directory / "old/stream-status"));
  EXPECT_THAT(only_row("client"), HasSubstr("starts another version"));
  write_text(path, "{ not json");
  EXPECT_THAT(only_row("client"), HasSubstr("can not be read"));
}

TEST_F(CliDoctor, ChangesNoConfigurationOfAClient) {
  const std::string path = directory / ".claude.json";
  const std::string text = R"({"mcpServers":{"stream-status":{"command":"/nowhere/stream-status"}}})";
  write_text(path, text);
  run({"doctor", "--fix"});
  EXPECT_EQ(testing::text_of_file(path), text);
}

TEST(RenderFindings, FitsTheTerminalAndSaysWhatWasDone) {
  const std::vector<Finding> findings = {
      {"program", Verdict::kOk, "/usr/bin/stream-statusd"},
      {"files", Verdict::kFail,
       "/home/ada/.cache/mcp-services/stream-workflow-status/projects/shop/token has mode 0644: others may touch it",
       "`stream-status doctor --fix` sets 0600", true},
      {"record", Verdict::kWarn, "it was left behind", "harmless", true, true, "removed"},
  };
  const std::string text = render_findings(findings, {.style = Style(Colours::kOff), .columns = 60, .now = {}});
  EXPECT_EQ(text,
            "✓ ok     program  /usr/bin/stream-statusd\n"
            "✗ fail   files    /home/ada/.cache/mcp-services/stream-workf\n"
            "                  low-status/projects/shop/token has mode\n"
            "                  0644: others may touch it\n"
            "                  → `stream-status doctor --fix` sets 0600\n"
            "✓ fixed  record   it was left behind\n"
            "                  ✓ removed\n"
            "\n"
            "1 failed, 1 fixed; `stream-status doctor --fix` mends 1 of them\n");
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    EXPECT_LE(columns_of(text.substr(at, text.find('\n', at) - at)), 64u);
}

}  // namespace
}  // namespace stream_status::cli
