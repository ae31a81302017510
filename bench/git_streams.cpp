// Streams for the scenarios about git.
#include "git_streams.h"

#include <fmt/format.h>

namespace bench {
namespace {

/// While it exists there is no repository.
class Away {
 public:
  explicit Away(const fs::path& repository) : here_(repository / ".git"), away_(repository / ".git-away") {
    fs::rename(here_, away_);
  }
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;
  ~Away() {
    std::error_code ignored;
    fs::rename(away_, here_, ignored);
  }

 private:
  fs::path here_;
  fs::path away_;
};

}  // namespace

GitStreams::GitStreams(Run& run, const GeneratedRepository& repository)
    : project_(run, repository.directory),
      server_(project_.start()),
      connection_(std::make_unique<HttpConnection>(server_.over_socket())) {
  const Away away(repository.directory);
  for (std::size_t i = 0; i < repository.branches.size(); ++i)
    connection_->send("POST", "/api/streams",
                      fmt::format(R"({{"title":"Work on {0}","streamId":"{0}","branch":"{0}","worktreePath":"{1}",)"
                                  R"("status":"active"}})",
                                  repository.branches[i], repository.worktrees[i].string()));
  // A new stream has the server scan soon. This scan is that one; it fails, and none is due then.
  connection_->ask("POST", "/api/commits/scan", "{}");
  if (const auto answer = connection_->receive(); http_status(answer) / 100 == 2)
    fail(fmt::format("keep streams from being scanned: the server scanned without a repository: {}",
                     answer.substr(0, 400)));
}

GitStreams::Scan GitStreams::scan() {
  const auto start = Clock::now();
  const std::string_view answer = connection_->send("POST", "/api/commits/scan", "{}");
  const double took = ms(since(start));
  return {took, get_number(answer, "added")};
}

void GitStreams::restart() {
  connection_.reset();
  project_.stop();
  server_ = project_.start();
  connection_ = std::make_unique<HttpConnection>(server_.over_socket());
  scan();  // behind the server's own
}

GitStreams::Timed GitStreams::get(std::string_view target) {
  const auto start = Clock::now();
  const std::string_view answer = connection_->get(target);
  return {ms(since(start)), answer};
}

double time_git(const fs::path& directory, std::vector<std::string> arguments, int exit_code) {
  const std::string shown = arguments.front();
  const auto start = Clock::now();
  Child child(git_command(directory, std::move(arguments)));
  const int code = child.finish();
  const double took = ms(since(start));
  if (code != 0 && code != exit_code) fail(fmt::format("time git {}: exit code {}", shown, code));
  return took;
}

std::int64_t count_own_commits(const GeneratedRepository& repository) {
  return std::stoll(run_git(repository.directory, {"rev-list", "--count", "--branches", "--not", "main"}));
}

std::int64_t count_of(std::string_view text, std::string_view part) {
  std::int64_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace bench
