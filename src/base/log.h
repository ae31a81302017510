// Structured log lines: "2026-11-22T14:00:00.000Z info server_started port=3001 …".
// A Log formats; where the line goes is the sink's business (os/log_file.h, stderr).
#pragma once

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stream_status {

enum class LogLevel { kError, kWarn, kInfo, kDebug };

/// Reads "error|warn|info|debug".
std::optional<LogLevel> parse_log_level(std::string_view text);

/// Immutable after construction; the sink must accept calls from any thread.
class Log {
 public:
  /// Takes one whole line, with its newline.
  using Sink = std::function<void(std::string_view line)>;
  using Now = std::function<WallTime()>;

  Log() = default;  ///< writes nothing
  Log(LogLevel level, Now now, Sink sink) : level_(level), now_(std::move(now)), sink_(std::move(sink)) {}

  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::kError, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::kWarn, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::kInfo, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    write(LogLevel::kDebug, format, std::forward<Args>(args)...);
  }

 private:
  template <class... Args>
  void write(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
    if (sink_ && level <= level_) emit(level, fmt::format(format, std::forward<Args>(args)...));
  }
  void emit(LogLevel level, std::string_view text) const;

  LogLevel level_ = LogLevel::kInfo;
  Now now_;
  Sink sink_;
};

}  // namespace stream_status
