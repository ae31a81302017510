#include "os/process_table.h"

#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "os/file_parts.h"

namespace stream_status::os {
namespace {

constexpr std::size_t kFileLimit = std::size_t{1} << 20;
constexpr std::string_view kDeleted = " (deleted)";

std::optional<std::string> read_link(const std::string& path) {
  std::array<char, PATH_MAX> buffer;
  const ssize_t size = ::readlink(path.c_str(), buffer.data(), buffer.size());
  if (size <= 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

/// The kernel marks what was removed.
std::string without_mark(std::string path) {
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

std::string text_of(const std::string& path) {
  auto text = read_file(path, kFileLimit);
  return text && *text ? std::move(**text) : std::string();
}

std::vector<std::string> names_in(const std::string& path) {
  const auto directory = open_directory(path);
  if (!directory) return {};
  return list_directory(*directory).value_or(std::vector<std::string>{});
}

/// Texts that each end in a zero byte.
std::vector<std::string> split_at_zeros(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

milliseconds age_of(std::uint64_t start_ticks) {
  const long per_second = ::sysconf(_SC_CLK_TCK);
  timespec since_boot{};
  if (per_second <= 0 || ::clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0) return {};
  const auto started = static_cast<std::int64_t>(start_ticks) * 1000 / per_second;
  const auto now = std::int64_t{since_boot.tv_sec} * 1000 + since_boot.tv_nsec / 1'000'000;
  return milliseconds{std::max<std::int64_t>(now - started, 0)};
}

/// State and parent, of /proc/PID/stat. Source: proc_pid_stat(5), fields 3 and 4.
struct Status {
  char state = '?';
  std::int64_t parent = 0;
};
Status status_of(const std::string& process) {
  const std::string stat = text_of(process + "/stat");
  const std::size_t end_of_name = stat.rfind(')');  // the name itself may hold blanks and parentheses
  if (end_of_name == std::string::npos || end_of_name + 4 >= stat.size()) return {};
  Status status{.state = stat[end_of_name + 2]};
  std::from_chars(stat.data() + end_of_name + 4, stat.data() + stat.size(), status.parent);
  return status;
}

std::optional<RunningProgram> look_at(std::int64_t pid, std::string_view name) {
  const std::string process = fmt::format("/proc/{}", pid);
  struct stat status {};
  if (::stat(process.c_str(), &status) != 0 || status.st_uid != ::geteuid()) return std::nullopt;
  const auto executable = read_link(process + "/exe");
  if (!executable) return std::nullopt;
  RunningProgram found;
  found.path = without_mark(*executable);
  if (std::string_view(found.path).substr(found.path.rfind('/') + 1) != name) return std::nullopt;
  const auto identity = find_process(pid);
  if (!identity) return std::nullopt;
  found.identity = *identity;
  found.arguments = split_at_zeros(text_of(process + "/cmdline"));
  if (!found.arguments.empty()) found.arguments.erase(found.arguments.begin());
  for (const std::string& text : split_at_zeros(text_of(process + "/environ")))
    if (const std::size_t equals = text.find('='); equals != std::string::npos && equals > 0)
      found.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  found.age = age_of(identity->start_ticks);
  const Status now = status_of(process);
  found.parent = now.parent;
  found.is_stopped = now.state == 'T' || now.state == 't';
  found.sees_our_files = read_link(process + "/ns/mnt") == read_link("/proc/self/ns/mnt");
  return found;
}

}  // namespace

std::vector<RunningProgram> find_running_programs(std::string_view name) {
  std::vector<RunningProgram> programs;
  for (const std::string& entry : names_in("/proc")) {
    std::int64_t pid = 0;
    const auto [end, failure] = std::from_chars(entry.data(), entry.data() + entry.size(), pid);
    if (failure != std::errc{} || end != entry.data() + entry.size() || pid == ::getpid()) continue;
    if (auto program = look_at(pid, name)) programs.push_back(std::move(*program));
  }
  std::sort(programs.begin(), programs.end(),
            [](const RunningProgram& a, const RunningProgram& b) { return a.age > b.age; });
  return programs;
}

std::vector<HeldLock> find_held_locks(std::int64_t pid) {
  std::vector<HeldLock> locks;
  const std::string process = fmt::format("/proc/{}", pid);
  for (const std::string& number : names_in(process + "/fdinfo")) {
    const std::string facts = text_of(fmt::format("{}/fdinfo/{}", process, number));
    const std::size_t lock = facts.find("\nlock:");
    if (lock == std::string::npos || facts.find("OFDLCK", lock) == std::string::npos) continue;
    const std::string descriptor = fmt::format("{}/fd/{}", process, number);
    struct stat status {};
    const auto link = read_link(descriptor);
    if (!link || ::stat(descriptor.c_str(), &status) != 0) continue;
    HeldLock held{.path = without_mark(*link), .identity = {status.st_dev, status.st_ino}};
    held.is_in_place = identity_at(held.path) == held.identity;
    locks.push_back(std::move(held));
  }
  return locks;
}

}  // namespace stream_status::os
