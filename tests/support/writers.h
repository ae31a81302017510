// Agents that write without a pause, each in a stream of its own, and the ledger of what they were told.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/agent.h"

namespace stream_status::testing {

/// Each write appends a note with the number of the step: a note that is applied twice is there twice. A write that is
/// refused for now is sent again under its request id until it is acknowledged.
class Writers {
 public:
  /// Their streams are made here: by the first server, or by whichever comes.
  Writers(const World& world, int count, const std::string& name = "writer");

  /// Writes until `enough()` (asked after each answer), then waits for the answers that are missing. False: deadline.
  /// It is asked every `look` too, answers or not.
  bool run(const std::function<bool()>& enough, const Deadline& deadline = Deadline(seconds{60}),
           milliseconds look = milliseconds::max());

  int acknowledged() const { return acknowledged_; }
  int refused() const { return refused_; }
  /// Compares the ledger with the database: every acknowledged write is there, once, in the order of its stream.
  void expect_each_write_once(const std::string& database) const;

  const Agents& agents() const { return agents_; }

 private:
  struct Line {
    std::string stream;
    int steps = 0;  ///< acknowledged
    int waiting_for = 0;
    bool gave_up = false;  ///< after an error that no retry mends
  };

  void send(std::size_t writer);
  void take(std::size_t writer);

  Agents agents_;
  std::vector<Line> ledger_;
  int acknowledged_ = 0;
  int refused_ = 0;
};

}  // namespace stream_status::testing
