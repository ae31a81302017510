// Scenarios "git-scan", "git-scan-idle" and "git-commit-to-sse": how commits get on the board.
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "git_streams.h"

namespace bench {
namespace {

constexpr int kCommits = 9000;
constexpr int kWorktrees = 50;
constexpr int kPatienceMs = 20000;

/// What a scan has to know of each commit, asked for at once.
const std::vector<std::string> kLog{"log",        "--numstat", "--format=%H%x00%an%x00%ct%x00%s",
                                    "--branches", "--not",     "main"};

GeneratedRepository make(Run& run) {
  return make_repository(run.make_directory(), run.times(kCommits), run.times(kWorktrees), Overlap::kApart);
}

/// An event stream, read as it comes.
class Events {
 public:
  explicit Events(const Endpoint& endpoint) : fd_(endpoint.connect()) {
    write_all(fd_.get(), endpoint.request("GET", "/api/events"));
    wait_for("event: connected");
  }

  /// Returns as soon as `part` has come, and forgets what came until then.
  void wait_for(std::string_view part) {
    char chunk[65536];
    while (bytes_.find(part) == std::string::npos) {
      pollfd readable{fd_.get(), POLLIN, 0};
      if (::poll(&readable, 1, kPatienceMs) == 0)
        fail(fmt::format("listen: no \"{}\" after {} s", part, kPatienceMs / 1000));
      const ssize_t n = ::recv(fd_.get(), chunk, sizeof chunk, 0);
      if (n <= 0) fail("listen: the server closed the connection");
      bytes_.append(chunk, static_cast<std::size_t>(n));
    }
    bytes_.clear();
  }

 private:
  Fd fd_;
  std::string bytes_;
};

/// From the end of `git commit` in this worktree until a listener has the event.
double time_commit(const fs::path& worktree, int number, Events& events) {
  const std::string message = fmt::format("Noticed commit {}.", number);
  std::ofstream(worktree / "noticed.txt", std::ios::app) << message << '\n';
  run_git(worktree, {"add", "noticed.txt"});
  run_git(worktree, {"commit", "--quiet", "-m", message});
  const auto start = Clock::now();
  events.wait_for(message);
  return ms(since(start));
}

/// The same delivery without git: from sending a change until a listener has it.
double time_note(HttpConnection& connection, std::string_view stream, int number, Events& events) {
  const std::string note = fmt::format("Told note {}.", number);
  const auto start = Clock::now();
  connection.send("PATCH", fmt::format("/api/streams/{}", stream), fmt::format(R"({{"note":"{}"}})", note));
  events.wait_for(note);
  return ms(since(start));
}

}  // namespace

void measure_git_scan(Run& run) {
  const GeneratedRepository repository = make(run);
  const std::int64_t expected = count_own_commits(repository);
  Paired scans;
  for (int i = 0; i < run.times(10); ++i) {
    GitStreams streams(run, repository);
    scans.floor.push_back(time_git(repository.directory, kLog));
    const GitStreams::Scan scan = streams.scan();
    if (scan.added != expected)
      fail(fmt::format("measure a first scan: it added {} commits, the branches have {}", scan.added, expected));
    scans.measured.push_back(scan.ms);
  }
  Row row = paired_row(fmt::format("first scan of {} streams", repository.branches.size()), scans, "ms",
                       "git log --numstat of the same commits", Goal{Judged::kMeasured, Bound::kAtMost, 1500});
  row.note = fmt::format("{} commits, all stored; {} more on main", expected, run.times(kCommits) - expected);
  run.report(std::move(row));
}

void measure_git_scan_idle(Run& run) {
  const GeneratedRepository repository = make(run);
  GitStreams streams(run, repository);
  streams.scan();
  Paired scans;
  for (int i = 0; i < run.times(50); ++i) {
    scans.floor.push_back(time_git(repository.directory, {"for-each-ref"}) +
                          time_git(repository.directory, {"worktree", "list", "--porcelain"}));
    const GitStreams::Scan scan = streams.scan();
    if (scan.added != 0) fail("measure a scan with nothing new: it found something");
    scans.measured.push_back(scan.ms);
  }
  run.report(paired_row("scan with nothing new", scans, "ms", "git for-each-ref + git worktree list",
                        Goal{Judged::kMeasured, Bound::kAtMost, 100}));
}

void measure_git_commit_to_sse(Run& run) {
  const GeneratedRepository repository = make(run);
  GitStreams streams(run, repository);
  streams.scan();
  HttpConnection connection(streams.server().over_socket());
  Events events(streams.server().over_tcp());
  // The server rests after a scan in proportion to what it cost: the first commit may fall into a long rest.
  const double first = time_commit(repository.worktrees.back(), 0, events);
  Paired seen;
  for (int i = 1; i <= run.times(30); ++i) {
    const std::size_t which = static_cast<std::size_t>(i) % repository.branches.size();
    seen.floor.push_back(time_note(connection, repository.branches[which], i, events));
    seen.measured.push_back(time_commit(repository.worktrees[which], i, events));
  }
  const Goal goal{Judged::kMeasured, Bound::kAtMost, 1000};
  const char* floor_name = "a note, sent → on the event stream";
  Row row = paired_row("git commit ended → on the event stream", seen, "ms", floor_name, goal);
  row.note = "each begins when the one before was seen";
  run.report(std::move(row));
  run.report({.name = fmt::format("the slowest of {}", seen.measured.size()),
              .measured = *std::max_element(seen.measured.begin(), seen.measured.end()),
              .unit = "ms",
              .floor = *std::max_element(seen.floor.begin(), seen.floor.end()),
              .floor_name = "the slowest note",
              .goal = goal});
  run.report({.name = "one right after the first scan",
              .measured = first,
              .unit = "ms",
              .floor = median(seen.floor),
              .floor_name = floor_name,
              .goal = goal});
}

}  // namespace bench
