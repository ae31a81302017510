// Colour as meaning, the dashboard's: red and amber need someone, blue moves, green is done; the rest is ink.
#pragma once

#include <string>
#include <string_view>

#include "cli/world.h"

namespace stream_status::cli {

enum class Tone { kInk, kStrong, kFaint, kLive, kStuck, kRisk, kDone };

enum class Colours { kOff, kOn };

/// On for a terminal that can, unless NO_COLOR is set (no-color.org) or TERM is dumb.
Colours colours_for(const Sink& sink, const World& world);

/// Immutable.
class Style {
 public:
  explicit Style(Colours colours) : colours_(colours) {}
  /// The text in its tone, unchanged when colours are off.
  std::string paint(Tone tone, std::string_view text) const;

 private:
  Colours colours_;
};

/// A status as the eye finds it: glyph (one column) and tone.
struct StatusLook {
  std::string_view glyph;
  Tone tone;
};
StatusLook look_of_status(std::string_view status);

Tone tone_of_priority(std::string_view priority);

/// "━━━━━─────": `percent` of `columns`.
std::string progress_bar(const Style& style, Tone tone, std::int64_t percent, std::size_t columns);

/// How long ago, in one unit: "now", "5 min", "3 h", "2 d", "6 wk". Future instants are "now".
std::string age(WallTime then, WallTime now);
/// The same within a sentence: "just now", "5 min ago".
std::string ago(WallTime then, WallTime now);
/// How long something lasts, in two units: "41 s", "5 min 2 s", "3 h 12 min", "2 d 4 h".
std::string duration(milliseconds length);

}  // namespace stream_status::cli
