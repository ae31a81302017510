#include "support/world.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

/// Thousands of pipes and sockets; and servers, whose starters are gone, become children whose exit code can be read.
void prepare_this_process() {
  ::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

json::object object_of(const std::string& text) {
  auto object = parse_json_object(text);
  EXPECT_TRUE(object) << text;
  return object ? std::move(*object) : json::object{};
}

}  // namespace

World::World(std::string programs) : programs_(std::move(programs)) {
  prepare_this_process();
  fs::create_directories(root() + "/user");
  environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                 {"HOME", root() + "/user"},
                 {"STREAM_STATUS_HOME", home()},
                 {"GIT_CONFIG_GLOBAL", "/dev/null"},
                 {"GIT_CONFIG_SYSTEM", "/dev/null"}};
  make_repository("shop");
}

std::string World::make_repository(const std::string& name) const {
  const std::string path = root() + "/" + name;
  const os::Environment usual = {{"PATH", "/usr/bin:/bin"}, {"HOME", root() + "/user"}};
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"/usr/bin/git", "init", "-q", "-b", "main", path},
           {"/usr/bin/git", "-C", path, "-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-q",
            "--allow-empty", "-m", "First"}}) {
    const Finished finished = run_to_end({arguments, usual});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
  }
  return path;
}

std::string World::add_worktree(const std::string& repository, const std::string& branch) const {
  const std::string path = root() + "/worktrees/" + branch;
  const Finished finished =
      run_to_end({{"/usr/bin/git", "-C", repository, "worktree", "add", "-q", "-b", branch, path}, environment});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  return path;
}

void World::prepare() const {
  ask({"list"});
  ask({"stop"});
}

void World::use_copied_programs() {
  const std::string copies = root() + "/programs";
  fs::create_directories(copies);
  for (const char* name : {"stream-status", "stream-statusd"}) fs::copy_file(program(name), copies + "/" + name);
  for (const std::string& directory : {root(), copies}) ::chmod(directory.c_str(), 0755);
  programs_ = copies;
}

void World::configure(const json::object& members) const {
  json::object config = object_of(text_of_file(file("config.json")));
  for (const auto& [key, value] : members) config[key] = value;
  // By rename, as editors do: a running server never reads half of it.
  write_text(root() + "/config.json", json::serialize(config));
  fs::rename(root() + "/config.json", file("config.json"));
}

Start World::start(std::vector<std::string> arguments, const std::string& directory) const {
  arguments.insert(arguments.begin(), program());
  return {std::move(arguments), environment, directory.empty() ? project() : directory};
}

Finished World::run(std::vector<std::string> arguments, const std::string& directory) const {
  return run_to_end(start(std::move(arguments), directory));
}

json::object World::ask(std::vector<std::string> arguments, const std::string& directory) const {
  const std::string command = arguments.front();
  arguments.emplace_back("--json");
  const Finished finished = run(std::move(arguments), directory);
  EXPECT_EQ(finished.exit_code, 0) << command << ": " << finished.err;
  if (finished.exit_code != 0) return {};
  json::object envelope = object_of(finished.out);
  json::value* data = envelope.if_contains("data");
  EXPECT_TRUE(data != nullptr && data->is_object()) << finished.out;
  return data != nullptr && data->is_object() ? std::move(data->get_object()) : json::object{};
}

Refusal World::refusal(std::vector<std::string> arguments, const std::string& directory) const {
  arguments.emplace_back("--json");
  const Finished finished = run(std::move(arguments), directory);
  EXPECT_GT(finished.exit_code, 0) << finished.out;
  EXPECT_EQ(finished.out, "");
  const json::object envelope = object_of(finished.err);
  const json::value* error = envelope.if_contains("error");
  if (error == nullptr || !error->is_object()) {
    ADD_FAILURE() << finished.err;
    return {finished.exit_code, "", "", ""};
  }
  const json::object& body = error->get_object();
  return {finished.exit_code, text_at(body, "code"), text_at(body, "message"),
          std::string(find_string(body, "hint").value_or(""))};
}

