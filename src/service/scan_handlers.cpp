// scan_commits, as its answer.

#include "service/git_json.h"
#include "service/work_handlers.h"

namespace stream_status::service {

Result<Outcome> scan_commits(Observer& observer, const api::Arguments& arguments) {
  std::optional<StreamId> only;
  if (const auto id = arguments.text("streamId")) only = StreamId{*id};
  const ScanReport report = TRY(observer.scan(only));
  json::array streams;
  for (const ScanReport::Scanned& scanned : report.streams)
    streams.push_back(json::object{{"streamId", scanned.id.text},
                                   {"branch", scanned.branch},
                                   {"added", scanned.added},
                                   {"removed", scanned.removed},
                                   {"total", scanned.total},
                                   {"note", text_or_null(scanned.note)}});
  json::array skipped;
  for (const ScanReport::Skipped& left : report.skipped)
    skipped.push_back(json::object{{"streamId", left.id.text}, {"reason", left.reason}});
  return Outcome{{{"success", true},
                  {"added", report.added},
                  {"removed", report.removed},
                  {"streams", std::move(streams)},
                  {"skipped", std::move(skipped)},
                  {"warnings", texts_to_json(report.warnings)}}};
}

}  // namespace stream_status::service
