#include "service/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "api/codec.h"
#include "base/text.h"
#include "domain/change.h"
#include "os/file.h"
#include "os/new_file.h"
#include "service/recovery.h"
#include "service/transfer_lines.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/sqlite_store.h"

namespace stream_status::service {
namespace {

using domain::Stream;

constexpr std::int64_t kBlock = 2000;

Result<std::unique_ptr<store::SqliteStore>> open_alone(const DatabaseAt& place) {
  store::OpenReport ignored;
  return store::SqliteStore::open(
      {&place.directory, place.path, place.file}, [](store::SqliteStore&, std::int64_t) -> Result<void> { return {}; },
      ignored);
}

json::object to_json(const TransferCounts& counts) {
  return {{"events", counts.events},
          {"streams", counts.streams},
          {"commits", counts.commits},
          {"scans", counts.scans},
          {"intents", counts.intents}};
}

// ── export ───────────────────────────────────────────────────────────────────────────────────────────────────────────

class Export {
 public:
  Export(store::Store& store, store::Reader& reader, os::NewFile& file) : store_(store), reader_(reader), file_(file) {}

  Result<TransferReport> run(const std::string& project_name, WallTime now);

 private:
  template <class Row>
  Result<void> write(const Row& row, std::int64_t& count) {
    const std::string line = line_of(row);
    sum_.add(line);
    ++count;
    TRY(file_.append(line));
    return file_.append("\n");
  }
  Result<void> write_events(TransferCounts& counts);

  store::Store& store_;
  store::Reader& reader_;
  os::NewFile& file_;
  LineSum sum_;
};

Result<void> Export::write_events(TransferCounts& counts) {
  for (std::int64_t after = 0;;) {
    const auto block = TRY(reader_.events_after(after, kBlock));
    for (const store::EventRow& event : block) TRY(write(event, counts.events));
    if (block.empty()) return {};
    after = block.back().revision;
  }
}

Result<TransferReport> Export::run(const std::string& project_name, WallTime now) {
  TransferReport report;
  report.revision = store_.head();
  const json::object header{{"format", kTransferFormat},
                            {"version", kTransferVersion},
                            {"projectName", project_name},
                            {"exportedAt", format_rfc3339(now)},
                            {"revision", report.revision}};
  TRY(file_.append(json::serialize(header) + "\n"));
  TRY(write_events(report.counts));
  auto streams = TRY(reader_.list_streams({})).streams;
  std::reverse(streams.begin(), streams.end());  // oldest first, as they are added again
  for (const Stream& stream : streams) TRY(write(stream, report.counts.streams));
  auto commits = TRY(reader_.list_commits(std::nullopt, -1, 0)).commits;
  std::sort(commits.begin(), commits.end(),
            [](const domain::Commit& a, const domain::Commit& b) { return a.id < b.id; });
  for (const domain::Commit& commit : commits) TRY(write(commit, report.counts.commits));
  for (const store::ScanRow& scan : TRY(reader_.scans())) TRY(write(scan, report.counts.scans));
  for (const store::IntentRow& intent : TRY(reader_.intents())) TRY(write(intent, report.counts.intents));
  report.sha256 = sum_.hex();
  json::object end{{"kind", "end"}};
  for (auto& [name, count] : to_json(report.counts)) end[name] = count;
  end["sha256"] = report.sha256;
  TRY(file_.append(json::serialize(end) + "\n"));
  return report;
}

// ── import ───────────────────────────────────────────────────────────────────────────────────────────────────────────

class Import {
 public:
  explicit Import(store::Transaction& transaction) : transaction_(transaction) {}

  Result<TransferReport> run(std::string_view text, WallTime now);

 private:
  Result<void> read_header(std::string_view line);
  Result<void> read_line(const json::object& line, WallTime now);
  Result<void> read_event(const json::object& line);
  Result<void> read_stream(const json::object& line);
  Result<void> check_end(const json::object& line);
  Result<void> insert_streams();
  tl::unexpected<Error> at_line(Error error) const {
    error.code = error.code == ErrorCode::kInternal ? ErrorCode::kInvalidArgument : error.code;
    if (error.hint.empty()) error.hint = "nothing was changed; export it again, or mend that line";
    return add_context(fmt::format("import: line {}", number_), std::move(error));
  }

  store::Transaction& transaction_;
  TransferReport report_;
  LineSum sum_;
  std::int64_t number_ = 0;
  std::int64_t last_revision_ = 0;
  std::map<std::string, Stream, std::less<>> replayed_;
  std::vector<std::string> order_;  ///< of the stream lines
  std::set<std::string, std::less<>> listed_;
  bool has_ended_ = false;
};

Result<void> Import::read_header(std::string_view line) {
  const json::object header = TRY(parse_json_object(line));
  if (find_string(header, "format").value_or("") != kTransferFormat)
    return fail(ErrorCode::kInvalidArgument, "format: it is no export of stream-status",
                "name a file that `stream-status export` has written");
  const std::int64_t version = TRY(number_field(header, "version"));
  if (version < 1 || version > kTransferVersion)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("version: {} is not known here, only up to {}", version, kTransferVersion),
                "import it with the stream-status that wrote it, or a later one");
  report_.revision = TRY(number_field(header, "revision"));
  if (report_.revision > kLargestRevision)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("revision: {} is above {}, which no project reaches", report_.revision, kLargestRevision));
  return {};
}

