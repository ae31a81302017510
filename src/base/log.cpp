#include "base/log.h"

#include <array>

namespace stream_status {
namespace {
constexpr std::array<std::string_view, 4> kNames = {"error", "warn", "info", "debug"};
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == text) return static_cast<LogLevel>(i);
  return std::nullopt;
}

void Log::emit(LogLevel level, std::string_view text) const {
  std::string line = fmt::format("{} {:<5} ", format_rfc3339(now_()), kNames[static_cast<std::size_t>(level)]);
  // One event is one line, whatever text it quotes: control characters are shown, not obeyed.
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(c));
    else
      line.push_back(c);
  }
  line.push_back('\n');
  sink_(line);
}

}  // namespace stream_status
