// One project under test: a new git repository, a home of its own, and the programs run on them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http.h"
#include "process.h"

namespace bench {

/// What the running server's record says.
struct Server {
  pid_t pid = 0;
  std::uint16_t port = 0;
  std::string socket;

  Endpoint over_socket() const { return Endpoint::unix_socket(socket); }
  Endpoint over_tcp() const { return Endpoint::tcp(port); }
};

/// Nothing of the user's own state is touched: home and repository lie in scratch.
/// Destroyed: its server is stopped and its files are removed.
class Project {
 public:
  /// In a new, empty repository.
  explicit Project(Run& run);
  /// In a repository that outlives it.
  Project(Run& run, fs::path repository);
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;
  ~Project();

  /// How `stream-status ARGUMENTS` is run in the repository, with the environment of an agent.
  Command command(std::vector<std::string> arguments) const;

  /// Runs a command line to its end and returns its standard output; Failure unless it exits 0.
  std::string call(std::vector<std::string> arguments) const;

  /// Finds or starts the server, as any command does.
  Server start() const;

  /// `stream-status stop`, and waits until the process is gone.
  void stop() const;

  const fs::path& directory() const { return directory_; }

 private:
  fs::path programs_;
  fs::path directory_;
  fs::path repository_;
};

/// An agent: a real `stream-status mcp` spoken to over its stdin and stdout.
class Agent {
 public:
  explicit Agent(const Project& project);

  /// Sends initialize and reads the answer.
  void initialize();

  /// tools/call; the whole answer line, valid until the next call. Failure on any error.
  std::string_view call(std::string_view tool, std::string_view arguments);

  /// As call, with a ready request: nothing is built while the clock runs.
  std::string_view exchange(std::string_view line);

  /// One half of exchange each, for calls that wait for somebody else.
  void send(std::string_view line);
  std::string_view receive();

  const Child& child() const { return child_; }

 private:
  Child child_;
  int calls_ = 0;
};

/// One line, without its end.
std::string initialize_request();
std::string call_request(int id, std::string_view tool, std::string_view arguments);

/// Is this answer line a result, and no error of the tool either?
bool is_result(std::string_view line);

/// Ends every server that runs for a directory in `scratch`: asks, waits, kills.
/// Only processes whose command line names that directory are signalled.
void end_servers_in(const fs::path& scratch);

}  // namespace bench
