// Set-up and tear-down around the programs under test.
#include "project.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include <fmt/format.h>

namespace bench {
namespace {

constexpr int kStopPatienceMs = 15000;

/// Variables that would lead a program away from the project under test.
constexpr std::array<std::string_view, 6> kForeign{
    "PROJECT_ROOT=", "WORKTREE_ROOT=", "API_PORT=", "CLAUDE_PROJECT_DIR=", "STREAM_STATUS_", "GIT_"};

std::vector<std::string> environment(const fs::path& home) {
  std::vector<std::string> result{"STREAM_STATUS_HOME=" + home.string()};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (std::none_of(kForeign.begin(), kForeign.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); }))
      result.emplace_back(text);
  }
  return result;
}

/// The record of the server of this home, or empty.
std::string read_record(const fs::path& home) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(home / "projects", ignored)) {
    if (auto record = read_whole(entry.path() / ".api-server.lock"); !record.empty()) return record;
  }
  return {};
}

Server parse_record(const std::string& record) {
  const auto socket = find_member(record, "socket");
  if (!socket) fail("read the server's record: no socket in: " + record);
  return {.pid = static_cast<pid_t>(get_number(record, "pid")),
          .port = static_cast<std::uint16_t>(get_number(record, "port")),
          .socket = std::string(*socket)};
}

Fd open_pid(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

enum class Exited { kNo, kYes };

Exited wait_for_exit(const Fd& pidfd, int patience_ms) {
  pollfd exit{pidfd.get(), POLLIN, 0};
  return ::poll(&exit, 1, patience_ms) == 1 ? Exited::kYes : Exited::kNo;
}

void end_server_of(const fs::path& directory) {
  const std::string record = read_record(directory / "home");
  if (record.empty()) return;
  // The descriptor first, the proof second: between them the pid can not change its owner.
  const auto pid = static_cast<pid_t>(get_number(record, "pid"));
  const Fd pidfd = open_pid(pid);
  const std::string command_line = read_whole(fmt::format("/proc/{}/cmdline", pid));
  if (!pidfd || command_line.find(directory.string()) == std::string::npos) return;
  for (const int signal : {SIGTERM, SIGKILL}) {
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
    if (wait_for_exit(pidfd, 3000) == Exited::kYes) return;
  }
}

}  // namespace

Project::Project(Run& run) : Project(run, {}) {
  repository_ = directory_ / "repository";
  fs::create_directory(repository_);
  Child git({.arguments = {"/usr/bin/env", "git", "init", "--quiet"},
             .environment = environment(directory_ / "home"),
             .directory = repository_});
  if (git.finish() != 0) fail("make a repository: git init failed");
}

Project::Project(Run& run, fs::path repository)
    : programs_(run.programs()), directory_(run.make_directory()), repository_(std::move(repository)) {
  fs::create_directory(directory_ / "home");
  fs::permissions(directory_ / "home", fs::perms::owner_all);
}

Project::~Project() {
  try {
    end_server_of(directory_);
  } catch (const Failure& failure) {
    fmt::print(stderr, "stop the server of {}: {}\n", directory_.string(), failure.what());
  }
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

Command Project::command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), (programs_ / "stream-status").string());
  return {.arguments = std::move(arguments), .environment = environment(directory_ / "home"), .directory = repository_};
}

std::string Project::call(std::vector<std::string> arguments) const {
  const std::string name = arguments.front();
  Child child(command(std::move(arguments)));
  std::string output;
  char chunk[4096];
  for (ssize_t n; (n = ::read(child.out(), chunk, sizeof chunk)) > 0;)
    output.append(chunk, static_cast<std::size_t>(n));
  if (const int code = child.finish(); code != 0) fail(fmt::format("stream-status {}: exit code {}", name, code));
  return output;
}

Server Project::start() const {
  call({"list", "--json"});
  const std::string record = read_record(directory_ / "home");
  if (record.empty()) fail("start a server: it wrote no record under " + directory_.string());
  return parse_record(record);
}

void Project::stop() const {
  const std::string record = read_record(directory_ / "home");
  if (record.empty()) return;
  const Fd pidfd = open_pid(parse_record(record).pid);
  call({"stop"});
  if (pidfd && wait_for_exit(pidfd, kStopPatienceMs) == Exited::kNo) fail("stop the server: it still runs after 15 s");
}

Agent::Agent(const Project& project) : child_(project.command({"mcp"})) {}

void Agent::initialize() {
  exchange(initialize_request());
  child_.write_line(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
}

std::string_view Agent::call(std::string_view tool, std::string_view arguments) {
  return exchange(call_request(++calls_, tool, arguments));
}

std::string_view Agent::exchange(std::string_view line) {
  send(line);
  const std::string_view answer = child_.read_line();
  if (!is_result(answer)) fail(fmt::format("{}: {}", line, answer.substr(0, 1000)));
  return answer;
}

void Agent::send(std::string_view line) { child_.write_line(line); }

std::string_view Agent::receive() {
  const std::string_view answer = child_.read_line();
  if (!is_result(answer)) fail(fmt::format("wait for an answer: {}", answer.substr(0, 1000)));
  return answer;
}

std::string initialize_request() {
  return R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
         R"("capabilities":{},"clientInfo":{"name":"bench","version":"1"}}})";
}

std::string call_request(int id, std::string_view tool, std::string_view arguments) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"{}","arguments":{}}}}})", id,
                     tool, arguments);
}

bool is_result(std::string_view line) {
  return line.find("\"result\":") != std::string_view::npos && line.find("\"isError\":true") == std::string_view::npos;
}

void end_servers_in(const fs::path& scratch) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(scratch, ignored)) end_server_of(entry.path());
}

}  // namespace bench
