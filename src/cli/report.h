// How a command answers: text for people or the versioned JSON envelope, on stdout; errors on stderr; the exit code.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/json.h"
#include "cli/style.h"
#include "cli/world.h"

namespace stream_status::cli {

/// What text for people is written on.
struct Screen {
  Style style;
  std::optional<int> columns;  ///< absent: no terminal; nothing is cut then
  WallTime now;
  std::string project = {};  ///< root of the project that is shown; empty: the command has none
};

enum class Format { kText, kJson };

/// Exit codes that no ErrorCode stands for.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;

class Report {
 public:
  Report(const World& world, std::string command, Format format)
      : world_(world), command_(std::move(command)), format_(format) {}

  using Render = std::function<std::string(const Screen&)>;

  /// stdout: {"version":1,"command":…,"data":…}, or what `render` makes of it. kExitOk.
  int answer(json::value data, const Render& render) const;

  /// stderr: {"version":1,"command":…,"error":{code,message,hint,retryable}}, or two lines. Its exit code (contract
  /// §8).
  int failure(const Error& error) const;

  /// A remark beside the answer, for people only: stderr.
  void remark(std::string_view text) const;

  Format format() const { return format_; }
  Screen screen() const { return screen_of(world_.out); }
  Screen error_screen() const { return screen_of(world_.err); }

 private:
  Screen screen_of(const Sink& sink) const;

  const World& world_;
  std::string command_;
  Format format_;
};

/// "label  value" lines, the values aligned.
struct Fact {
  std::string label;
  std::string value;  ///< printable
  Tone tone = Tone::kInk;
};
std::string render_facts(const std::vector<Fact>& facts, const Screen& screen);

}  // namespace stream_status::cli
