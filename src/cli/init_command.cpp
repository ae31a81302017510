// `init` and `uninstall`: puts this program into the configuration of agents' clients, and takes it out again. Which
// texts that gives is cli/setup's business; here are the choice of files, the words, and what is said.
#include <fmt/format.h>

#include <filesystem>

#include "cli/command.h"
#include "cli/location.h"
#include "cli/program.h"
#include "cli/setup/clients.h"
#include "cli/setup/edits.h"
#include "cli/setup/files.h"
#include "cli/table.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

namespace fs = std::filesystem;
using setup::AgentClient;
using setup::Edited;

enum class Direction { kPut, kTake };

/// One thing in one file.
struct Step {
  std::string title;  ///< of the client, or the file
  std::string what;   ///< "server", "hook", "section"
  std::string path;
  std::function<Edited(std::string_view)> edit;
};

enum class Outcome { kAsItIs, kToChange, kChanged, kLeft };
struct Done {
  Step step;
  Outcome outcome = Outcome::kAsItIs;
  std::string reason = {};
  std::string text = {};  ///< of the file, afterwards
};

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAsItIs: return "unchanged";
    case Outcome::kToChange: return "differs";
    case Outcome::kChanged: return "changed";
    case Outcome::kLeft: return "left";
  }
  return "";
}

/// What the command was asked for, and where.
struct Wish {
  Direction direction = Direction::kPut;
  std::vector<const AgentClient*> clients;
  bool user = false;        ///< the user's files, not the project's
  bool everywhere = false;  ///< both
  bool section = false;
  std::string root;
  std::string home;
  std::string project_name;
  setup::Program program;
  std::string absolute_program;
};

void add_client(std::vector<Step>& steps, const Wish& wish, const AgentClient& client, bool user) {
  const std::string_view file = user ? client.user_file : client.project_file;
  if (file.empty()) return;
  const std::string path = fmt::format("{}/{}", user ? wish.home : wish.root, file);
  setup::Program program = wish.program;
  if (user) program.command = wish.absolute_program;
  if (!client.knows_project) program.location.insert(program.location.end(), {"--project", wish.root});
  const std::string name = setup::entry_name(client, wish.project_name);
  const bool puts = wish.direction == Direction::kPut;
  steps.push_back({std::string(client.title), "server", path, [&client, program, name, puts](std::string_view text) {
                     return puts ? setup::put_server(client, program, name, text)
                                 : setup::take_server(client, name, text);
                   }});
  if (client.hooks_file.empty()) return;
  steps.push_back({std::string(client.title), "hook",
                   fmt::format("{}/{}", user ? wish.home : wish.root, client.hooks_file),
                   [program, puts](std::string_view text) {
                     return puts ? setup::put_hook(program, text) : setup::take_hook(text);
                   }});
}

std::vector<Step> steps_of(const Wish& wish) {
  std::vector<Step> steps;
  for (const AgentClient* client : wish.clients) {
    const bool user = wish.user || client->project_file.empty();
    if (wish.everywhere || !user) add_client(steps, wish, *client, false);
    if (wish.everywhere || user) add_client(steps, wish, *client, true);
  }
  if (wish.section)
    steps.push_back({"AGENTS.md", "section", wish.root + "/AGENTS.md",
                     [puts = wish.direction == Direction::kPut](std::string_view text) {
                       return puts ? setup::put_section(text) : setup::take_section(text);
                     }});
  // What was put in last is taken out first.
  if (wish.direction == Direction::kTake) std::reverse(steps.begin(), steps.end());
  return steps;
}

/// Carries the steps out; with `dry` it is only found out what they would do.
std::vector<Done> carry_out(const Wish& wish, bool dry) {
  std::vector<Done> all;
  std::map<std::string, std::string> texts;  // as they would be, by path
  for (Step& step : steps_of(wish)) {
    Done done{std::move(step)};
    const auto known = texts.find(done.step.path);
    auto found = known != texts.end() ? Result<setup::ClientText>(setup::ClientText{known->second, true})
                                      : setup::read_client_file(done.step.path);
    if (!found) {
      done.outcome = Outcome::kLeft;
      done.reason = fmt::format("{}; {}", found.error().message, found.error().hint);
      all.push_back(std::move(done));
      continue;
    }
    Edited edited = done.step.edit(found->text);
    done.text = edited.text;
    if (edited.state == Edited::State::kLeft) {
      done.outcome = Outcome::kLeft;
      done.reason = edited.reason;
    } else if (edited.state == Edited::State::kChanged) {
      done.outcome = Outcome::kToChange;
      texts[done.step.path] = edited.text;
      if (!dry) {
        const auto written = setup::write_client_file(done.step.path, edited.text, wish.root);
        done.outcome = written ? Outcome::kChanged : Outcome::kLeft;
        if (!written) done.reason = written.error().message;
      }
    }
    all.push_back(std::move(done));
  }
  return all;
}

