// check_conflicts: which live streams touch the same files, which of them would conflict, and in which order to land
// them.

#include <fmt/format.h>

#include "base/text.h"
#include "git/forecast.h"
#include "service/find_stream.h"
#include "service/git_json.h"
#include "service/lines.h"
#include "service/work_handlers.h"

namespace stream_status::service {
namespace {

json::array to_json(const std::vector<git::Conflict>& conflicts) {
  json::array array;
  for (const git::Conflict& conflict : conflicts)
    array.push_back(json::object{
        {"file", to_utf8(conflict.file)}, {"kind", conflict.kind}, {"message", to_utf8(conflict.message)}});
  return array;
}

json::array streams_to_json(const Lines& lines, const git::Forecast& forecast, const Look& look) {
  json::array array;
  for (std::size_t i = 0; i < lines.streams.size(); ++i) {
    const domain::Stream& stream = lines.streams[i];
    const git::ChangedFiles& files = forecast.files[i];
    array.push_back(json::object{{"streamId", stream.id.text},
                                 {"title", stream.title},
                                 {"branch", text_or_null(place_of(stream, look).branch)},
                                 {"committed", texts_to_json(files.committed)},
                                 {"uncommitted", texts_to_json(files.uncommitted)},
                                 {"againstMain", json::object{{"state", git::name_of(forecast.main[i].state)},
                                                              {"conflicts", to_json(forecast.main[i].conflicts)}}},
                                 {"problem", text_or_null(files.problem)}});
  }
  return array;
}

}  // namespace

Result<Outcome> check_conflicts(WorkContext& context, const api::Arguments& arguments) {
  std::optional<StreamId> only;
  if (const auto id = arguments.text("streamId"))
    only = TRY(get_stream_by_id(context.reader, *id, Matching::kPrefix)).id;
  context.progress.set("forecasting conflicts", 0, 0);
  const Look look = TRY(context.repository.look(context.config));
  const Lines lines = lines_of(TRY(context.reader.list_streams({})).streams, look);
  const git::Forecast forecast = TRY(context.repository.forecaster().forecast(
      context.repository.git(), look.main, lines.lines, context.clock.monotonic(),
      [&](std::int64_t done, std::int64_t total) { context.progress.set("trying merges", done, total); }));

  json::array pairs;
  for (const git::Pair& pair : forecast.pairs) {
    const StreamId& a = lines.streams[pair.a].id;
    const StreamId& b = lines.streams[pair.b].id;
    if (only && a != *only && b != *only) continue;
    pairs.push_back(json::object{{"a", a.text},
                                 {"b", b.text},
                                 {"state", git::name_of(pair.state)},
                                 {"files", texts_to_json(pair.shared_files)},
                                 {"uncommittedFiles", texts_to_json(pair.uncommitted_files)},
                                 {"conflicts", to_json(pair.conflicts)},
                                 {"detail", text_or_null(pair.detail)}});
  }
  json::array order;
  for (const std::size_t index : forecast.landing_order) order.emplace_back(lines.streams[index].id.text);
  return Outcome{{{"timestamp", format_rfc3339(context.clock.wall())},
                  {"mainBranch", text_or_null(look.main.name)},
                  {"streams", streams_to_json(lines, forecast, look)},
                  {"pairs", std::move(pairs)},
                  {"landingOrder", std::move(order)},
                  {"leftOut", lines.left_out},
                  {"warnings", texts_to_json(look.warnings)}}};
}

}  // namespace stream_status::service
