// Does a thread that others wait for still get anywhere? Asked every 10 s by the server's own watch (life.cpp): what
// only one of its threads does not answer, clients can not tell from the outside, as the others still answer them.
#pragma once

#include <cstdint>

namespace stream_status::server {

/// One thread.
class StallWatch {
 public:
  /// A minute: twice what a call waits for its answer. Looks are counted, not time: while the whole process is stopped,
  /// or its machine sleeps, nobody looks.
  static constexpr int kLooks = 6;

  struct Sign {
    std::uint64_t progress = 0;  ///< any change is progress
    bool wanted = false;         ///< has it something to do?
    /// It waits in the kernel for a disk. Ending the process would not make that faster, and reads go on meanwhile.
    bool waits_for_disk = false;
  };
  /// True: at so many looks in a row it was wanted and did nothing.
  bool look(const Sign& sign) {
    const bool stands_still = sign.wanted && !sign.waits_for_disk && sign.progress == progress_;
    progress_ = sign.progress;
    still_ = stands_still ? still_ + 1 : 0;
    return still_ >= kLooks;
  }

 private:
  std::uint64_t progress_ = 0;
  int still_ = 0;
};

}  // namespace stream_status::server
