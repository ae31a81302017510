#include "client/patience.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/json.h"
#include "base/text.h"
#include "os/random.h"

namespace stream_status::client {

milliseconds back_off(int failures_before) {
  constexpr milliseconds kStart{500};
  constexpr milliseconds kMost{30'000};
  return std::min(kMost, kStart * (std::int64_t{1} << std::clamp(failures_before, 0, 10)));
}

MonotonicTime WaitTimer::next(MonotonicTime now, milliseconds longest) {
  if (random_ == 0) {
    std::array<std::uint8_t, 8> seed;
    os::fill_random(seed);
    random_ = std::bit_cast<std::uint64_t>(seed) | 1;
  }
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const std::chrono::microseconds pause = std::min(pause_, longest);
  pause_ = std::min(pause_ * 2, longest);
  // Between 3/4 and 5/4 of the pause.
  return now + pause * 3 / 4 + pause * static_cast<std::int64_t>(random_ % 512) / 1024;
}

namespace {

/// What a text says about its holder's life; the whole of one that we do not understand.
std::string signs_of_life(std::string_view text) {
  const auto holder = parse_json_object(text);
  if (!holder) return std::string(text);
  std::string signs;
  for (const char* key : {"pid", "startTicks", "bootId", "pidNamespace", "phase", "progress"}) {
    const auto* value = holder->if_contains(key);
    signs += value != nullptr ? json::serialize(*value) : "";
    signs += '\n';
  }
  return signs;
}

}  // namespace

bool HolderWatch::is_unchanged(std::string_view text) const { return signs_of_life(text) == signs_of_life(text_); }

void HolderWatch::look(MonotonicTime now, std::string text) {
  const bool was_away = now - last_look_ > kLongestGap;
  last_look_ = now;
  if (probes_ == 0 || was_away || !is_unchanged(text)) {
    text_ = std::move(text);
    probes_ = 1;
    since_ = now;
    last_probe_ = now;
  } else if (now - last_probe_ >= kProbeDistance) {
    ++probes_;
    last_probe_ = now;
  }
}

bool HolderWatch::hung(MonotonicTime now) const { return probes_ >= kProbes && now - since_ >= kHungAfter; }

std::string HolderWatch::describe() const {
  const auto holder = parse_json_object(text_);
  if (!holder) return "an unknown process";
  std::string text = fmt::format("pid {}", find_integer(*holder, "pid").value_or(0));
  constexpr std::size_t kShownPhase = 40;  // characters: the text is whatever lies in the file
  const auto phase = find_string(*holder, "phase");
  const auto progress = find_integer(*holder, "progress");
  if (phase && progress)
    text += fmt::format(" ({}, progress {})", one_line(*phase, kShownPhase), *progress);
  else if (phase)
    text += fmt::format(" ({})", one_line(*phase, kShownPhase));
  return text;
}

}  // namespace stream_status::client
