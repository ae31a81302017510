#include "server/check.h"

#include "base/json.h"
#include "os/stdio.h"
#include "store/sqlite/database_file.h"

namespace stream_status::server {

int check_database(const std::string& path, Checked what) {
  const auto mode = what == Checked::kCopy ? store::OpenMode::kImmutable : store::OpenMode::kReadOnly;
  const auto facts = store::examine_database(path, mode, store::Check::kFull);
  json::object answer{{"ok", facts.has_value()}};
  if (facts) {
    answer["schema"] = facts->schema;
    answer["revision"] = facts->revision;
    answer["streams"] = facts->streams;
  } else {
    answer["code"] = error_name(facts.error().code);
    answer["message"] = facts.error().message;
    answer["hint"] = text_or_null(facts.error().hint);
  }
  os::write_all(os::kStandardOutput, json::serialize(answer) + "\n");
  return facts ? 0 : 1;
}

}  // namespace stream_status::server
