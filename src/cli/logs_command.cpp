#include "cli/logs_command.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "cli/location.h"
#include "cli/text.h"
#include "os/file.h"
#include "os/follow.h"
#include "os/log_file.h"
#include "os/poll.h"
#include "project/directory.h"

namespace stream_status::cli {
namespace {

constexpr int kUsualLines = 40;
constexpr milliseconds kFollowPause{200};

struct LogPlace {
  std::optional<os::Fd> directory;  ///< absent: there is no log yet
  std::string name;
  std::string path;
};

Result<LogPlace> find_log(const Call& call) {
  const Location location = TRY(locate(call));
  LogPlace place;
  const auto directory = TRY(project::find_project_directory(location.home, location.project));
  if (!directory) {
    place.path = location.home.logs();
    return place;
  }
  place.name = directory->log_name();
  place.path = location.home.logs() + "/" + place.name;
  auto logs = os::open_private_directory(location.home.logs(), location.home.trusted, os::IfMissing::kFail);
  if (logs)
    place.directory = std::move(*logs);
  else if (logs.error().code != ErrorCode::kNotFound)
    return tl::make_unexpected(logs.error());
  return place;
}

/// Log lines with nothing in them that a terminal obeys.
std::string shown_lines(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    shown += printable(text.substr(0, end));
    if (end == std::string_view::npos) break;
    shown += '\n';
    text.remove_prefix(end + 1);
  }
  return shown;
}

/// Until the reader is gone or a signal ends us.
void follow(const Call& call, os::FollowedFile& file) {
  std::string rest;  // of a line that is not whole yet
  std::vector<os::PollEntry> nothing;
  for (;;) {
    rest += file.read_new();
    const std::size_t end = rest.rfind('\n');
    if (end != std::string::npos) {
      if (!call.world.out.write(shown_lines(rest.substr(0, end + 1)))) return;
      rest.erase(0, end + 1);
    }
    os::poll(nothing, kFollowPause);
  }
}

int run_logs(const Call& call) {
  int lines = kUsualLines;
  if (const auto given = call.options.text("lines")) {
    const auto [end, failure] = std::from_chars(given->data(), given->data() + given->size(), lines);
    if (failure != std::errc{} || end != given->data() + given->size() || lines < 0)
      return call.report.failure({ErrorCode::kInvalidArgument,
                                  fmt::format("-n: \"{}\" is not a number of lines", printable(*given)),
                                  "give -n as a whole number"});
  }
  const bool follows = call.options.has("follow");
  if (follows && call.report.format() == Format::kJson)
    return call.report.failure(
        {ErrorCode::kInvalidArgument, "logs: --follow has no JSON form", "leave out --json or --follow"});
  const auto place = find_log(call);
  if (!place) return call.report.failure(place.error());
  // Before the tail is read: a line between the two is shown twice rather than never.
  std::optional<os::FollowedFile> followed;
  if (follows && place->directory) followed.emplace(*place->directory, place->name);
  const std::string tail = place->directory ? os::read_log_tail(*place->directory, place->name, lines) : std::string();
  json::array rows;
  for (const std::string& line : wrap(tail, std::string::npos)) rows.emplace_back(line);
  const int code = call.report.answer({{"path", place->path}, {"lines", std::move(rows)}}, [&](const Screen& screen) {
    if (!tail.empty() || follows) return shown_lines(tail);
    return screen.style.paint(Tone::kFaint, fmt::format("No log yet: {}", printable(place->path))) + "\n";
  });
  if (followed) follow(call, *followed);
  return code;
}

}  // namespace

Command logs_command() {
  return {
      .name = "logs",
      .group = Group::kDiagnosis,
      .summary = "the end of the server's log",
      .options =
          {{.key = "lines", .names = {"--lines", "-n"}, .value_name = "N", .description = "how many lines, default 40"},
           {.key = "follow", .names = {"--follow", "-f"}, .form = Form::kFlag, .description = "go on as lines come"}},
      .examples = {"logs", "logs -n 200", "logs -f"},
      .run = run_logs};
}

}  // namespace stream_status::cli
