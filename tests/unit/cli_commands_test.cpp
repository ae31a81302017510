// Commands that need no server, and what every command has in common: usage, exit codes, the envelope, names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/command.h"
#include "cli/location.h"
#include "cli/mcp_command.h"
#include "cli/text.h"
#include "cli_world.h"
#include "os/file.h"
#include "support/temporary_directory.h"

namespace stream_status::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

class CliCommands : public ::testing::Test, protected stream_status::testing::CliWorld {
 protected:
  CliCommands() {
    environment["HOME"] = directory.path();
    environment["STREAM_STATUS_HOME"] = directory.path() + "/home";
    project = directory.path() + "/shop";
    std::filesystem::create_directory(project);
    current_directory = project;
  }

  /// The project's directory, made as the first client would make it.
  project::ProjectDirectory make_directory() {
    const auto home = project::locate_home({"", &environment});
    const auto found = project::find_project({"", &environment, current_directory});
    return std::move(*project::open_project_directory(*home, *found));
  }

  /// A member of the envelope's data, as JSON text.
  std::string data(const std::string& pointer) const {
    boost::system::error_code none;
    const json::value answer = *parse_json(out);
    const json::value* found = answer.find_pointer("/data/" + pointer, none);
    return found == nullptr ? "absent" : json::serialize(*found);
  }
  static std::string quoted(const std::string& text) { return json::serialize(json::string(text)); }

  stream_status::testing::TemporaryDirectory directory;
  std::string project;
};

TEST_F(CliCommands, UsageErrorsExit2AndSayWhatToDo) {
  struct Row {
    Words words;
    std::string_view error;
  };
  const Row rows[] = {
      {{"lsit"}, "error: there is no command lsit\n  did you mean `stream-status list`?\n"},
      {{"frobnicate"}, "error: there is no command frobnicate\n  `stream-status help` shows all commands\n"},
      {{"\x1b[2J"}, "error: there is no command '\xef\xbf\xbd[2J'\n  `stream-status help` shows all commands\n"},
      {{"list", "--limt", "3"}, "error: unknown option --limt\n  did you mean --limit?\n"},
      {{"list", "surplus"}, "error: unexpected argument surplus\n  put a text with spaces in quotes\n"},
      {{"stop", "--all=1"}, "error: --all takes no value\n  `stream-status help stop` shows what it takes\n"},
      {{"add"}, "error: TITLE: is missing\n  give TITLE: what the stream does, briefly\n"},
      {{"update", "x", "--progress", "-1"},
       "error: --progress: \"-1\" is not a whole number from 0 to 100\n  give --progress as a whole number from 0 to "
       "100\n"},
      {{"update", "x", "--progress", "50%"},
       "error: --progress: \"50%\" is not a whole number from 0 to 100\n  give --progress as a whole number from 0 to "
       "100\n"},
      {{"list", "--status", "bogus"},
       "error: --status: \"bogus\" is not one of: initializing, active, blocked, paused, completed, archived\n"
       "  give --status as one of: initializing, active, blocked, paused, completed, archived\n"},
      {{"reconcile", "--dry-run=maybe"},
       "error: --dry-run: \"maybe\" is not true or false\n  give --dry-run as true or false\n"},
      {{"archive-bulk"}, "error: ID…: is missing\n  give ID…: ids of streams\n"},
      {{"unretire"}, "error: ID: is missing\n  give ID: stream id\n"},
      {{"logs", "-n", "many"}, "error: -n: \"many\" is not a number of lines\n  give -n as a whole number\n"},
      {{"serve", "--port", "0"},
       "error: --port: \"0\" is not a port\n  give --port as a whole number from 1 to 65535\n"},
      {{"add", "broken \xff"}, "error: TITLE: the text is not valid UTF-8\n  give TITLE in UTF-8\n"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(run(row.words), 2);
    EXPECT_EQ(err, row.error);
    EXPECT_EQ(out, "");
  }
  EXPECT_FALSE(std::filesystem::exists(directory.path() + "/home")) << "a usage error touches nothing";
}

TEST_F(CliCommands, ErrorsAsJsonGoToStderrInAnEnvelope) {
  EXPECT_EQ(run({"update", "x", "--json", "--progress", "101"}), 2);
  EXPECT_EQ(out, "");
  EXPECT_EQ(err, R"({"version":1,"command":"update","error":{"code":"invalid_argument",)"
                 R"("message":"--progress: \"101\" is not a whole number from 0 to 100",)"
                 R"("hint":"give --progress as a whole number from 0 to 100","retryable":false}})"
                 "\n");
  EXPECT_EQ(run({"--json", "lsit"}), 2);
  EXPECT_THAT(err, StartsWith(R"({"version":1,"command":"lsit","error":{"code":"invalid_argument")"));
}

