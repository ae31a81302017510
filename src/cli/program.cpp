#include "cli/program.h"

#include <fmt/format.h>

#include <array>

#include "os/file.h"
#include "os/poll.h"
#include "os/process.h"
#include "os/stdio.h"

namespace stream_status::cli {

std::string find_program(const World& world, std::string_view name) {
  std::string_view rest = variable(world, "PATH");
  while (!rest.empty()) {
    const std::string_view directory = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
    std::string path = fmt::format("{}/{}", directory, name);
    if (directory.starts_with('/') && os::kind_of(path) == os::FileKind::kRegular) return path;
  }
  return "";
}

std::string ask_version(const World& world, const std::string& program, milliseconds time) {
  // A detached child has its pipe as descriptor 3, not as stdout.
  const auto child =
      os::spawn_detached("/bin/sh", {"-c", "exec \"$0\" --version >&3 3>&-", program}, world.environment);
  if (!child) return "";
  const MonotonicTime deadline = world.clock.monotonic() + time;
  std::string text;
  std::array<char, 512> buffer;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - world.clock.monotonic());
    std::vector<os::PollEntry> entries = {{.fd = child->output.get(), .want_read = true}};
    os::poll(entries, std::max(left, milliseconds{0}));
    if (!entries.front().readable) return "";
    const os::Transfer got = os::read_some(child->output.get(), buffer);
    text.append(buffer.data(), got.bytes);
    if (got.state == os::StreamState::kEnded || text.find('\n') != std::string::npos) break;
  }
  os::reap(child->pid);
  return text.substr(0, text.find('\n'));
}

bool open_browser(const World& world, const std::string& url) {
  const bool wsl = !variable(world, "WSL_DISTRO_NAME").empty();
  if (!wsl && variable(world, "DISPLAY").empty() && variable(world, "WAYLAND_DISPLAY").empty()) return false;
  constexpr std::array<std::string_view, 3> kOnWsl = {"wslview", "xdg-open", "open"};
  constexpr std::array<std::string_view, 3> kElsewhere = {"xdg-open", "wslview", "open"};
  for (const std::string_view name : wsl ? kOnWsl : kElsewhere)
    if (const std::string program = find_program(world, name); !program.empty())
      return os::spawn_detached(program, {url}, world.environment).has_value();
  return false;
}

}  // namespace stream_status::cli