/// "~/…" and paths from the project on: what people call these files.
std::string shown_path(const Wish& wish, const std::string& path) {
  if (path.starts_with(wish.root + "/")) return path.substr(wish.root.size() + 1);
  if (!wish.home.empty() && path.starts_with(wish.home + "/")) return "~" + path.substr(wish.home.size());
  return path;
}

std::string words_for(const Wish& wish, const Done& done) {
  const bool puts = wish.direction == Direction::kPut;
  switch (done.outcome) {
    case Outcome::kAsItIs: return puts ? "as it should be" : "nothing there";
    case Outcome::kToChange: return puts ? "to be written" : "to be taken out";
    case Outcome::kChanged: return puts ? "written" : "taken out";
    case Outcome::kLeft: return "left alone: " + done.reason;
  }
  return {};
}

std::string render(const Screen& screen, const Wish& wish, const std::vector<Done>& all) {
  Table table({{.heading = ""}, {.heading = "client"}, {.heading = "what"}, {.heading = "file"}, {.heading = ""}});
  for (const Done& done : all) {
    if (wish.everywhere && done.outcome == Outcome::kAsItIs) continue;
    const bool is_well = done.outcome == Outcome::kAsItIs || done.outcome == Outcome::kChanged;
    const Tone tone = done.outcome == Outcome::kLeft ? Tone::kRisk : (is_well ? Tone::kDone : Tone::kLive);
    table.add({{is_well ? "✓" : (done.outcome == Outcome::kLeft ? "!" : "→"), tone},
               {done.step.title},
               {done.step.what, Tone::kFaint},
               {printable(shown_path(wish, done.step.path))},
               {printable(words_for(wish, done)), tone}});
  }
  return table.render(screen.style, std::nullopt);
}

json::array to_json(const std::vector<Done>& all) {
  json::array rows;
  for (const Done& done : all)
    rows.push_back({{"client", done.step.title},
                    {"what", done.step.what},
                    {"path", done.step.path},
                    {"state", name_of(done.outcome)},
                    {"reason", text_or_null(done.reason)}});
  return rows;
}

bool is_there(const Wish& wish, const AgentClient& client) {
  std::error_code ignored;
  return fs::exists(fmt::format("{}/{}", wish.home, client.home_marker), ignored) ||
         (!client.project_file.empty() && fs::exists(fmt::format("{}/{}", wish.root, client.project_file), ignored));
}

Result<void> choose_clients(const Call& call, Wish& wish) {
  for (const std::string& name : call.options.list("clients")) {
    const AgentClient* client = setup::find_agent_client(name);
    if (client == nullptr)
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("there is no client {}", shell_quoted(fit(printable(name), 40))),
                  "one of: " + setup::agent_client_names());
    wish.clients.push_back(client);
  }
  if (call.options.has("all"))
    for (const AgentClient& client : setup::agent_clients())
      if (is_there(wish, client)) wish.clients.push_back(&client);
  return {};
}

Result<Wish> prepare(const Call& call) {
  const Location location = TRY(locate(call));
  Wish wish;
  wish.root = location.project.worktree;
  wish.home = variable(call.world, "HOME");
  wish.project_name = location.project.name;
  if (wish.home.empty())
    return fail(ErrorCode::kInvalidArgument, "init: HOME is not set", "set it to your home directory");
  wish.absolute_program = call.world.executable;
  std::error_code failure;
  const std::string on_path = find_program(call.world, "stream-status");
  const bool is_on_path = !on_path.empty() && fs::equivalent(on_path, call.world.executable, failure);
  wish.program.command = is_on_path ? "stream-status" : wish.absolute_program;
  if (const auto home = call.options.text("--home")) wish.program.location = {"--home", *home};
  return wish;
}

int say(const Call& call, const Wish& wish, const std::vector<Done>& all, bool checks) {
  const bool is_left =
      std::any_of(all.begin(), all.end(), [](const Done& each) { return each.outcome == Outcome::kLeft; });
  const bool differs =
      std::any_of(all.begin(), all.end(), [](const Done& each) { return each.outcome == Outcome::kToChange; });
  call.report.answer(json::object{{"files", to_json(all)}},
                     [&](const Screen& screen) { return render(screen, wish, all); });
  const bool names_this_machine =
      wish.program.command != "stream-status" && std::any_of(all.begin(), all.end(), [&](const Done& each) {
        return each.outcome == Outcome::kChanged && each.step.path.starts_with(wish.root + "/") &&
               each.step.what != "section";
      });
  if (names_this_machine && wish.direction == Direction::kPut)
    call.report.remark(
        fmt::format("these files name {}: before you commit them, put stream-status on the PATH and run "
                    "init again",
                    printable(wish.program.command)));
  return is_left || (checks && differs) ? kExitFailed : kExitOk;
}

