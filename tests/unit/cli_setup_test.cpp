// init and uninstall on texts: entries go in and out, and every other byte stays.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "cli/setup/edits.h"
#include "cli/setup/json_text.h"
#include "cli/setup/text_block.h"

namespace stream_status::cli::setup {
namespace {

using State = Edited::State;

const Program kProgram{"stream-status"};
const json::object kEntry{{"command", "stream-status"}, {"args", {"mcp"}}};

TEST(SetupJson, ANewFileLooksAsIfWrittenByHand) {
  EXPECT_EQ(insert_member("", {"mcpServers"}, "stream-status", kEntry),
            "{\n"
            "  \"mcpServers\": {\n"
            "    \"stream-status\": {\n"
            "      \"command\": \"stream-status\",\n"
            "      \"args\": [\"mcp\"]\n"
            "    }\n"
            "  }\n"
            "}\n");
}

TEST(SetupJson, AnEntryGoesAfterTheOthersInTheirLayout) {
  EXPECT_EQ(insert_member("{\n\t\"mcpServers\": {\n\t\t\"git\": {\"command\": \"git-mcp\"} // ours\n\t}\n}\n",
                          {"mcpServers"}, "stream-status", kEntry),
            "{\n\t\"mcpServers\": {\n\t\t\"git\": {\"command\": \"git-mcp\"}, // ours\n\t\t\"stream-status\": {\n"
            "\t\t\t\"command\": \"stream-status\",\n\t\t\t\"args\": [\"mcp\"]\n\t\t}\n\t}\n}\n");
  EXPECT_EQ(insert_member(R"({"mcpServers": {"git": {"command": "git-mcp"}}})", {"mcpServers"}, "x", 1),
            R"({"mcpServers": {"git": {"command": "git-mcp"}, "x": 1}})");
}

const std::string_view kTexts[] = {
    "",
    "{}",
    "{}\n",
    "{ }",
    "{\n}\n",
    "{\n\n}\n",
    "{\n  // nothing yet\n}\n",
    "{\"mcpServers\": {}}",
    "{\n  \"mcpServers\": {}\n}\n",
    "{\n  \"mcpServers\": {\n  }\n}\n",
    "{\n  \"mcpServers\": {\n    // here\n  }\n}\n",
    "{\n  \"mcpServers\": {\n    \"a\": {\"command\": \"x\"}\n  }\n}\n",
    "{\n  \"mcpServers\": {\n    \"a\": {\"command\": \"x\"}, // note, with a comma\n  },\n}\n",
    "{\n  \"mcpServers\": {\n    \"a\": {\"command\": \"x\"} /* } */ // {\n  }\n}\n",
    "{ \"a\": 1 }",
    "{\"a\":1,\"b\":[1,2,{\"c\":\"}\\\"\"}]}",
    "{\r\n    \"a\": true,\r\n    \"mcpServers\": {\r\n        \"x\": {}\r\n    }\r\n}\r\n",
    "\xef\xbb\xbf{\n\t\"theme\": \"dark\"\n}",
    "// settings\n{\n  /* first */\n  \"theme\": \"dark\", // why not\n}\n// end\n",
    "{\n  \"hooks\": {\n    \"SessionStart\": [\n      {\"hooks\": []}\n    ]\n  }\n}\n",
    "{\n  \"hooks\": {\n    \"SessionStart\": [],\n    \"Stop\": []\n  }\n}\n",
    "{\"hooks\": {\"SessionStart\": [{\"hooks\": []}]}}\n",
};

TEST(SetupJson, WhatWasPutInIsTakenOutByteForByte) {
  const json::value element{{"hooks", json::array{{{"type", "command"}, {"command", "stream-status prime --hook"}}}}};
  for (const std::string_view text : kTexts) {
    const std::string with = insert_member(text, {"mcpServers"}, "stream-status", kEntry);
    ASSERT_TRUE(parse_jsonc(with)) << text << "\n→\n" << with;
    EXPECT_EQ(parse_jsonc(with)->at("mcpServers").at("stream-status"), json::value(kEntry)) << with;
    EXPECT_EQ(remove_member(with, {"mcpServers"}, "stream-status"), text) << with;
    const std::string hooked = insert_element(with, {"hooks", "SessionStart"}, element);
    ASSERT_TRUE(parse_jsonc(hooked)) << text << "\n→\n" << hooked;
    const std::size_t last = parse_jsonc(hooked)->at("hooks").at("SessionStart").as_array().size() - 1;
    EXPECT_EQ(remove_element(hooked, {"hooks", "SessionStart"}, last), with) << hooked;
  }
}

/// Some object in some layout, with comments where they may be.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}
  std::string file() {
    line_end_ = pick(3) == 0 ? "\r\n" : "\n";
    unit_ = std::array<std::string, 3>{"  ", "    ", "\t"}[pick(3)];
    std::string text = pick(8) == 0 ? "// head" + line_end_ : "";
    return text + object(0) + (pick(3) == 0 ? "" : line_end_);
  }