TEST_F(CliCommands, AProjectThatIsNotThereExits3) {
  EXPECT_EQ(run({"list", "--project", project + "/gone"}), 3);
  EXPECT_THAT(err, HasSubstr(project + "/gone"));
  current_directory = "/";
  EXPECT_EQ(run({"list"}), 3);
  EXPECT_THAT(err, HasSubstr("--project"));
}

TEST_F(CliCommands, AServerThatCanNotBeStartedExits5) {
  EXPECT_EQ(run({"list", "--json"}), 5);
  EXPECT_THAT(err, HasSubstr("server_unavailable"));
  EXPECT_THAT(err, HasSubstr("stream-statusd"));
}

TEST_F(CliCommands, HelpNamesEveryCommandAndEachHasItsOwn) {
  EXPECT_EQ(run({}), 0);
  const std::string all = out;
  EXPECT_EQ(run({"help"}), 0);
  EXPECT_EQ(out, all);
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_EQ(out, all);
  for (const std::vector<Command>& group : {stream_commands(), server_commands(), diagnosis_commands()})
    for (const Command& command : group) {
      EXPECT_THAT(all, HasSubstr("\n  " + command.name + " "));
      EXPECT_EQ(run({"help", command.name}), 0);
      EXPECT_THAT(out, StartsWith("stream-status " + command.name));
      EXPECT_THAT(out, HasSubstr("Examples\n"));
      const std::string help = out;
      EXPECT_EQ(run({command.name, "--help"}), 0);
      EXPECT_EQ(out, help);
    }
  EXPECT_EQ(run({"help", "lsit"}), 2);
}

TEST_F(CliCommands, HelpOfACommandComesFromTheTable) {
  run({"help", "update"});
  EXPECT_THAT(out, StartsWith("stream-status update ID [options]\n"));
  EXPECT_THAT(out, HasSubstr("\n  --current-phase N "));
  EXPECT_THAT(out, HasSubstr("critical, high, medium, low"));
}

TEST_F(CliCommands, HelpShowsTheWordThatActs) {
  run({"help", "reconcile"});
  EXPECT_THAT(out, HasSubstr("\n  --apply  "));
  run({"help", "remove"});
  EXPECT_THAT(out, HasSubstr("\n  --delete-worktree  "));
  EXPECT_THAT(out, HasSubstr("\n  --summary SUMMARY  "));
}

TEST_F(CliCommands, WhereSaysWhereEverythingLies) {
  EXPECT_EQ(run({"where"}), 0);
  EXPECT_THAT(out, HasSubstr("directory  " + directory.path() + "/home/projects/shop  (made on first use)\n"));
  EXPECT_THAT(out, HasSubstr("home       " + directory.path() + "/home  (by STREAM_STATUS_HOME)\n"));
  EXPECT_FALSE(std::filesystem::exists(directory.path() + "/home"));
  make_directory();
  EXPECT_EQ(run({"--json", "where"}), 0);
  EXPECT_EQ(data("projectRoot"), quoted(project));
  EXPECT_EQ(data("exists"), "true");
  EXPECT_EQ(data("database"), quoted(directory.path() + "/home/projects/shop/streams.db"));
  EXPECT_EQ(data("log"), quoted(directory.path() + "/home/logs/api-server-shop.log"));
}

TEST_F(CliCommands, StatusOfNoServerExits1AndStartsNone) {
  EXPECT_EQ(run({"status"}), 1);
  EXPECT_THAT(out, StartsWith("○ not running  shop\n"));
  EXPECT_FALSE(std::filesystem::exists(directory.path() + "/home"));
  EXPECT_EQ(run({"status", "--json"}), 1);
  EXPECT_EQ(data("running"), "false");
}