int print_texts(const Call& call, const Wish& wish, const std::vector<Done>& all) {
  json::array files;
  std::string text;
  std::map<std::string, const Done*> last;  // a file's last step has its whole text
  for (const Done& done : all) last[done.step.path] = &done;
  for (const auto& [path, done] : last) {
    files.push_back({{"path", path}, {"text", done->text}, {"reason", text_or_null(done->reason)}});
    text += fmt::format("── {}\n{}", printable(shown_path(wish, path)),
                        done->outcome == Outcome::kLeft ? printable(done->reason) + "\n" : done->text);
    if (!text.ends_with('\n')) text += '\n';
  }
  return call.report.answer(json::object{{"files", std::move(files)}}, [&](const Screen&) { return text; });
}

int init(const Call& call) {
  auto wish = prepare(call);
  if (!wish) return call.report.failure(wish.error());
  wish->direction = call.options.has("remove") ? Direction::kTake : Direction::kPut;
  wish->user = call.options.has("user");
  wish->section = call.options.has("agents-md");
  if (const auto chosen = choose_clients(call, *wish); !chosen) return call.report.failure(chosen.error());
  if (wish->clients.empty() && !wish->section) {
    if (call.options.has("all"))
      return call.report.failure({ErrorCode::kNotFound, "init --all: none of the clients is on this machine",
                                  "name one: " + setup::agent_client_names()});
    return call.report.failure({ErrorCode::kInvalidArgument, "init: for which client?",
                                "name one or more of: " + setup::agent_client_names() + "; or --all"});
  }
  const bool prints = call.options.has("print");
  const bool checks = call.options.has("check");
  const std::vector<Done> all = carry_out(*wish, prints || checks);
  return prints ? print_texts(call, *wish, all) : say(call, *wish, all, checks);
}

int uninstall(const Call& call) {
  auto wish = prepare(call);
  if (!wish) return call.report.failure(wish.error());
  wish->direction = Direction::kTake;
  wish->everywhere = true;
  if (const auto chosen = choose_clients(call, *wish); !chosen) return call.report.failure(chosen.error());
  if (wish->clients.empty()) {
    for (const AgentClient& client : setup::agent_clients()) wish->clients.push_back(&client);
    wish->section = true;
  }
  const std::vector<Done> all = carry_out(*wish, call.options.has("check"));
  const int code = say(call, *wish, all, false);
  call.report.remark(
      "streams, logs and backups stay where 'stream-status where' says; 'stream-status stop' ends the project's "
      "server");
  return code;
}

OptionSpec flag(const std::string& name, std::string description) {
  return {.key = name, .names = {"--" + name}, .form = Form::kFlag, .description = std::move(description)};
}

OptionSpec clients_option() {
  return {.key = "clients",
          .names = {"--client"},
          .form = Form::kList,
          .place = Place::kPositional,
          .value_name = "CLIENT",
          .description = setup::agent_client_names()};
}

}  // namespace

std::vector<Command> setup_commands() {
  return {
      {.name = "init",
       .group = Group::kServer,
       .summary = "register this program with agents' clients",
       .options = {clients_option(), flag("all", "every client that is on this machine"),
                   flag("user", "your own configuration, for all projects; default: the project's, where there is one"),
                   flag("agents-md", "also a section for AGENTS.md"), flag("print", "show the files, write nothing"),
                   flag("check", "say what differs, write nothing; exit code 1 if anything does"),
                   flag("remove", "take out what init put in")},
       .examples = {"init claude-code", "init --all --agents-md", "init cursor --user --check"},
       .details =
           "Entries are put into the files as they are: comments, order and the entries of others stay. Clients with "
           "hooks also get one that shows an agent where it was when a session starts. uninstall is the inverse.",
       .run = init},
      {.name = "uninstall",
       .group = Group::kServer,
       .summary = "take out whatever init put in",
       .options = {clients_option(), flag("check", "say what would be taken out, write nothing")},
       .examples = {"uninstall", "uninstall cursor"},
       .details = "From the project's files and your own. An entry that somebody changed is left, and named.",
       .run = uninstall},
  };
}

}  // namespace stream_status::cli