Result<void> Import::read_event(const json::object& line) {
  const store::EventRow event = TRY(event_of(line));
  if (event.revision <= last_revision_ || event.revision > report_.revision)
    return fail(ErrorCode::kInvalidArgument, fmt::format("event.revision: {} does not lie between {} and {}",
                                                         event.revision, last_revision_, report_.revision));
  Stream& stream = replayed_[event.stream_id.text];
  if (event.previous != stream.revision)  // folding follows it, and removes what it leads to
    return fail(ErrorCode::kInvalidArgument, fmt::format("previous: {}, and the event of {} before it is {}",
                                                         event.previous, event.stream_id.text, stream.revision));
  const auto change = api::decode(event.type, event.old_value, event.new_value);
  if (!change) return fail(ErrorCode::kInvalidArgument, "event: " + change.error().message);
  domain::apply(stream, *change, event.revision, event.at);
  if (stream.id != event.stream_id)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("event.streamId: {} does not begin with its creation", event.stream_id.text));
  last_revision_ = event.revision;
  return transaction_.import_event(event);
}

Result<void> Import::read_stream(const json::object& line) {
  const Stream stream = TRY(stream_of(line));
  const auto replayed = replayed_.find(stream.id.text);
  if (replayed == replayed_.end())
    return fail(ErrorCode::kInvalidArgument, fmt::format("stream.id: {} has no event", stream.id.text));
  if (!listed_.insert(stream.id.text).second)
    return fail(ErrorCode::kInvalidArgument, fmt::format("stream.id: {} comes twice", stream.id.text));
  const json::object wanted = api::to_json(replayed->second);
  for (const auto& [name, value] : api::to_json(stream))
    if (wanted.at(name) != value)
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("stream.{}: {}, and its events give {}", std::string_view(name), json::serialize(value),
                              json::serialize(wanted.at(name))));
  order_.push_back(stream.id.text);
  return {};
}

Result<void> Import::check_end(const json::object& line) {
  has_ended_ = true;
  const json::object counts = to_json(report_.counts);
  for (const auto& [name, count] : counts)
    if (TRY(number_field(line, name)) != count.get_int64())
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("{}: {} are announced, and {} are there", std::string_view(name),
                              json::serialize(line.at(name)), count.get_int64()));
  report_.sha256 = sum_.hex();
  if (TRY(text_field(line, "sha256")) != report_.sha256)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("sha256: the lines were changed since they were written (they give {})", report_.sha256));
  if (listed_.size() != replayed_.size())
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("streams: {} have events, and {} are listed", replayed_.size(), listed_.size()));
  return {};
}

Result<void> Import::read_line(const json::object& line, WallTime now) {
  const std::string kind = TRY(text_field(line, "kind"));
  TransferCounts& counts = report_.counts;
  if (kind == "event") return ++counts.events, read_event(line);
  if (kind == "stream") return ++counts.streams, read_stream(line);
  if (kind == "commit") return ++counts.commits, transaction_.insert_commit(TRY(commit_of(line)));
  if (kind == "scan") return ++counts.scans, transaction_.save_scan(TRY(scan_of(line)));
  if (kind == "intent") {
    ++counts.intents;
    TRY(transaction_.insert_intent(TRY(intent_of(line)), now));
    return {};
  }
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("kind: \"{}\" is none of event, stream, commit, scan, intent, end", shorten(kind, 40)));
}

/// First all streams, then who waits for whom: a blocker may be younger than the stream it blocks.
Result<void> Import::insert_streams() {
  for (const std::string& id : order_) {
    Stream alone = replayed_[id];
    alone.blockers.clear();
    TRY(transaction_.insert_stream(alone));
  }
  for (const std::string& id : order_) {
    const Stream& whole = replayed_[id];
    if (whole.blockers.empty()) continue;
    Stream alone = whole;
    alone.blockers.clear();
    TRY(transaction_.update_stream(alone, whole));
  }
  return {};
}

Result<TransferReport> Import::run(std::string_view text, WallTime now) {
  while (!text.empty()) {
    ++number_;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (has_ended_) return at_line({ErrorCode::kInvalidArgument, "something follows the end line"});
    if (number_ == 1) {
      if (const auto header = read_header(line); !header) return at_line(header.error());
      continue;
    }
    const auto object = parse_json_object(line);
    if (!object) return at_line(object.error());
    const bool is_end = find_string(*object, "kind").value_or("") == "end";
    if (!is_end) sum_.add(line);
    if (const auto read = is_end ? check_end(*object) : read_line(*object, now); !read) return at_line(read.error());
  }
  if (!has_ended_)
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("import: the file ends after line {} without its end line: it "
                            "is not whole",
                            number_),
                "nothing was changed; export it again");
  TRY(insert_streams());
  return std::move(report_);
}

}  // namespace

Result<TransferReport> export_database(const DatabaseAt& source, const std::string& project_name,
                                       const std::string& target, WallTime now) {
  os::NewFile file = TRY(os::NewFile::create(target));
  const auto store = TRY(open_alone(source));
  TransferReport report;
  {
    const auto reader = TRY(store->open_reader());
    report = TRY(Export(*store, *reader, file).run(project_name, now));
  }
  TRY(file.publish());
  return report;
}

Result<TransferReport> import_database(std::string_view text, const DatabaseAt& target, WallTime now) {
  TRY(store::remove_database(target.directory, target.file));
  const auto work = [&]() -> Result<TransferReport> {
    const auto store = TRY(open_alone(target));
    TransferReport report;
    {
      const auto transaction = TRY(store->begin(now));
      report = TRY(Import(*transaction).run(text, now));
      TRY(transaction->commit());
    }
    if (report.revision > store->head()) TRY(store->continue_above(report.revision));
    TRY(store->close());
    return report;
  };
  auto report = work();
  if (!report) (void)store::remove_database(target.directory, target.file);
  return report;
}

}  // namespace stream_status::service