TEST_F(CliCommands, StatusTellsOfAConfigThatIsWrong) {
  const auto made = make_directory();
  ASSERT_TRUE(os::write_file_atomically(made.fd, "config.json", R"({"port":"many"})", os::Durability::kPageCache));
  run({"status"});
  EXPECT_THAT(out, HasSubstr("config"));
  EXPECT_THAT(out, HasSubstr("port"));
  run({"status", "--json"});
  EXPECT_THAT(data("config/problem"), HasSubstr("port"));
}

TEST_F(CliCommands, PsShowsARecordThatWasLeftBehind) {
  EXPECT_EQ(run({"ps"}), 0);
  EXPECT_EQ(out, "No server runs.\n");
  const auto made = make_directory();
  project::Record record;
  record.pid = 4711;
  record.port = 3001;
  record.project_root = project;
  record.project_name = "shop";
  record.started_at = "2026-09-21T14:13:20.000Z";
  record.instance_id = "7f3a";
  record.server_version = "1.0.0";
  record.protocol = 1;
  ASSERT_TRUE(project::save_record(made.fd, record));
  EXPECT_EQ(run({"ps"}), 0);
  EXPECT_THAT(out, HasSubstr(project));
  EXPECT_THAT(out, HasSubstr("○ left over"));
  EXPECT_EQ(run({"ps", "--json"}), 0);
  EXPECT_EQ(data("servers/0/state"), "\"left over\"");
  EXPECT_EQ(data("servers/0/running"), "false");
  EXPECT_EQ(data("servers/0/pid"), "4711");
}

TEST_F(CliCommands, StopWithNothingToStopIsSuccess) {
  EXPECT_EQ(run({"stop"}), 0);
  EXPECT_EQ(out, "nothing to stop\n");
  make_directory();
  EXPECT_EQ(run({"stop", "--json"}), 0);
  EXPECT_EQ(out, "{\"version\":1,\"command\":\"stop\",\"data\":{\"stopped\":[],\"left\":[]}}\n");
  EXPECT_EQ(run({"stop", "--all"}), 0);
}

TEST_F(CliCommands, LogsShowTheEndOfTheLogWithNothingATerminalObeys) {
  EXPECT_EQ(run({"logs"}), 0);
  EXPECT_THAT(out, StartsWith("No log yet: "));
  make_directory();
  const auto home = *project::locate_home({"", &environment});
  const auto logs = os::open_private_directory(home.logs(), home.trusted, os::IfMissing::kCreate);
  ASSERT_TRUE(
      os::write_file_atomically(*logs, "api-server-shop.log", "one\ntwo \x1b[2J\nthree\n", os::Durability::kPageCache));
  EXPECT_EQ(run({"logs", "-n2"}), 0);
  EXPECT_EQ(out, "two \xef\xbf\xbd[2J\nthree\n");
  EXPECT_EQ(run({"logs", "--json", "--lines", "1"}), 0);
  EXPECT_EQ(data("lines"), R"(["three"])");
  EXPECT_EQ(run({"logs", "--json", "-f"}), 2);
}

TEST_F(CliCommands, DoctorExits1WhenSomethingFails) {
  EXPECT_EQ(run({"doctor"}), 1);  // no server program beside this executable
  EXPECT_THAT(out, HasSubstr("✗ fail   program"));
  EXPECT_THAT(out, HasSubstr("✓ ok     project"));
  executable = directory.path() + "/stream-status";
  std::ofstream(directory.path() + "/stream-statusd") << "#!/bin/sh\n";
  std::filesystem::permissions(directory.path() + "/stream-statusd", std::filesystem::perms::owner_all);
  EXPECT_EQ(run({"doctor", "--json"}), 0) << out;
  EXPECT_EQ(data("ok"), "true");
}

TEST_F(CliCommands, DoctorNamesDirectoriesWhoseProjectIsGone) {
  make_directory();
  current_directory = directory.path();
  environment["PROJECT_ROOT"] = directory.path();
  std::filesystem::remove(project);
  run({"doctor"});
  EXPECT_THAT(out, HasSubstr("/home/projects/shop belongs to " + project + ", which is gone"));
}

