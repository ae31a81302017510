// One line on a terminal while a call takes its time: what the server does and how far it is. Erased at the end.
#pragma once

#include <optional>
#include <string>

#include "cli/style.h"
#include "cli/world.h"
#include "client/client.h"

namespace stream_status::cli {

/// Decides what stands on the line; draws nothing itself. Not before 300 ms: most calls are over by then.
class ProgressLine {
 public:
  ProgressLine(MonotonicTime begun, std::string doing, Style style, int columns)
      : begun_(begun),
        next_(begun + kPatience),
        own_words_(std::move(doing)),
        doing_(own_words_),
        style_(style),
        columns_(columns) {}

  MonotonicTime wake_at() const { return next_; }

  /// Bytes for the terminal; empty before its time.
  std::string step(MonotonicTime now);

  /// An answer of GET /api/health; its `work` is {doing, done, total} while the server works on git.
  void take_health(const json::value& health);

  /// Bytes that leave the terminal as it was; empty when nothing was shown.
  std::string erase();

 private:
  static constexpr milliseconds kPatience{300};
  static constexpr milliseconds kPeriod{250};

  MonotonicTime begun_;
  MonotonicTime next_;
  std::string own_words_;  ///< what the call is about, while the server says nothing
  std::string doing_;
  Style style_;
  int columns_;
  std::int64_t done_ = 0;
  std::int64_t total_ = 0;
  bool shown_ = false;
};

/// call_and_wait with a ProgressLine on world.err. Health is asked on a connection of its own.
Result<json::value> call_and_show(client::Client& client, const World& world, const api::Operation& operation,
                                  json::object arguments);

}  // namespace stream_status::cli
