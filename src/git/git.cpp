#include "git/git.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "os/file.h"

namespace stream_status::git {
namespace {

constexpr std::size_t kAtOnce = 2;

/// What git does for a file without a driver, said as a driver: an empty one would take our side in silence.
constexpr const char* kTextMerge = "git merge-file -q --marker-size=%L %A %O %B";

/// What stays of the server's environment: no GIT_* that would redirect a command, no editor, no pager.
os::Environment clean_environment(const os::Environment& from) {
  os::Environment kept;
  for (const std::string_view name : {"PATH", "HOME", "USER", "LOGNAME", "TZ", "XDG_CONFIG_HOME"})
    if (const auto found = from.find(std::string(name)); found != from.end()) kept.insert(*found);
  kept["LC_ALL"] = "C";
  kept["GIT_TERMINAL_PROMPT"] = "0";
  kept["GIT_PAGER"] = "cat";
  kept["GIT_EDITOR"] = "false";
  kept["GIT_ASKPASS"] = "false";
  return kept;
}

/// A partial clone would fetch missing objects, by a program that its configuration names.
void forbid_fetching(os::Environment& environment) {
  environment["GIT_ALLOW_PROTOCOL"] = "none";
  environment["GIT_NO_LAZY_FETCH"] = "1";  // git 2.44 and later
}

std::string first_line(std::string_view text) {
  // Hints and warnings come first; the reason is the line with "fatal:" or "error:".
  for (const std::string_view mark : {"fatal: ", "error: "})
    if (const std::size_t at = text.find(mark); at != std::string_view::npos) text = text.substr(at + mark.size());
  return shorten(text.substr(0, text.find('\n')), 300);
}

std::string shown(const std::vector<std::string>& arguments) {
  return arguments.empty() ? "git" : "git " + arguments.front();
}

Error error_of(const std::vector<std::string>& arguments, const std::string& directory,
               const os::ProgramResult& result) {
  using os::Ending;
  const std::string subject = fmt::format("{}: {}", shown(arguments), directory);
  switch (result.ending) {
    case Ending::kCancelled:
      return {ErrorCode::kServerUnavailable, subject + ": the server is stopping", "send the call again"};
    case Ending::kTimedOut:
      return {ErrorCode::kGitError, subject + ": git took too long and was stopped",
              "is the disk slow, or another git command holding a lock there?"};
    case Ending::kTooMuchOutput: return {ErrorCode::kGitError, subject + ": git printed more than is taken"};
    case Ending::kKilled:
      return {ErrorCode::kGitError, fmt::format("{}: git was ended by signal {}", subject, result.signal)};
    case Ending::kExited: break;
  }
  if (result.error_output.find("dubious ownership") != std::string::npos)
    return {ErrorCode::kPermissionDenied,
            fmt::format("{}: the repository belongs to another user, and git does not trust it", subject),
            fmt::format("if you trust it: git config --global --add safe.directory {}", directory)};
  const std::string reason = first_line(result.error_output);
  return {ErrorCode::kGitError,
          fmt::format("{}: {}", subject, reason.empty() ? fmt::format("exit code {}", result.exit_code) : reason)};
}

}  // namespace

Result<std::unique_ptr<Git>> Git::open(Settings settings) {
  auto git = std::unique_ptr<Git>(new Git(std::move(settings)));
  auto program = os::find_program("git", git->settings_.environment);
  if (!program)
    return fail(ErrorCode::kGitError, "find git: it is in no directory of PATH",
                "install git (Debian: apt install git), then 'stream-status restart'");
  git->program_ = std::move(*program);
  const std::string version = TRY(git->look({"version"}, {"/"}));
  int major = 0;
  int minor = 0;
  if (std::sscanf(version.c_str(), "git version %d.%d", &major, &minor) != 2 || major < 2 ||  // NOLINT(cert-err34-c)
      (major == 2 && minor < 38))
    return fail(ErrorCode::kGitError, fmt::format("use git: {} is too old", shorten(version, 60)),
                "install git 2.38 or later");
  const std::string answer =
      TRY(git->look({"rev-parse", "--path-format=absolute", "--git-common-dir", "--is-bare-repository"}));
  const std::size_t last = answer.rfind('\n', answer.size() - 2);  // the path itself may hold a newline
  if (answer.size() < 2 || last == std::string::npos)
    return fail(ErrorCode::kGitError,
                fmt::format("open repository {}: git does not say where it is", git->settings_.directory));
  git->common_directory_ = TRY(os::real_path(answer.substr(0, last)));
  git->is_bare_ = answer.substr(last + 1) == "true\n";
  TRY(git->refresh());
  return git;
}

Result<bool> Git::refresh() {
  // Exit code 1: none of them is set.
  const Answer answer =
      TRY(look_with_code({"config", "--null", "--name-only", "--get-regexp", R"(^(filter|merge)\..*\.)"}, {0, 1}));
  std::vector<Override> overrides;
  std::vector<std::string> names;
  for (const std::string_view key : split_nul(answer.output)) {
    const std::size_t first = key.find('.');
    const std::size_t last = key.rfind('.');
    if (first == std::string_view::npos || last <= first) continue;
    const std::string_view variable = key.substr(last + 1);
    const bool is_filter = key.starts_with("filter.");
    const bool runs =
        is_filter ? variable == "clean" || variable == "smudge" || variable == "process" || variable == "required"
                  : variable == "driver";
    if (!runs) continue;
    overrides.push_back({std::string(key), is_filter ? (variable == "required" ? "false" : "") : kTextMerge});
    std::string name =
        fmt::format("{} {}", is_filter ? "filter" : "merge driver", key.substr(first + 1, last - first - 1));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  const std::lock_guard lock(mutex_);
  overrides_ = std::move(overrides);
  neutralised_ = std::move(names);
  return !neutralised_.empty();
}

std::vector<std::string> Git::neutralised() const {
  const std::lock_guard lock(mutex_);
  return neutralised_;
}

bool Git::is_shallow() const { return os::kind_of(common_directory_ + "/shallow") == os::FileKind::kRegular; }

os::ProgramCall Git::call(std::vector<std::string> arguments, const RunOptions& run) const {
  os::ProgramCall call;
  call.program = program_;
  call.arguments = {"--no-pager",
                    "-c",
                    "core.hooksPath=/dev/null",
                    "-c",
                    "core.fsmonitor=false",
                    "-c",
                    "submodule.recurse=false",
                    "-c",
                    "gc.auto=0",
                    "-c",
                    "maintenance.auto=false"};
  call.arguments.insert(call.arguments.end(), std::make_move_iterator(arguments.begin()),
                        std::make_move_iterator(arguments.end()));
  call.environment = clean_environment(settings_.environment);
  call.directory = run.directory.empty() ? settings_.directory : run.directory;
  call.input = run.input;
  call.deadline = settings_.deadline;
  call.output_limit = run.output_limit;
  call.cancelled = settings_.cancelled;
  return call;
}

os::ProgramCall Git::looking_call(std::vector<std::string> arguments, const RunOptions& run) const {
  os::ProgramCall looking = call(std::move(arguments), run);
  looking.environment["GIT_OPTIONAL_LOCKS"] = "0";
  forbid_fetching(looking.environment);
  // Through the environment, because the name of a filter may hold an equals sign.
  std::size_t count = 0;
  const auto set = [&](std::string key, std::string value) {
    looking.environment[fmt::format("GIT_CONFIG_KEY_{}", count)] = std::move(key);
    looking.environment[fmt::format("GIT_CONFIG_VALUE_{}", count)] = std::move(value);
    ++count;
  };
  set("log.showSignature", "false");
  set("diff.external", "");
  {
    const std::lock_guard lock(mutex_);
    for (const Override& override : overrides_) set(override.key, override.value);
  }
  looking.environment["GIT_CONFIG_COUNT"] = std::to_string(count);
  for (const auto& [name, value] : run.environment) looking.environment[name] = value;
  return looking;
}

Result<Git::Answer> Git::look_with_code(std::vector<std::string> arguments, std::vector<int> expected,
                                        const RunOptions& run) const {
  const os::ProgramCall looking = looking_call(arguments, run);
  os::ProgramResult result = TRY(os::run_program(looking));
  const bool fits = result.ending == os::Ending::kExited &&
                    std::find(expected.begin(), expected.end(), result.exit_code) != expected.end();
  if (!fits) return tl::make_unexpected(error_of(arguments, looking.directory, result));
  return Answer{result.exit_code, std::move(result.output), std::move(result.error_output)};
}

Result<std::string> Git::look(std::vector<std::string> arguments, const RunOptions& run) const {
  return TRY(look_with_code(std::move(arguments), {0}, run)).output;
}

std::vector<Result<Git::Answer>> Git::look_all(const std::vector<std::vector<std::string>>& commands,
                                               const RunOptions& run) const {
  std::vector<os::ProgramCall> calls;
  calls.reserve(commands.size());
  for (const auto& arguments : commands) calls.push_back(looking_call(arguments, run));
  std::vector<Result<Answer>> answers;
  answers.reserve(commands.size());
  std::size_t at = 0;
  for (auto& result : os::run_programs(calls, kAtOnce)) {
    const std::size_t index = at++;
    if (!result)
      answers.push_back(tl::make_unexpected(std::move(result).error()));
    else if (result->ending != os::Ending::kExited)
      answers.push_back(tl::make_unexpected(error_of(commands[index], calls[index].directory, *result)));
    else
      answers.push_back(Answer{result->exit_code, std::move(result->output), std::move(result->error_output)});
  }
  return answers;
}

Result<std::string> Git::act(std::vector<std::string> arguments, const RunOptions& run) const {
  os::ProgramCall acting = call(arguments, run);
  forbid_fetching(acting.environment);
  for (const auto& [name, value] : run.environment) acting.environment[name] = value;
  os::ProgramResult result = TRY(os::run_program(acting));
  if (result.ending != os::Ending::kExited || result.exit_code != 0)
    return tl::make_unexpected(error_of(arguments, acting.directory, result));
  return std::move(result.output);
}

std::vector<std::string_view> split_nul(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return pieces;
}

}  // namespace stream_status::git