 private:
  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  std::string value(int depth) {
    if (depth < 4 && pick(3) == 0) return object(depth);
    return std::array<std::string, 5>{"1", "\"}, {\"", "null", "[1, 2]", "\"\\\"//\""}[pick(5)];
  }
  std::string object(int depth) {
    const std::size_t count = pick(4);
    const bool lines = pick(4) != 0;
    std::string indent;
    for (int i = 0; i <= depth; ++i) indent += unit_;
    std::string text = "{";
    for (std::size_t i = 0; i < count; ++i) {
      text += lines ? line_end_ + indent : (i > 0 ? " " : "");
      if (lines && pick(6) == 0) text += "// , {" + line_end_ + indent;
      const std::string key = i == 0 && pick(2) == 0 ? "mcpServers" : fmt::format("k{}", i);
      text += fmt::format("\"{}\": {}", key, key == "mcpServers" ? object(depth + 1) : value(depth + 1));
      if (i + 1 < count || (lines && pick(4) == 0)) text += ",";
      if (lines && pick(6) == 0) text += " // note }";
    }
    if (lines && (count > 0 || pick(2) == 0)) text += line_end_ + indent.substr(unit_.size());
    return text + "}";
  }
  std::mt19937 random_;
  std::string line_end_;
  std::string unit_;
};

TEST(SetupJson, OfThousandsOfFilesEachComesBackAsItWas) {
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    const std::string text = Maker(seed).file();
    const auto before = parse_jsonc(text);
    ASSERT_TRUE(before) << text;
    const std::string with = insert_member(text, {"mcpServers"}, "stream-status", kEntry);
    const auto parsed = parse_jsonc(with);
    ASSERT_TRUE(parsed) << seed << "\n" << text << "\n→\n" << with;
    ASSERT_EQ(parsed->at("mcpServers").at("stream-status"), json::value(kEntry)) << with;
    ASSERT_EQ(remove_member(with, {"mcpServers"}, "stream-status"), text) << seed << "\n" << with;
  }
}

TEST(SetupJson, WhatOthersAddedMeanwhileStays) {
  const std::string with = insert_member("{\n  \"a\": 1\n}\n", {"mcpServers"}, "stream-status", kEntry);
  const std::string more = insert_member(with, {"mcpServers"}, "other", json::object{{"command", "x"}});
  const std::string without = remove_member(more, {"mcpServers"}, "stream-status");
  EXPECT_EQ(json::serialize(*parse_jsonc(without)), R"({"a":1,"mcpServers":{"other":{"command":"x"}}})");
}

TEST(SetupJson, SaysInWhichLineAFileStopsBeingJson) {
  for (const auto& [text, line] : {std::pair("{\n  \"a\": 1\n  \"b\": 2\n}", "line 3"), std::pair("{\"a\": ", "line 1"),
                                   std::pair("{}\n{}", "line 2"), std::pair("[1]", "not a JSON object")}) {
    const auto parsed = parse_jsonc(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().message.find(line), std::string::npos) << parsed.error().message;
  }
}

