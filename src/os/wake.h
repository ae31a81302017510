// Waking a thread that waits in poll(2).
#pragma once

#include "os/fd.h"

namespace stream_status::os {

/// `wake` from any thread; the rest on the waiting one.
class Wake {
 public:
  Wake();
  int fd() const { return fd_.get(); }  ///< readable once woken
  void wake() const;
  void drain() const;

 private:
  Fd fd_;
};

}  // namespace stream_status::os
