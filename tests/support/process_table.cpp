#include "support/process_table.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "support/temporary_directory.h"

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

std::string proc(pid_t pid, const std::string& name) { return "/proc/" + std::to_string(pid) + "/" + name; }

std::vector<pid_t> all_pids() {
  std::vector<pid_t> pids;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator("/proc", failure)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc{} && end == name.data() + name.size()) pids.push_back(pid);
  }
  return pids;
}

bool mentions(const std::string& text, const std::string& path) {
  for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path, at + 1)) {
    const char after = at + path.size() < text.size() ? text[at + path.size()] : '\0';
    if (after == '\0' || after == '/') return true;
  }
  return false;
}

bool is_running(pid_t pid) {
  const std::string state = status_of(pid, "State");
  return !state.empty() && state.front() != 'Z' && state.front() != 'X';
}

}  // namespace

std::vector<SeenProcess> processes_of(const std::string& path) {
  std::vector<SeenProcess> seen;
  for (const pid_t pid : all_pids()) {
    if (pid == ::getpid()) continue;
    std::string command = text_of_file(proc(pid, "cmdline"));
    if (!mentions(command, path) && !mentions(text_of_file(proc(pid, "environ")), path)) continue;
    if (!is_running(pid)) continue;
    std::replace(command.begin(), command.end(), '\0', ' ');
    std::string name = text_of_file(proc(pid, "comm"));
    if (name.ends_with('\n')) name.pop_back();
    seen.push_back({pid, std::move(name), std::move(command)});
  }
  return seen;
}

std::vector<std::string> environment_of(pid_t pid) {
  std::vector<std::string> variables;
  std::istringstream text(text_of_file(proc(pid, "environ")));
  for (std::string variable; std::getline(text, variable, '\0');) variables.push_back(variable);
  return variables;
}

std::vector<std::string> open_files_of(pid_t pid) {
  std::vector<std::string> targets;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(proc(pid, "fd"), failure)) {
    std::error_code gone;
    const std::string target = fs::read_symlink(entry.path(), gone);
    if (!gone) targets.push_back(target);
  }
  return targets;
}

std::string status_of(pid_t pid, std::string_view key) {
  std::istringstream text(text_of_file(proc(pid, "status")));
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':') continue;
    return line.substr(line.find_first_not_of(" \t", key.size() + 1));
  }
  return {};
}

bool holds_open(pid_t pid, const std::string& path) {
  struct stat wanted {};
  if (::stat(path.c_str(), &wanted) != 0) return false;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(proc(pid, "fd"), failure)) {
    struct stat status {};
    struct stat link {};
    if (::stat(entry.path().c_str(), &status) != 0 || ::lstat(entry.path().c_str(), &link) != 0) continue;
    if (status.st_ino == wanted.st_ino && status.st_dev == wanted.st_dev && (link.st_mode & S_IWUSR) != 0) return true;
  }
  return false;
}

}  // namespace stream_status::testing