TEST(SetupBlock, WhatWasAppendedIsTakenAwayByteForByte) {
  for (const std::string_view text : {"", "\n", "# Agents", "# Agents\n", "# Agents\n\n", "a = 1\r\nb = 2\r\n",
                                      "a = 1\r\nb = 2", "[x]\ny = 1\n", "[x]\ny = 1"}) {
    const std::string section = put_section(text).text;
    EXPECT_EQ(put_section(section).state, State::kAsItIs) << section;
    EXPECT_EQ(take_section(section).text, text) << section;
    const AgentClient& codex = *find_agent_client("codex");
    const std::string table = put_server(codex, kProgram, "stream-status", text).text;
    EXPECT_EQ(put_server(codex, kProgram, "stream-status", table).state, State::kAsItIs) << table;
    EXPECT_EQ(take_server(codex, "stream-status", table).text, text) << table;
  }
}

TEST(SetupEdits, EachClientHasItsOwnForm) {
  const auto text = [](std::string_view client) {
    return put_server(*find_agent_client(client), {"/opt/stream-status", {"--project", "/shop"}}, "stream-status", "")
        .text;
  };
  EXPECT_EQ(
      text("codex"),
      "[mcp_servers.stream-status]\ncommand = \"/opt/stream-status\"\nargs = [\"mcp\", \"--project\", \"/shop\"]\n");
  EXPECT_EQ(
      json::serialize(*parse_jsonc(text("vscode"))),
      R"({"servers":{"stream-status":{"type":"stdio","command":"/opt/stream-status","args":["mcp","--project","/shop"]}}})");
  EXPECT_TRUE(parse_jsonc(text("zed"))->contains("context_servers"));
  for (const std::string_view client : {"claude-code", "claude-desktop", "cursor", "gemini", "windsurf"})
    EXPECT_TRUE(parse_jsonc(text(client))->contains("mcpServers")) << client;
  EXPECT_EQ(agent_clients().size(), 8u);
}

TEST(SetupEdits, AnEntryOfSomebodyElseIsLeft) {
  const AgentClient& cursor = *find_agent_client("cursor");
  for (const std::string_view entry : {R"({"command":"docker","args":["run","stream-status"]})", "7",
                                       R"({"command":"stream-status","args":["mcp"],"env":{"A":"b"}})"}) {
    const std::string text = fmt::format(R"({{"mcpServers":{{"stream-status":{}}}}})", entry);
    EXPECT_EQ(put_server(cursor, kProgram, "stream-status", text).state, State::kLeft) << text;
    const Edited taken = take_server(cursor, "stream-status", text);
    EXPECT_EQ(taken.state, State::kLeft) << text;
    EXPECT_EQ(taken.text, text);
  }
  const AgentClient& codex = *find_agent_client("codex");
  const std::string table =
      "[mcp_servers.stream-status]\ncommand = \"stream-status\"\nargs = [\"mcp\"]\nenv = { A = \"b\" }\n";
  EXPECT_EQ(put_server(codex, kProgram, "stream-status", table).state, State::kLeft);
  EXPECT_EQ(take_server(codex, "stream-status", table).state, State::kLeft);
}

TEST(SetupEdits, AnEntryOfOursForAnotherPlaceIsBroughtUpToDate) {
  for (const AgentClient& client : agent_clients()) {
    const std::string old = put_server(client, {"/old/stream-status"}, "stream-status", "").text;
    const Edited renewed = put_server(client, kProgram, "stream-status", old);
    EXPECT_EQ(renewed.state, State::kChanged) << client.name;
    EXPECT_EQ(renewed.text, put_server(client, kProgram, "stream-status", "").text) << client.name;
  }
}

TEST(SetupEdits, ABrokenFileIsLeft) {
  for (const std::string_view text :
       {"{", "[]", R"({"mcpServers":[]})", R"({"hooks":7})", R"({"hooks":{"SessionStart":{}}})"}) {
    const Edited server = put_server(*find_agent_client("gemini"), kProgram, "stream-status", text);
    const Edited hook = put_hook(kProgram, text);
    EXPECT_TRUE(server.state == State::kLeft || hook.state == State::kLeft) << text;
    for (const Edited& each : {server, hook}) {
      if (each.state != State::kLeft) continue;
      EXPECT_EQ(each.text, text);
      EXPECT_FALSE(each.reason.empty());
    }
  }
}