TEST_F(CliCommands, DoctorTellsOfADirectoryThatOthersMayWrite) {
  make_directory();
  std::filesystem::permissions(directory.path() + "/home", std::filesystem::perms::all);
  EXPECT_EQ(run({"doctor"}), 1);
  EXPECT_THAT(out, HasSubstr("✗ fail   home"));
}

TEST_F(CliCommands, VersionNeedsNoProject) {
  current_directory = "/";
  EXPECT_EQ(run({"version"}), 0);
  EXPECT_THAT(out, StartsWith("stream-status "));
  const std::string text = out;
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_EQ(out, text);
  EXPECT_EQ(run({"version", "--json"}), 0);
  EXPECT_EQ(data("protocol"), "1");
  EXPECT_EQ(data("server"), "null");
}

TEST_F(CliCommands, DashboardTakesTheDirectoryOfPackageScripts) {
  environment["INIT_CWD"] = project + "/gone";
  environment["CLAUDE_PROJECT_DIR"] = project;
  EXPECT_EQ(run({"dashboard", "--no-open"}), 3);
  EXPECT_THAT(err, HasSubstr(project + "/gone"));
  environment["PROJECT_ROOT"] = project + "/lost";
  EXPECT_EQ(run({"dashboard", "--no-open"}), 3);
  EXPECT_THAT(err, HasSubstr(project + "/lost"));
}

TEST_F(CliCommands, ColoursAreForTerminalsOnly) {
  const auto has_colour = [&] {
    run({"help"});
    return out.find('\x1b') != std::string::npos;
  };
  EXPECT_FALSE(has_colour());
  columns = 80;
  EXPECT_TRUE(has_colour());
  environment["NO_COLOR"] = "1";
  EXPECT_FALSE(has_colour());
  environment["NO_COLOR"] = "";
  EXPECT_TRUE(has_colour());
  environment["TERM"] = "dumb";
  EXPECT_FALSE(has_colour());
}

TEST_F(CliCommands, HelpFitsTheTerminal) {
  for (const int width : {80, 100}) {
    columns = width;
    environment["NO_COLOR"] = "1";
    for (const Words& words : {Words{"help"}, Words{"help", "add"}, Words{"help", "update"}}) {
      run(words);
      for (const std::string& line : wrap(out, std::string::npos))
        EXPECT_LE(columns_of(line), static_cast<std::size_t>(width)) << line;
    }
  }
}

TEST_F(CliCommands, TheCallerIsNamedByFlagThenEnvironmentThenUser) {
  const World real = world();
  const Report report(real, "list", Format::kText);
  const Log log;
  const auto name = [&](const Words& words) {
    const auto options = parse_words(words, {});
    const World now = world();
    return agent_name(Call{now, *options, report, log});
  };
  EXPECT_EQ(name({}), "ada@cli");
  environment["STREAM_STATUS_AGENT"] = "reviewer";
  EXPECT_EQ(name({}), "reviewer");
  EXPECT_EQ(name({"--agent", "me"}), "me");
  EXPECT_EQ(name({"--agent", ""}), "reviewer");
}

TEST_F(CliCommands, AnAgentIsNamedByFlagThenEnvironmentThenClientAndWorktree) {
  const auto name = [&](const Words& words, std::string_view client, std::string_view worktree) {
    const World now = world();
    return mcp_agent_name(now, *parse_words(words, {}), client, worktree);
  };
  EXPECT_EQ(name({}, "claude-code", "/home/ada/shop-tokens"), "claude-code@shop-tokens");
  EXPECT_EQ(name({}, "", "/home/ada/shop"), "agent@shop");
  EXPECT_EQ(name({}, "x", "/"), "x@/");
  environment["STREAM_STATUS_AGENT"] = "reviewer";
  EXPECT_EQ(name({}, "claude-code", "/home/ada/shop"), "reviewer");
  EXPECT_EQ(name({"--agent", "me"}, "claude-code", "/home/ada/shop"), "me");
}

TEST_F(CliCommands, TheFoundingNameIsTheStdioServer) {
  EXPECT_EQ(run({"--help"}, "/usr/local/bin/mcp-stream-workflow-status"), 0);
  EXPECT_THAT(out, StartsWith("stream-status mcp\n"));
  EXPECT_EQ(run({"--portt"}, "mcp-stream-workflow-status"), 2);
}

}  // namespace
}  // namespace stream_status::cli
