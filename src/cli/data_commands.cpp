// Commands about the data as a whole: backup, restore, export, import.
#include <fmt/format.h>

#include "api/wire.h"
#include "cli/location.h"
#include "cli/table.h"
#include "cli/text.h"
#include "os/file.h"
#include "os/poll.h"
#include "project/backups.h"
#include "project/directory.h"

namespace stream_status::cli {
namespace {

/// Copying and checking a large database takes its time.
constexpr seconds kPatience{600};
/// How soon it is looked whether the next server is there; then twice as long each time, up to kLongestLook.
constexpr milliseconds kLook{20};
constexpr milliseconds kLongestLook{1000};

std::string absolute_path(const World& world, const std::string& path) {
  return path.starts_with('/') ? path : fmt::format("{}/{}", world.current_directory, path);
}

std::string shown_bytes(std::uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} B", bytes);
  if (bytes < 10'000'000) return fmt::format("{} KB", bytes / 1000);
  return fmt::format("{} MB", bytes / 1'000'000);
}

/// Starts the server if there is none: it alone opens the database.
struct Server {
  explicit Server(const Call& call, const Location& where)
      : client(make_client(call, where, agent_name(call), client::StartPolicy::kStartServer, 1, kPatience)),
        clock(call.world.clock) {}

  Result<json::object> post(std::string_view path, const json::object& body) {
    return ask(api::Method::kPost, path, body);
  }
  Result<json::object> ask(api::Method method, std::string_view path, const json::object& body) {
    json::value answer = TRY(client::request_and_wait(client, clock, method, std::string(path), body));
    if (!answer.is_object()) return fail(ErrorCode::kInternal, "read the server's answer: it is no JSON object");
    return std::move(answer.get_object());
  }