std::vector<std::string> World::stream_ids(const std::string& directory) const {
  std::vector<std::string> ids;
  const json::object data = ask({"list", "--limit", "1000"}, directory);
  if (const json::value* streams = data.if_contains("streams"))
    for (const json::value& stream : streams->as_array()) ids.push_back(text_at(stream.as_object(), "id"));
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::optional<json::object> World::record(const std::string& name) const {
  const std::string text = text_of_file(directory(name) + "/.api-server.lock");
  auto object = parse_json_object(text);
  if (!object) return std::nullopt;
  return std::move(*object);
}

pid_t World::server_pid(const std::string& name) const {
  const auto found = record(name);
  EXPECT_TRUE(found) << "no record in " << directory(name);
  return found ? static_cast<pid_t>(number_at(*found, "pid")) : -1;
}

std::string World::instance(const std::string& name) const {
  const auto found = record(name);
  EXPECT_TRUE(found) << "no record in " << directory(name);
  return found ? text_at(*found, "instanceId") : "";
}

std::uint16_t World::port(const std::string& name) const {
  const auto found = record(name);
  EXPECT_TRUE(found) << "no record in " << directory(name);
  return found ? static_cast<std::uint16_t>(number_at(*found, "port")) : std::uint16_t{0};
}

os::Fd World::watch_server() const {
  ask({"list"});
  auto process = os::watch_process(server_pid());
  EXPECT_TRUE(process);
  return process ? std::move(*process) : os::Fd{};
}

std::string World::log(const std::string& name) const {
  return text_of_file(home() + "/logs/api-server-" + name + ".log");
}

std::vector<std::string> World::log_lines(const std::string& part, const std::string& name) const {
  std::vector<std::string> lines;
  std::istringstream text(log(name));
  for (std::string line; std::getline(text, line);)
    if (line.find(part) != std::string::npos) lines.push_back(line);
  return lines;
}

std::vector<SeenProcess> World::lock_holders(const std::string& name) const {
  std::vector<SeenProcess> holders;
  for (const SeenProcess& process : processes_of(root()))
    if (holds_open(process.pid, directory(name) + "/server.lock")) holders.push_back(process);
  // A program that the server is starting right now has the server's descriptors until its exec, and is no holder.
  std::erase_if(holders, [all = holders](const SeenProcess& process) {
    return std::any_of(all.begin(), all.end(), [parent = status_of(process.pid, "PPid")](const SeenProcess& other) {
      return parent == std::to_string(other.pid);
    });
  });
  // One that was on its way out, or in its exec, when it was asked for its parent.
  std::erase_if(holders,
                [&](const SeenProcess& process) { return !holds_open(process.pid, directory(name) + "/server.lock"); });
  return holders;
}

std::string picture_of(const std::string& path) {
  std::vector<std::string> entries;
  const auto describe = [&](const fs::path& each) {
    struct stat status {};
    ::lstat(each.c_str(), &status);
    const std::string content = S_ISREG(status.st_mode) ? text_of_file(each) : std::string();
    entries.push_back(each.string() + " " + std::to_string(status.st_mode) + " " + std::to_string(status.st_uid) + " " +
                      content);
  };
  describe(path);
  for (const auto& entry : fs::recursive_directory_iterator(path)) describe(entry.path());
  std::sort(entries.begin(), entries.end());
  std::string picture;
  for (const std::string& entry : entries) picture += entry + "\n";
  return picture;
}

std::string text_at(const json::object& object, std::string_view key) {
  const auto text = find_string(object, key);
  EXPECT_TRUE(text) << "\"" << key << "\" is no text in " << json::serialize(object);
  return std::string(text.value_or(""));
}

std::int64_t number_at(const json::object& object, std::string_view key) {
  const auto number = find_integer(object, key);
  EXPECT_TRUE(number) << "\"" << key << "\" is no number in " << json::serialize(object);
  return number.value_or(0);
}

}  // namespace stream_status::testing
