// A server on a generated repository, with one stream per branch; and how long git alone takes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "git_repository.h"
#include "http.h"
#include "project.h"

namespace bench {

/// Not for two threads.
class GitStreams {
 public:
  /// The streams are there, and none was scanned: the repository was away while they were added. Nothing but scan()
  /// scans them, for a minute.
  GitStreams(Run& run, const GeneratedRepository& repository);

  struct Scan {
    double ms;
    std::int64_t added;
  };
  /// Asks for a scan of all streams and waits for it.
  Scan scan();

  /// A new server, that remembers only what is stored; returns when its own first scan is over.
  void restart();

  /// One call; `answer` is valid until the next one.
  struct Timed {
    double ms;
    std::string_view answer;
  };
  Timed get(std::string_view target);

  const Server& server() const { return server_; }

 private:
  Project project_;
  Server server_;
  std::unique_ptr<HttpConnection> connection_;
};

/// From spawn to exit. Failure unless git exits with `exit_code` or 0.
double time_git(const fs::path& directory, std::vector<std::string> arguments, int exit_code = 0);

/// How many commits the branches have that main has not.
std::int64_t count_own_commits(const GeneratedRepository& repository);

/// How often `part` is in `text`.
std::int64_t count_of(std::string_view text, std::string_view part);

}  // namespace bench
