// The command line of the bench, the table of scenarios, and the guard that leaves nothing behind.
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include "bench.h"
#include "project.h"

namespace bench {
namespace {

struct Scenario {
  std::string_view name;
  std::string_view sentence;
  void (*measure)(Run&);
};

constexpr std::array<Scenario, 20> kScenarios{{
    {"floors", "what this machine gives, without the programs under test", measure_floors},
    {"start", "spawn of an agent's process to its answer to initialize", measure_start},
    {"first-write", "from no server to the first acknowledged write", measure_first_write},
    {"read", "get_stream over stdio", measure_read},
    {"write", "update_stream over stdio beside one durable commit", measure_write},
    {"writers", "32 and 100 agents writing at once, and that nothing is lost", measure_writers},
    {"stats", "GET /api/stats beside a raw epoll server", measure_stats},
    {"page", "pages of 20 out of 100,000 streams", measure_page},
    {"lists", "lists of 1,000 streams", measure_lists},
    {"listeners", "one change to 1,000 event streams", measure_listeners},
    {"memory", "200 agents, and the server after a load", measure_memory},
    {"claim", "claim_stream over stdio", measure_claim},
    {"agent-list", "list_streams over stdio, 10,000 streams", measure_agent_list},
    {"wait", "wait_for_change: how late, and 200 that wait", measure_wait},
    {"git-scan", "first scan of 9,000 commits in 50 worktrees", measure_git_scan},
    {"git-scan-idle", "a scan with nothing new", measure_git_scan_idle},
    {"git-commit-to-sse", "a commit in a worktree to its event", measure_git_commit_to_sse},
    {"git-reconcile", "50 streams against git, cold and warm", measure_git_reconcile},
    {"git-conflicts", "merge conflicts among 50 streams, cold and warm", measure_git_conflicts},
    {"git-others-meanwhile", "other calls while the server is busy with git", measure_git_others_meanwhile},
}};

constexpr unsigned kLongestScenarioSeconds = 900;
constexpr decltype(statfs::f_type) kTmpfs = 0x01021994;

struct Options {
  fs::path programs;
  fs::path scratch_parent = "/var/tmp";
  Length length = Length::kFull;
  bool is_json = false;
  bool is_list = false;
  std::vector<const Scenario*> chosen;
};

constexpr const char* kUsage =
    "usage: bench [--list] [--json] [--quick] [--bin DIR] [--dir DIR] [NAME...]\n"
    "  --bin DIR   where stream-status and stream-statusd lie (else $STREAM_STATUS_BIN, else beside bench)\n"
    "  --dir DIR   where projects and databases are made; a real disk (default /var/tmp)\n"
    "  --quick     a tenth of the work: to try the bench, not to judge the programs\n";

const Scenario* find_scenario(std::string_view name) {
  const auto found =
      std::find_if(kScenarios.begin(), kScenarios.end(), [&](const Scenario& each) { return each.name == name; });
  return found == kScenarios.end() ? nullptr : &*found;
}

Options parse(int argc, char** argv) {
  Options options;
  const char* programs = std::getenv("STREAM_STATUS_BIN");
  options.programs = programs != nullptr ? fs::path(programs) : fs::read_symlink("/proc/self/exe").parent_path();
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--list") {
      options.is_list = true;
    } else if (word == "--json") {
      options.is_json = true;
    } else if (word == "--quick") {
      options.length = Length::kQuick;
    } else if (word == "--bin" && i + 1 < argc) {
      options.programs = argv[++i];
    } else if (word == "--dir" && i + 1 < argc) {
      options.scratch_parent = argv[++i];
    } else if (const Scenario* scenario = find_scenario(word)) {
      options.chosen.push_back(scenario);
    } else {
      fail(fmt::format("read the command line: {}: no such scenario or flag\n{}", word, kUsage));
    }
  }
  if (options.chosen.empty())
    for (const Scenario& scenario : kScenarios) options.chosen.push_back(&scenario);
  options.programs = fs::absolute(options.programs);
  return options;
}

fs::path make_scratch(const fs::path& parent) {
  struct statfs facts {};
  if (::statfs(parent.c_str(), &facts) != 0) fail_errno("use " + parent.string());
  if (facts.f_type == kTmpfs)
    fail(fmt::format("use {}: it lies in memory, where durable costs nothing; give --dir", parent.string()));
  std::string path = (fs::absolute(parent) / "stream-status-bench-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) fail_errno("make a directory in " + parent.string());
  return path;
}

/// Servers outlive the commands that start them, so being interrupted, or waiting for ever, must
/// end them too: the signals of both are blocked everywhere and waited for here.
void guard(const fs::path& scratch) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGALRM}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  std::thread([signals, scratch] {
    int signal = 0;
    ::sigwait(&signals, &signal);
    fmt::print(stderr, "bench: {}; cleaning up\n", signal == SIGALRM ? "a scenario hangs" : "interrupted");
    end_servers_in(scratch);
    std::error_code ignored;
    fs::remove_all(scratch, ignored);
    ::_exit(128 + signal);
  }).detach();
}

enum class Outcome { kAllMet, kSomeNot };

Outcome measure(const Options& options, Run& run) {
  bool is_good = true;
  for (const Scenario* scenario : options.chosen) {
    run.begin(std::string(scenario->name));
    ::alarm(kLongestScenarioSeconds);
    try {
      scenario->measure(run);
    } catch (const std::exception& failure) {
      fmt::print(stderr, "bench: {}: {}\n", scenario->name, failure.what());
      is_good = false;
    }
  }
  ::alarm(0);
  for (const auto& reported : run.rows()) is_good = is_good && reported.row.is_met().value_or(true);
  return is_good ? Outcome::kAllMet : Outcome::kSomeNot;
}

int run_bench(int argc, char** argv) {
  const Options options = parse(argc, argv);
  if (options.is_list) {
    for (const Scenario& each : kScenarios) fmt::print("{:<20} {}\n", each.name, each.sentence);
    return 0;
  }
  const fs::path scratch = make_scratch(options.scratch_parent);
  guard(scratch);
  std::FILE* table = options.is_json ? stderr : stdout;
  print_header(table, scratch);
  Run run(options.programs, scratch, options.length, table);
  const Outcome outcome = measure(options, run);
  if (options.is_json) print_json(run);
  fs::remove_all(scratch);
  return outcome == Outcome::kAllMet ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run_bench(argc, argv);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "bench: {}\n", failure.what());
    return 2;
  }
}
