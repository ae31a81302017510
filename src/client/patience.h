// How long and how often the way in waits (lifecycle.md): the net under inotify, the back-off between failed starts,
// and when a holder of server.lock counts as hung. Pure: time comes in as `now`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stream_status::client {

/// 0.5·2^k s for the k-th failure in a row (k from 0), at most 30 s.
milliseconds back_off(int failures_before);

/// When to look again if no event comes: 2 ms after the last event, doubling, with jitter, so that hundreds of waiting
/// processes do not look at the same instant.
class WaitTimer {
 public:
  /// After an event: soon again.
  void reset() { pause_ = kFirst; }
  MonotonicTime next(MonotonicTime now, milliseconds longest);

  static constexpr milliseconds kFirst{2};
  static constexpr milliseconds kLongestWatched{250};
  static constexpr milliseconds kLongestUnwatched{20};  ///< without inotify these looks are all there is

 private:
  milliseconds pause_ = kFirst;
  std::uint64_t random_ = 0;
};

/// Who holds server.lock, by its text, and whether it shows life.
class HolderWatch {
 public:
  static constexpr seconds kHungAfter{12};
  static constexpr int kProbes = 3;
  static constexpr seconds kProbeDistance{1};  ///< looks closer together are one probe
  static constexpr seconds kLongestGap{7};     ///< looks further apart: it was us who did nothing meanwhile

  /// Nobody holds it, or the holder has answered.
  void reset() { probes_ = 0; }
  /// It is held, has this text, and did not answer. Another holder, phase or progress is a sign of life; what else
  /// changes in the text is not.
  void look(MonotonicTime now, std::string text);
  /// No progress and no answer for 12 s and 3 probes.
  bool hung(MonotonicTime now) const;
  bool held() const { return probes_ > 0; }

  std::string describe() const;  ///< "pid 812 (opening, progress 3)"
  const std::string& text() const { return text_; }
  /// Does `text` show nothing that the last look has not seen?
  bool is_unchanged(std::string_view text) const;

 private:
  std::string text_;
  int probes_ = 0;
  MonotonicTime since_;
  MonotonicTime last_probe_;
  MonotonicTime last_look_;
};

}  // namespace stream_status::client
