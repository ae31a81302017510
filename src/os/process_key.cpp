#include "os/process_key.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "os/process.h"
#include "os/random.h"

namespace stream_status::os {
namespace {

constexpr std::size_t kBootDigits = 8;  ///< of the boot id: enough to tell one boot from the next

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string make_process_key() {
  const ProcessIdentity self = this_process();
  return fmt::format("{}-{}-{}-{}-{}", random_hex(8), self.pid, self.start_ticks, self.pid_namespace,
                     std::string_view(self.boot_id).substr(0, kBootDigits));
}

Fate fate_of(std::string_view key) {
  std::array<std::string_view, 5> parts;  // random, pid, start ticks, pid namespace, boot
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end = key.find('-');
    if ((end == std::string_view::npos) != (i + 1 == parts.size())) return Fate::kUnknown;
    parts[i] = key.substr(0, end);
    key.remove_prefix(i + 1 == parts.size() ? key.size() : end + 1);
  }
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;
  std::uint64_t pid_namespace = 0;
  if (!read_number(parts[1], pid) || !read_number(parts[2], start_ticks) || !read_number(parts[3], pid_namespace) ||
      pid <= 0 || start_ticks == 0 || parts[4].size() != kBootDigits)
    return Fate::kUnknown;
  const ProcessIdentity self = this_process();
  if (std::string_view(self.boot_id).substr(0, kBootDigits) != parts[4]) return Fate::kEnded;
  if (self.pid_namespace != pid_namespace) return Fate::kUnknown;
  const auto found = find_process(pid);
  return found && found->start_ticks == start_ticks ? Fate::kRuns : Fate::kEnded;
}

}  // namespace stream_status::os
