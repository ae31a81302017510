#include "cli/style.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stream_status::cli {
namespace {

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::kInk: return "";
    case Tone::kStrong: return "1";
    case Tone::kFaint: return "2";
    case Tone::kLive: return "34";
    case Tone::kStuck: return "31";
    case Tone::kRisk: return "33";
    case Tone::kDone: return "32";
  }
  return "";
}

}  // namespace

Colours colours_for(const Sink& sink, const World& world) {
  const bool wanted = sink.columns && variable(world, "NO_COLOR").empty() && variable(world, "TERM") != "dumb";
  return wanted ? Colours::kOn : Colours::kOff;
}

std::string Style::paint(Tone tone, std::string_view text) const {
  const std::string_view code = code_of(tone);
  if (colours_ == Colours::kOff || code.empty() || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

StatusLook look_of_status(std::string_view status) {
  struct Row {
    std::string_view name;
    StatusLook look;
  };
  static constexpr std::array kRows = {
      Row{"initializing", {"◌", Tone::kInk}}, Row{"active", {"◉", Tone::kLive}},
      Row{"blocked", {"■", Tone::kStuck}},    Row{"paused", {"‖", Tone::kRisk}},
      Row{"completed", {"✓", Tone::kDone}},   Row{"archived", {"□", Tone::kFaint}},
  };
  for (const Row& row : kRows)
    if (row.name == status) return row.look;
  return {"·", Tone::kInk};
}

Tone tone_of_priority(std::string_view priority) {
  if (priority == "critical") return Tone::kStuck;
  if (priority == "high") return Tone::kRisk;
  return priority == "low" ? Tone::kFaint : Tone::kInk;
}

std::string progress_bar(const Style& style, Tone tone, std::int64_t percent, std::size_t columns) {
  const auto share = static_cast<std::size_t>(std::clamp<std::int64_t>(percent, 0, 100));
  // Begun is never shown as nothing, nor nearly done as done.
  std::size_t full = (share * columns + 50) / 100;
  if (share > 0) full = std::max<std::size_t>(full, 1);
  if (share < 100) full = std::min(full, columns - 1);
  std::string done;
  std::string open;
  for (std::size_t i = 0; i < columns; ++i) (i < full ? done : open) += i < full ? "━" : "─";
  return style.paint(tone, done) + style.paint(Tone::kFaint, open);
}

std::string age(WallTime then, WallTime now) {
  const std::int64_t minutes = (now - then) / std::chrono::minutes{1};
  if (minutes < 1) return "now";
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes < 48 * 60) return fmt::format("{} h", minutes / 60);
  if (minutes < 21 * 24 * 60) return fmt::format("{} d", minutes / (24 * 60));
  return fmt::format("{} wk", minutes / (7 * 24 * 60));
}

std::string ago(WallTime then, WallTime now) {
  const std::string text = age(then, now);
  return text == "now" ? "just now" : text + " ago";
}

std::string duration(milliseconds length) {
  const std::int64_t total = std::max<std::int64_t>(length / seconds{1}, 0);
  if (total < 60) return fmt::format("{} s", total);
  if (total < 3600) return fmt::format("{} min {} s", total / 60, total % 60);
  if (total < 86'400) return fmt::format("{} h {} min", total / 3600, total / 60 % 60);
  return fmt::format("{} d {} h", total / 86'400, total / 3600 % 24);
}

}  // namespace stream_status::cli
