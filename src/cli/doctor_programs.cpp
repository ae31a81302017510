// The programs that stream-status needs: its own server, and git.
#include <fmt/format.h>

#include <charconv>

#include "cli/doctor.h"
#include "cli/program.h"

namespace stream_status::cli {
namespace {

constexpr milliseconds kGitTime{3000};
/// The first that has `merge-tree --write-tree`, which conflict forecasts need.
constexpr std::pair<int, int> kOldestGit{2, 38};

/// "git version 2.39.5 (Apple Git-154)" → {2, 39}.
std::optional<std::pair<int, int>> parse_version(std::string_view text) {
  const std::size_t digit = text.find_first_of("0123456789");
  if (digit == std::string_view::npos) return std::nullopt;
  const char* const end = text.data() + text.size();
  std::pair<int, int> version;
  const auto major = std::from_chars(text.data() + digit, end, version.first);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  if (std::from_chars(major.ptr + 1, end, version.second).ec != std::errc{}) return std::nullopt;
  return version;
}

void check_git(const Examination& examination) {
  Findings& findings = examination.findings;
  const World& world = examination.call.world;
  const std::string git = find_program(world, "git");
  if (git.empty())
    return findings.warn("git", "not found on the PATH",
                         "install git: without it branches, worktrees and commits are not seen");
  const std::string answer = ask_version(world, git, kGitTime);
  const auto version = parse_version(answer);
  if (!version) return findings.warn("git", git + " did not say its version", "run `git --version` and see");
  if (*version < kOldestGit)
    return findings.warn("git",
                         fmt::format("{} ({}) is older than {}.{}: conflicts can not be forecast, and landed branches "
                                     "may not be recognised",
                                     answer, git, kOldestGit.first, kOldestGit.second),
                         "install a newer git");
  findings.ok("git", fmt::format("{} ({})", answer, git));
}

}  // namespace

void check_programs(const Examination& examination) {
  if (const auto server = client::find_server_program(examination.call.world.executable))
    examination.findings.ok("program", *server);
  else
    examination.findings.fail("program", server.error());
  check_git(examination);
}

}  // namespace stream_status::cli