TEST(SetupEdits, ATomlFileThatATableWouldBreakIsLeft) {
  struct Row {
    std::string_view text;
    std::string_view reason;  ///< empty: a table is added, and taken out again
  };
  const Row rows[] = {
      {"model = ", "line 1: it is not valid TOML"},
      {"model = o5\n", "line 1: it is not valid TOML"},
      {"a = 1\nb = \"\n", "line 2: it is not valid TOML"},
      {"a = 1 b = 2", "line 1: it is not valid TOML"},
      {"[a\nb = 1\n", "line 1: it is not valid TOML"},
      {"a = [1,\n2", "line 2: it is not valid TOML"},
      {"a = [1}\n", "line 1: it is not valid TOML"},
      {"a = '''\nb = 1\n", "line 3: it is not valid TOML"},
      {"{\"mcpServers\": {}}", "line 1: it is not valid TOML"},
      {"mcp_servers = { docs = { command = \"docs\" } }\n", "mcp_servers is one value"},
      {"[[mcp_servers]]\ncommand = \"docs\"\n", "mcp_servers is one value"},
      {"[mcp_servers]\nstream-status = { command = \"x\" }\n", "there is a server stream-status already"},
      {"mcp_servers.\"stream-status\".command = \"x\"\n", "there is a server stream-status already"},
      {"[mcp_servers.stream-status.env]\nA = \"b\"\n", "there is a server stream-status already"},
      {"[mcp_servers.stream-status]\ncommand = \"stream-status\"\nargs = [\"mcp\"]\n"
       "[mcp_servers.stream-status.env]\n",
       "there is a server stream-status already"},
      {"", ""},
      {"mcp_servers.docs.command = \"docs\" # ours\n", ""},
      {"[mcp_servers]\ndocs = { command = \"docs\", args = [\"]\", '}'] }\n", ""},
      {"a = \"\"\"\n[mcp_servers.stream-status]\n\\\"\"\" b\"\"\"\"\n", ""},
      {"a = '''\n[mcp_servers.stream-status]\n'''\n[[b.c]]\nd = [ # [\n  -1.5e3,\n]\n", ""},
      {"at = 1979-05-27 07:32:00Z # born\nup = +inf\n\"quoted key\".'x' = true\r\n", ""},
      {"\xef\xbb\xbfmodel = \"o5\"", ""},
  };
  const AgentClient& codex = *find_agent_client("codex");
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const Edited with = put_server(codex, kProgram, "stream-status", row.text);
    if (row.reason.empty()) {
      ASSERT_EQ(with.state, State::kChanged) << with.reason;
      EXPECT_EQ(put_server(codex, kProgram, "stream-status", with.text).state, State::kAsItIs);
      EXPECT_EQ(take_server(codex, "stream-status", with.text).text, row.text);
      EXPECT_EQ(take_server(codex, "stream-status", row.text).state, State::kAsItIs);
      continue;
    }
    EXPECT_EQ(with.state, State::kLeft);
    EXPECT_EQ(with.text, row.text);
    EXPECT_TRUE(with.reason.starts_with(row.reason)) << with.reason;
    EXPECT_EQ(take_server(codex, "stream-status", row.text).text, row.text);
  }
}

TEST(SetupEdits, AHookIsAddedOnceAndTakenOutAlone) {
  const std::string before = "{\n  \"hooks\": {\n    \"Stop\": []\n  }\n}\n";
  const Edited with = put_hook({"/my tools/stream-status", {"--home", "/h"}}, before);
  EXPECT_NE(with.text.find("'/my tools/stream-status' prime --hook --home /h"), std::string::npos) << with.text;
  EXPECT_EQ(put_hook({"/my tools/stream-status", {"--home", "/h"}}, with.text).state, State::kAsItIs);
  const Edited moved = put_hook(kProgram, with.text);
  EXPECT_EQ(moved.state, State::kChanged);
  EXPECT_EQ(take_hook(moved.text).text, before);
  EXPECT_EQ(take_hook(before).state, State::kAsItIs);
}

}  // namespace
}  // namespace stream_status::cli::setup
