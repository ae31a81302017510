// One HTTP/1.1 connection to the server, made of steps that never wait. Knows HTTP, not streams and not projects; who
// is at the other end is the handshake's business (client/handshake.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/operation.h"
#include "os/fd.h"
#include "os/poll.h"

namespace stream_status::client {

/// The answer of one exchange.
struct Answer {
  int status = 0;
  std::string body;
  std::string agent = {};  ///< what the caller is called there, when that is not what it said
};

enum class Progress {
  kWaiting,
  kAnswered,  ///< take_answer() has it
  kLost,      ///< closed, or not HTTP: problem() says which. Nothing more comes from it
};

/// The polled entry of this descriptor; null if it was not polled.
const os::PollEntry* find_entry(const std::vector<os::PollEntry>& entries, int fd);

/// One owner, one exchange at a time. A warm exchange is one send(2) and one read(2).
class Connection {
 public:
  /// `socket`: connected, non-blocking. `head`: header lines of every request ("Host: …\r\n").
  Connection(os::Fd socket, std::string head);
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  /// Starts an exchange; must not be busy. `headers`: more header lines. A GET has no body.
  void send(api::Method method, std::string_view target, std::string_view headers, std::string_view body);

  /// Sends and receives what can be without waiting. An idle connection that has something to read is lost:
  /// nobody asked, so it is the end of the file.
  Progress step(const std::vector<os::PollEntry>& entries);

  /// Says that nothing more comes from this end. What the other end still says is read.
  void finish_sending();

  Answer take_answer();
  bool busy() const;
  /// False after an answer that the server closes the connection with.
  bool reusable() const;
  /// Did the server speak HTTP as far as it spoke? False: it is broken, and asking again is useless.
  bool well_formed() const;
  const std::string& problem() const;

  void add_wait(std::vector<os::PollEntry>& entries) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stream_status::client
