#include "project/home.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"

namespace stream_status::project {
namespace {

constexpr std::string_view kBase = "/.cache/mcp-services/stream-workflow-status";
constexpr std::string_view kBackups = "/.local/state/stream-workflow-status/backups";

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string value_of(const os::Environment* environment, const std::string& name) {
  if (environment == nullptr) return {};
  const auto entry = environment->find(name);
  return entry == environment->end() ? std::string() : entry->second;
}

/// Where --home or STREAM_STATUS_HOME point. What exists of the path is resolved, so that a symlink a person
/// names is followed while everything below it is checked.
Result<Home> explicit_home(const std::string& path, std::string_view source, Home::Chosen chosen) {
  const auto refuse = [&](std::string_view cause) {
    return fail(ErrorCode::kInvalidArgument, fmt::format("find the home: {} \"{}\": {}", source, path, cause),
                fmt::format("give {} an absolute path, such as /var/lib/me/stream-status", source));
  };
  if (!path.starts_with('/')) return refuse("not an absolute path");

  std::string existing = path;
  std::string missing;
  Result<std::string> real = os::real_path(existing);
  while (!real && real.error().code == ErrorCode::kNotFound && existing != "/") {
    while (existing.size() > 1 && existing.ends_with('/')) existing.pop_back();
    const std::string parent = parent_of(existing);
    const std::string name = existing.substr(existing.rfind('/') + 1);
    if (name == "..") return refuse("'..' after a directory that does not exist");
    if (name != "." && !name.empty()) missing.insert(0, "/" + name);
    existing = parent;
    real = os::real_path(existing);
  }
  if (!real) return add_context(fmt::format("find the home: {}", source), real.error());
  Home home;
  home.base = *real == "/" ? missing : *real + missing;
  if (home.base.empty()) return refuse("the root directory can not be the home");
  home.backups = home.base + "/backups";
  home.trusted = missing.empty() ? parent_of(home.base) : *real;
  home.chosen = chosen;
  return home;
}

Result<Home> default_home(const os::Environment* environment) {
  std::string user_home = value_of(environment, "HOME");
  if (!user_home.starts_with('/')) user_home = os::home_directory();
  while (user_home.size() > 1 && user_home.ends_with('/')) user_home.pop_back();
  if (!user_home.starts_with('/'))
    return fail(ErrorCode::kInvalidArgument, "find the home: this user has no home directory",
                "set HOME, or name a directory with --home DIR or STREAM_STATUS_HOME=DIR");
  Home home;
  home.trusted = user_home;
  const std::string prefix = user_home == "/" ? std::string() : user_home;
  home.base = prefix + std::string(kBase);
  home.backups = prefix + std::string(kBackups);
  return home;
}

Home network_fallback(const Home& wanted) {
  Home home;
  home.trusted = "/var/tmp";
  home.base = fmt::format("/var/tmp/stream-status-{}", os::current_user());
  home.backups = home.base + "/backups";  // one trusted prefix serves both
  home.chosen = Home::Chosen::kNetworkFallback;
  home.note = fmt::format("{} is on a network filesystem, where locks can not be trusted; {} takes its place",
                          wanted.base, home.base);
  return home;
}

}  // namespace

Result<Home> locate_home(const HomeSettings& settings) {
  const std::string variable = value_of(settings.environment, "STREAM_STATUS_HOME");
  Home home = !settings.flag.empty() ? TRY(explicit_home(settings.flag, "--home", Home::Chosen::kFlag))
              : !variable.empty()    ? TRY(explicit_home(variable, "STREAM_STATUS_HOME", Home::Chosen::kEnvironment))
                                     : TRY(default_home(settings.environment));
  if (!is_utf8(home.base))
    return fail(ErrorCode::kInvalidArgument, "find the home: its path is not valid UTF-8",
                "name another directory with --home DIR or STREAM_STATUS_HOME=DIR; paths are shown as JSON");
  if (!os::is_network_filesystem(home.base)) return home;
  if (!os::is_network_filesystem("/var/tmp")) return network_fallback(home);
  home.note = home.base +
              " is on a network filesystem, and so is /var/tmp: its locks can not be trusted; name a local "
              "directory with --home DIR or STREAM_STATUS_HOME=DIR";
  return home;
}

}  // namespace stream_status::project
