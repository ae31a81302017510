#include "project/record.h"

#include <fmt/format.h>

#include <limits>

#include "base/json.h"
#include "os/file.h"
#include "project/directory.h"

namespace stream_status::project {
namespace {

constexpr std::size_t kLargestRecord = 64 << 10;

tl::unexpected<Error> wrong(std::string_view key, std::string_view allowed) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("read record: \"{}\" is missing or is not {}", key, allowed));
}

Result<std::string> get_text(const json::object& object, std::string_view key) {
  const auto value = find_string(object, key);
  if (!value) return wrong(key, "text");
  return std::string(*value);
}

template <class Number>
Result<Number> get_number(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  json::error_code inexact;
  if (value == nullptr || !value->is_number()) return wrong(key, "a whole number");
  const Number number = value->to_number<Number>(inexact);
  if (inexact) return wrong(key, fmt::format("a whole number up to {}", std::numeric_limits<Number>::max()));
  return number;
}

}  // namespace

std::string to_json(const Record& record) {
  const json::object object = {
      {"pid", record.pid},
      {"port", record.port},
      {"projectRoot", record.project_root},
      {"startedAt", record.started_at},
      {"nodeVersion", record.node_version},
      {"projectName", record.project_name},
      {"host", record.host},
      {"socket", record.socket},
      {"instanceId", record.instance_id},
      {"serverVersion", record.server_version},
      {"protocol", record.protocol},
      {"pidNs", record.pid_namespace},
      {"netNs", record.network_namespace},
  };
  return json::serialize(object) + "\n";
}

Result<Record> parse_record(std::string_view text) {
  auto object = parse_json_object(text);
  if (!object) return add_context("read record", object.error());
  Record record;
  record.pid = TRY(get_number<std::int64_t>(*object, "pid"));
  record.port = TRY(get_number<std::uint16_t>(*object, "port"));
  record.project_root = TRY(get_text(*object, "projectRoot"));
  record.started_at = TRY(get_text(*object, "startedAt"));
  record.node_version = TRY(get_text(*object, "nodeVersion"));
  if (record.is_founding()) return record;  // the founding format ends here
  record.project_name = TRY(get_text(*object, "projectName"));
  record.host = TRY(get_text(*object, "host"));
  record.socket = TRY(get_text(*object, "socket"));
  record.instance_id = TRY(get_text(*object, "instanceId"));
  record.server_version = TRY(get_text(*object, "serverVersion"));
  record.protocol = TRY(get_number<int>(*object, "protocol"));
  record.pid_namespace = TRY(get_number<std::uint64_t>(*object, "pidNs"));
  record.network_namespace = TRY(get_number<std::uint64_t>(*object, "netNs"));
  return record;
}

std::optional<Record> find_record(const os::Fd& directory, std::string* problem) {
  const auto note = [&](const Error& error) {
    if (problem != nullptr) *problem = error.message;
    return std::nullopt;
  };
  const auto text = os::read_file(directory, kRecordName, kLargestRecord);
  if (!text) return note(text.error());
  if (!*text) return std::nullopt;
  auto record = parse_record(**text);
  if (!record) return note(record.error());
  return std::move(*record);
}

Result<void> save_record(const os::Fd& directory, const Record& record) {
  return os::write_file_atomically(directory, kRecordName, to_json(record), os::Durability::kDisk);
}

}  // namespace stream_status::project
