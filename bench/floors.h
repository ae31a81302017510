// The floors: the least that any program could do for the same effect on this machine, now.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "http.h"
#include "process.h"

struct sqlite3;
struct sqlite3_stmt;

namespace bench {

/// A static C program of a few lines, built with the machine's `cc`: echoes its input, or, with an
/// argument, exits at once. What a spawn costs when the program costs nothing.
class EmptyProgram {
 public:
  explicit EmptyProgram(Run& run);
  Command echo() const { return {.arguments = {path_}}; }
  Command exit_at_once() const { return {.arguments = {path_, "exit"}}; }

 private:
  std::string path_;
};

/// Spawn to exit, and spawn to echo of one line.
Micros time_empty_spawn(const EmptyProgram& program);
Micros time_echo_spawn(const EmptyProgram& program);

/// A new database, WAL, synchronous=FULL. One commit is three rows of 100 bytes in one table.
class DurableCommits {
 public:
  explicit DurableCommits(const fs::path& directory);
  DurableCommits(const DurableCommits&) = delete;
  DurableCommits& operator=(const DurableCommits&) = delete;
  ~DurableCommits();

  void commit();

  struct Speed {
    double p50_us;
    double per_second;
  };
  /// Commits for `duration`. The WAL is then being overwritten, not grown: appending costs twice
  /// as much, and no server appends for long. Failure if it grew after all.
  Speed measure(Seconds duration);

 private:
  void execute(const char* sql);

  fs::path path_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  bool is_warm_ = false;
};

/// The bare path of one call over stdio: bench → pipe → relay → unix socket → echo, and back;
/// the far end answers `answer_size` bytes to whatever comes.
class FourHops {
 public:
  FourHops(const fs::path& directory, std::size_t answer_size);

  /// One line there, one line back.
  void exchange(std::string_view line) const;

 private:
  Listener listener_;
  Pipe requests_;
  Pipe answers_;
  std::size_t answer_size_;
  Forked far_end_;
  Forked relay_;
};

/// One thread, one epoll, no parsing: each chunk read is answered with the same bytes.
/// A chunk that begins with PATCH is answered and then `event` goes to every connection that has
/// asked for /api/events, which is all that a server could do less.
class RawServer {
 public:
  RawServer(Listener listener, std::string answer, std::string event = {});
  const Endpoint& endpoint() const { return listener_.endpoint; }

 private:
  Listener listener_;
  Forked process_;
};

}  // namespace bench
