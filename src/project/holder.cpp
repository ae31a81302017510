#include "project/holder.h"

#include <fmt/format.h>

#include <optional>

namespace stream_status::project {
namespace {

/// What the holder wrote about itself; absent when anything is missing or can not be.
std::optional<os::ProcessIdentity> parse_holder(std::string_view text) {
  const auto holder = parse_json_object(text);
  if (!holder) return std::nullopt;
  const std::int64_t pid = find_integer(*holder, "pid").value_or(0);
  const std::int64_t ticks = find_integer(*holder, "startTicks").value_or(0);
  const std::int64_t pid_namespace = find_integer(*holder, "pidNamespace").value_or(0);
  const std::string_view boot = find_string(*holder, "bootId").value_or("");
  if (pid <= 1 || ticks <= 0 || pid_namespace <= 0 || boot.empty()) return std::nullopt;
  return os::ProcessIdentity{pid, static_cast<std::uint64_t>(ticks), std::string(boot),
                             static_cast<std::uint64_t>(pid_namespace)};
}

std::string find_and_end(const std::string& lock_path) {
  return fmt::format("`fuser {}` shows which process it is; end it and call again", lock_path);
}

}  // namespace

json::object describe_holder() {
  const os::ProcessIdentity me = os::this_process();
  return {{"pid", me.pid}, {"startTicks", me.start_ticks}, {"bootId", me.boot_id}, {"pidNamespace", me.pid_namespace}};
}

tl::unexpected<Error> holder_left_alone(const std::string& lock_path, const std::string& holder, std::string_view why,
                                        std::string hint) {
  return fail(ErrorCode::kServerUnavailable,
              fmt::format("{} holds {} and hangs; it was left alone: {}", holder, lock_path, why), std::move(hint));
}

Result<os::ProcessIdentity> prove_holder(const std::string& lock_path, std::string_view text) {
  const auto named = parse_holder(text);
  if (!named)
    return holder_left_alone(lock_path, "an unknown process", "the file does not say which process it is",
                             find_and_end(lock_path));
  const std::string holder = fmt::format("pid {}", named->pid);
  const os::ProcessIdentity here = os::this_process();
  if (named->boot_id != here.boot_id)
    return holder_left_alone(lock_path, holder,
                             "it runs on another machine, or has not written there since this one started",
                             "end it on the machine that shares this directory; else " + find_and_end(lock_path));
  if (named->pid_namespace != here.pid_namespace)
    return holder_left_alone(
        lock_path, holder,
        fmt::format("it runs in another pid namespace ({}, here {}), as in a container or a sandbox",
                    named->pid_namespace, here.pid_namespace),
        fmt::format("end it there (`stream-status stop`, or `kill {}` inside) and call again", named->pid));
  if (const auto owner = os::find_process_owner(named->pid); owner && *owner != os::current_user())
    return holder_left_alone(lock_path, holder, fmt::format("that process belongs to user {}", *owner),
                             find_and_end(lock_path));
  if (os::find_process(named->pid) != named)
    return holder_left_alone(lock_path, holder, "no process of that number has the start time written there",
                             find_and_end(lock_path));
  return *named;
}

}  // namespace stream_status::project