  client::Client client;
  const os::Clock& clock;
};

std::string fact(const json::object& answer, std::string_view key) {
  const json::value* value = answer.if_contains(key);
  if (value == nullptr) return "";
  return value->is_string() ? printable(text_of(value->get_string())) : json::serialize(*value);
}

int report_done(const Call& call, const Result<json::object>& answer, std::string_view done,
                std::span<const std::string_view> keys) {
  if (!answer) return call.report.failure(answer.error());
  return call.report.answer(*answer, [&](const Screen& screen) {
    std::vector<Fact> facts;
    for (const std::string_view key : keys) facts.push_back({std::string(key), fact(*answer, key)});
    return fmt::format("{} {}\n{}", screen.style.paint(Tone::kDone, "✓"), done, render_facts(facts, screen));
  });
}

// ── backup, export ───────────────────────────────────────────────────────────────────────────────────────────────────

Result<json::object> back_up(const Call& call) {
  const Location location = TRY(locate(call));
  json::object body;
  if (const auto file = call.options.text("file")) body["file"] = absolute_path(call.world, *file);
  return Server(call, location).post(api::kBackupPath, body);
}

int run_backup(const Call& call) {
  constexpr std::array<std::string_view, 3> kKeys = {"file", "bytes", "revision"};
  return report_done(call, back_up(call), "backed up, and read back whole", kKeys);
}

Result<json::object> export_all(const Call& call) {
  const Location location = TRY(locate(call));
  const std::string file = call.options.text("file").value_or(
      fmt::format("{}-{}.jsonl", location.project.name, project::compact_time(call.world.clock.wall())));
  return Server(call, location).post(api::kExportPath, {{"file", absolute_path(call.world, file)}});
}

int run_export(const Call& call) {
  constexpr std::array<std::string_view, 5> kKeys = {"file", "streams", "events", "commits", "sha256"};
  return report_done(call, export_all(call), "exported", kKeys);
}

// ── restore, import ──────────────────────────────────────────────────────────────────────────────────────────────────

struct Listed {
  std::string directory;
  std::vector<project::Backup> backups;
};

Result<Listed> find_backups(const Call& call) {
  const Location location = TRY(locate(call));
  Listed listed;
  listed.directory =
      fmt::format("{}/{}", location.home.backups, TRY(project::find_backups_name(location.home, location.project)));
  if (os::kind_of(listed.directory) != os::FileKind::kDirectory) return listed;
  listed.backups = TRY(project::list_backups(TRY(os::open_directory(listed.directory))));
  return listed;
}

int list_backups(const Call& call) {
  const auto listed = find_backups(call);
  if (!listed) return call.report.failure(listed.error());
  json::array backups;
  for (const project::Backup& backup : listed->backups)
    backups.push_back(json::object{
        {"file", backup.name}, {"kind", name_of(backup.kind)}, {"revision", backup.revision}, {"bytes", backup.bytes}});
  return call.report.answer({{"directory", listed->directory}, {"backups", std::move(backups)}},
                            [&](const Screen& screen) {
                              if (listed->backups.empty()) return std::string("no backups yet\n");
                              Table table({{.heading = "file"},
                                           {.heading = "kind"},
                                           {.heading = "revision", .align = Align::kRight},
                                           {.heading = "size", .align = Align::kRight}});
                              for (const project::Backup& backup : listed->backups)
                                table.add({{.text = printable(backup.name), .tone = Tone::kStrong},
                                           {.text = std::string(name_of(backup.kind))},
                                           {.text = std::to_string(backup.revision)},
                                           {.text = shown_bytes(backup.bytes)}});
                              return table.render(screen.style, screen.columns) +
                                     screen.style.paint(Tone::kFaint, "in " + printable(listed->directory)) + "\n";
                            });
}

/// Whoever sits at a terminal says twice that the present state is to go.
Result<void> confirm(const Call& call, std::string_view what) {
  if (!call.world.out.columns || call.options.has("yes")) return {};
  return fail(ErrorCode::kInvalidArgument, fmt::format("{}: the present state is put aside as a backup", what),
              "give --yes to do it");
}

/// No other attempt to start it mends that.
bool is_final(ErrorCode code) {
  return !is_retryable(code) || code == ErrorCode::kStorageFull || code == ErrorCode::kStorageFailed;
}

/// The next server carries it out; the answer is what that one says of it.
Result<json::object> replace_data(const Call& call, std::string_view path, const json::object& body) {
  const Location location = TRY(locate(call));
  Server server(call, location);
  json::object answer = TRY(server.post(path, body));
  const std::string before = server.client.server() == nullptr ? "" : server.client.server()->instance_id;
  const MonotonicTime deadline = call.world.clock.monotonic() + kPatience;
  for (milliseconds pause = kLook;; pause = std::min(2 * pause, kLongestLook)) {
    const auto health = server.ask(api::Method::kGet, api::kHealthPath, {});
    const bool is_over = call.world.clock.monotonic() >= deadline;
    if (!health && (is_final(health.error().code) || is_over))
      return add_context("the next server, which was to carry it out", health.error());
    if (!health || find_string(*health, "instanceId").value_or("") == before) {
      if (is_over)
        return fail(
            ErrorCode::kServerUnavailable,
            fmt::format("it was accepted, and the server {} does not leave, so that the next can carry it out", before),
            "see `stream-status doctor`; `stream-status restart` lets the next one begin");
      // It is on its way out: the next connection finds the next server.
      std::vector<os::PollEntry> nothing;
      os::poll(nothing, pause);
      server.client = make_client(call, location, agent_name(call), client::StartPolicy::kStartServer, 1, kPatience);
      continue;
    }
    answer["notice"] = find_string(*health, "notice").value_or("");
    answer["revision"] = find_integer(*health, "revision").value_or(0);
    break;
  }
  const std::string_view notice = find_string(answer, "notice").value_or("");
  if (notice.find("was not done") != std::string_view::npos)
    return fail(ErrorCode::kStorageFailed, std::string(notice), "see `stream-status doctor`");
  return answer;
}

int run_replacing(const Call& call, std::string_view path, const json::object& body) {
  const auto answer = replace_data(call, path, body);
  if (!answer) return call.report.failure(answer.error());
  return call.report.answer(*answer, [&](const Screen& screen) {
    return fmt::format("{} {}\n", screen.style.paint(Tone::kDone, "✓"), fact(*answer, "notice"));
  });
}

int run_restore(const Call& call) {
  const auto file = call.options.text("file");
  if (!file) return list_backups(call);
  if (const auto sure = confirm(call, "restore"); !sure) return call.report.failure(sure.error());
  // A name alone is one of the backups directory, unless such a file lies here.
  const std::string here = absolute_path(call.world, *file);
  const bool is_path = file->find('/') != std::string::npos || os::kind_of(here) == os::FileKind::kRegular;
  return run_replacing(call, api::kRestorePath, {{"file", is_path ? here : *file}});
}

int run_import(const Call& call) {
  const auto file = call.options.text("file");
  if (!file)
    return call.report.failure({ErrorCode::kInvalidArgument, "import: the file is missing",
                                "name a file that `stream-status export` has written"});
  const bool replace = call.options.has("replace");
  if (replace)
    if (const auto sure = confirm(call, "import --replace"); !sure) return call.report.failure(sure.error());
  return run_replacing(call, api::kImportPath, {{"file", absolute_path(call.world, *file)}, {"replace", replace}});
}

OptionSpec file_option(std::string description) {
  return {.key = "file",
          .names = {"--file"},
          .place = Place::kPositional,
          .value_name = "FILE",
          .description = std::move(description)};
}

OptionSpec yes_option() {
  return {.key = "yes", .names = {"--yes", "-y"}, .form = Form::kFlag, .description = "at a terminal: do it"};
}

}  // namespace

std::vector<Command> data_commands() {
  return {
      {.name = "backup",
       .group = Group::kServer,
       .summary = "take a checked copy of the database now",
       .options = {file_option("where to; default: the backups directory")},
       .examples = {"backup", "backup /media/usb/shop.db"},
       .run = run_backup},
      {.name = "restore",
       .group = Group::kServer,
       .summary = "list the backups, or go back to one",
       .options = {file_option("one of the list, the path of any other, or \"latest\"; without it: the list"),
                   yes_option()},
       .examples = {"restore", "restore latest", "restore streams-20261122T140000000Z-r1482.db"},
       .details = "The present state is put aside as a backup first. Revisions go on above all that were given.",
       .run = run_restore},
      {.name = "export",
       .group = Group::kServer,
       .summary = "write everything as JSON lines",
       .options = {file_option("default: <project>-<time>.jsonl here")},
       .examples = {"export", "export shop.jsonl"},
       .details = "Streams, commits and the whole history; not config.json, which is about this machine.",
       .run = run_export},
      {.name = "import",
       .group = Group::kServer,
       .summary = "read an export into a project without streams",
       .options = {file_option("what `export` has written"),
                   {.key = "replace",
                    .names = {"--replace"},
                    .form = Form::kFlag,
                    .description = "in place of the streams that are there"},
                   yes_option()},
       .examples = {"import shop.jsonl", "import shop.jsonl --replace"},
       .details = "The whole file is checked before anything changes; the state before is kept as a backup.",
       .run = run_import},
  };
}

}  // namespace stream_status::cli
