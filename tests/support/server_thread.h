// Runs a world's only server on a thread of its own, for callers that block.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "support/client_world.h"

namespace stream_status::testing {

class ServerThread {
 public:
  explicit ServerThread(FakeServer& server)
      : end_(::eventfd(0, EFD_CLOEXEC)), thread_([this, &server] { run(server); }) {}
  ~ServerThread() {
    ended_ = true;
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(end_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    thread_.join();
  }

 private:
  void run(FakeServer& server) {
    std::vector<os::PollEntry> entries;
    while (!ended_) {
      server.step();
      entries = {{.fd = end_.get(), .want_read = true}};
      server.add_wait(entries);
      os::poll(entries, std::nullopt);
    }
  }
  os::Fd end_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace stream_status::testing
