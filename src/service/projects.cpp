#include "service/projects.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "os/file.h"
#include "os/lock.h"
#include "project/directory.h"
#include "project/record.h"

namespace stream_status::service {
namespace {

constexpr std::size_t kLockTextLimit = 4096;

struct KnownProject {
  std::string name;
  std::string root;
  bool is_current = false;
  bool is_running = false;
  std::optional<project::Record> record;  ///< of the server that runs

  auto place() const { return std::tuple(!is_current, !is_running, std::string_view(name), std::string_view(root)); }
};

/// A server that was killed leaves its record to the next one, which removes it first of all: until then it is another
/// process's than the lock's.
bool is_of_holder(const project::Record& record, const os::Fd& directory) {
  const auto text = os::read_file(directory, project::kServerLockName, kLockTextLimit);
  const auto holder = text && *text ? parse_json_object(**text) : Result<json::object>(json::object{});
  return holder && find_integer(*holder, "pid") == record.pid;
}

/// Absent: nothing tells whose directory it is.
std::optional<KnownProject> look_at(const project::KnownDirectory& known, const std::string& current) {
  const os::Fd& directory = known.directory.fd;
  KnownProject found;
  found.is_current = known.directory.name == current;
  found.is_running = os::is_lock_held(directory, project::kServerLockName).value_or(false);
  auto record = project::find_record(directory);
  if (!known.owner_key.empty())
    found.root = project::root_of_key(known.owner_key);
  else if (record)
    found.root = record->project_root;
  if (found.root.empty()) return std::nullopt;
  found.name = project::name_of_root(found.root);
  if (found.is_running && record && is_of_holder(*record, directory)) found.record = std::move(record);
  return found;
}

json::object to_json(const KnownProject& known) {
  json::object shown{{"name", known.name},          {"root", known.root},  {"running", known.is_running},
                     {"current", known.is_current}, {"url", nullptr},      {"port", nullptr},
                     {"version", nullptr},          {"startedAt", nullptr}};
  if (!known.record) return shown;
  const project::Record& record = *known.record;
  if (record.port != 0) {
    shown["url"] = fmt::format("http://127.0.0.1:{}", record.port);
    shown["port"] = record.port;
  }
  shown["version"] = text_or_null(record.server_version);
  shown["startedAt"] = text_or_null(record.started_at);
  return shown;
}

}  // namespace

Result<json::object> list_projects(const project::Home& home, const std::string& current) {
  std::vector<KnownProject> all;
  for (const project::KnownDirectory& directory : TRY(project::list_project_directories(home)))
    if (auto known = look_at(directory, current)) all.push_back(*std::move(known));
  std::sort(all.begin(), all.end(), [](const KnownProject& a, const KnownProject& b) { return a.place() < b.place(); });
  json::array projects;
  for (const KnownProject& known : all) projects.emplace_back(to_json(known));
  return json::object{{"projects", std::move(projects)}};
}

}  // namespace stream_status::service
