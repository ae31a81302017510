#include "client/start_failure.h"

#include "api/errors.h"
#include "base/json.h"
#include "os/file.h"
#include "project/directory.h"

namespace stream_status::client {
namespace {

constexpr std::size_t kTextLimit = std::size_t{256} << 10;
constexpr std::string_view kTime = "failedAtMs";
constexpr std::string_view kError = "error";

}  // namespace

void save_start_failure(const os::FileLock& start_lock, const Error& error, MonotonicTime now) {
  const auto at = std::chrono::duration_cast<milliseconds>(now.time_since_epoch());
  (void)start_lock.write_text(json::serialize(json::object{{kTime, at.count()}, {kError, api::to_json(error)}}));
}

std::optional<Error> find_start_failure(const os::Fd& directory, MonotonicTime after, MonotonicTime now) {
  const auto text = os::read_file(directory, project::kStartLockName, kTextLimit);
  if (!text || !*text || (*text)->empty()) return std::nullopt;
  const auto failure = parse_json_object(**text);
  const auto at_ms = failure ? find_integer(*failure, kTime) : std::nullopt;
  const json::value* error = failure ? failure->if_contains(kError) : nullptr;
  if (!at_ms || error == nullptr) return std::nullopt;
  const MonotonicTime at{milliseconds{*at_ms}};
  if (at <= after || at > now) return std::nullopt;
  return api::error_from_json(*error);
}

}  // namespace stream_status::client
