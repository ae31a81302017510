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

/// The reason: the first line that git marks as one; hints and warnings may come before it.
std::string reason_in(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    for (const std::string_view mark : {"fatal: ", "error: "})
      if (line.starts_with(mark)) return shorten(line.substr(mark.size()), 300);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return shorten(text.substr(0, text.find('\n')), 300);
}

/// "git add", whatever settings go before it.
std::string shown(const std::vector<std::string>& arguments) {
  std::size_t command = 0;
  while (command + 2 < arguments.size() && arguments[command] == "-c") command += 2;
  return command < arguments.size() ? "git " + arguments[command] : "git";
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
  const std::string reason = reason_in(result.error_output);
  return {ErrorCode::kGitError,
          fmt::format("{}: {}", subject, reason.empty() ? fmt::format("exit code {}", result.exit_code) : reason)};
}

struct ScopedKey {
  std::string_view scope;  ///< "system", "global", "local", "worktree", "command"
  std::string_view key;
};
std::vector<ScopedKey> parse_keys(std::string_view output) {
  std::vector<ScopedKey> keys;
  const std::vector<std::string_view> pieces = split_nul(output);
  for (std::size_t i = 0; i + 1 < pieces.size(); i += 2) keys.push_back({pieces[i], pieces[i + 1]});
  return keys;
}

/// May another worktree have settings that this one does not show? Asking each costs a process, and "gitdir:~/clients/"
/// in a user's own settings is common and the same for all.
bool differs_by_worktree(std::string_view output) {
  for (const auto& [scope, key] : parse_keys(output)) {
    if (key == "extensions.worktreeconfig") return true;
    if (!key.starts_with("includeif.")) continue;
    const std::string condition = to_lower(key.substr(key.find('.') + 1));
    const bool is_trusted = scope == "system" || scope == "global";
    const bool holds_for_all =
        condition.starts_with("hasconfig:") ||
        (is_trusted && condition.starts_with("gitdir") && condition.find_first_of("*?[") == std::string::npos &&
         condition.find("worktrees") == std::string::npos);
    if (!holds_for_all) return true;
  }
  return false;
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
  const std::vector<std::string> question{
      "config",      "--null",       "--show-scope",
      "--name-only", "--get-regexp", R"(^((filter|merge)\..*\.|includeif\..*\.path$|extensions\.worktreeconfig$))"};
  std::vector<std::string> outputs{TRY(look_with_code(question, {0, 1})).output};
  if (differs_by_worktree(outputs.front())) {
    const std::string list = TRY(look({"worktree", "list", "--porcelain", "-z"}));
    std::vector<Look> looks;
    for (const std::string_view line : split_nul(list))
      if (constexpr std::string_view key = "worktree "; line.starts_with(key))
        looks.push_back({question, {.directory = std::string(line.substr(key.size()))}});
    // One whose directory is gone can not be looked at later, either.
    for (auto& answer : look_each(looks))
      if (answer) outputs.push_back(std::move(answer->output));
  }
  std::vector<Override> overrides;
  std::vector<std::string> names;
  for (const std::string& output : outputs)
    for (const ScopedKey& scoped : parse_keys(output))
      if (scoped.scope != "command") neutralise(scoped.key, overrides, names);  // those are our own, of the last time
  const std::lock_guard lock(mutex_);
  overrides_ = std::move(overrides);
  neutralised_ = std::move(names);
  return !neutralised_.empty();
}

void Git::neutralise(std::string_view key, std::vector<Override>& overrides, std::vector<std::string>& names) {
  const std::size_t first = key.find('.');
  const std::size_t last = key.rfind('.');
  if (first == std::string_view::npos || last <= first) return;
  const std::string_view variable = key.substr(last + 1);
  const bool is_filter = key.starts_with("filter.");
  const bool runs = is_filter
                        ? variable == "clean" || variable == "smudge" || variable == "process" || variable == "required"
                        : key.starts_with("merge.") && variable == "driver";
  const bool is_known =
      std::any_of(overrides.begin(), overrides.end(), [&](const Override& known) { return known.key == key; });
  if (!runs || is_known) return;
  overrides.push_back({std::string(key), is_filter ? (variable == "required" ? "false" : "") : kTextMerge});
  std::string name =
      fmt::format("{} {}", is_filter ? "filter" : "merge driver", key.substr(first + 1, last - first - 1));
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
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

Result<Git::Answer> Git::look_with_code(const std::vector<std::string>& arguments, const std::vector<int>& expected,
                                        const RunOptions& run) const {
  const os::ProgramCall looking = looking_call(arguments, run);
  os::ProgramResult result = TRY(os::run_program(looking));
  const bool fits = result.ending == os::Ending::kExited &&
                    std::find(expected.begin(), expected.end(), result.exit_code) != expected.end();
  if (!fits) return tl::make_unexpected(error_of(arguments, looking.directory, result));
  return Answer{result.exit_code, std::move(result.output), std::move(result.error_output)};
}

Result<std::string> Git::look(const std::vector<std::string>& arguments, const RunOptions& run) const {
  return TRY(look_with_code(arguments, {0}, run)).output;
}

std::vector<Result<Git::Answer>> Git::look_all(const std::vector<std::vector<std::string>>& commands,
                                               const RunOptions& run) const {
  std::vector<Look> looks;
  looks.reserve(commands.size());
  for (const auto& arguments : commands) looks.push_back({arguments, run});
  return look_each(looks);
}

std::vector<Result<Git::Answer>> Git::look_each(const std::vector<Look>& looks) const {
  std::vector<os::ProgramCall> calls;
  calls.reserve(looks.size());
  for (const Look& look : looks) calls.push_back(looking_call(look.arguments, look.run));
  std::vector<Result<Answer>> answers;
  answers.reserve(looks.size());
  std::size_t at = 0;
  for (auto& result : os::run_programs(calls, kAtOnce)) {
    const std::size_t index = at++;
    if (!result)
      answers.emplace_back(tl::make_unexpected(std::move(result).error()));
    else if (result->ending != os::Ending::kExited)
      answers.emplace_back(tl::make_unexpected(error_of(looks[index].arguments, calls[index].directory, *result)));
    else
      answers.emplace_back(Answer{result->exit_code, std::move(result->output), std::move(result->error_output)});
  }
  return answers;
}

Result<std::string> Git::act(const std::vector<std::string>& arguments, const RunOptions& run) const {
  os::ProgramCall acting = call(arguments, run);
  forbid_fetching(acting.environment);
  acting.file_mask = 022;  // what it makes is the user's: as usual, not as private as the server's own files
  for (const auto& [name, value] : run.environment) acting.environment[name] = value;
  os::ProgramResult result = TRY(os::run_program(acting));
  if (result.ending != os::Ending::kExited || result.exit_code != 0)
    return tl::make_unexpected(error_of(arguments, acting.directory, result));
  return std::move(result.output);
}

bool is_object_id(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
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
