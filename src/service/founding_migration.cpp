#include "service/founding_migration.h"

#include <fmt/format.h>

#include <map>

#include "api/codec.h"
#include "base/overloaded.h"
#include "os/copy.h"
#include "os/file.h"
#include "os/file_parts.h"
#include "store/sqlite/founding.h"
#include "store/sqlite/sqlite_store.h"

namespace stream_status::service {
namespace {

using domain::Stream;

constexpr const char* kPartial = "founding.partial";
constexpr std::int64_t kEventsBetweenSigns = 5000;

/// "founding-20261122T140000Z.db"
std::string name_of_backup(WallTime now) {
  std::string time = format_rfc3339(now).substr(0, 19);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("founding-{}Z.db", time);
}

class Migration {
 public:
  Migration(const FoundingPlace& place, WallTime now, const FoundingProgress& progress)
      : place_(place), now_(now), progress_(progress), new_file_(place.file + ".migrated") {}

  Result<FoundingReport> run();

 private:
  /// The database's main file and its log as they were when the copy was made.
  struct Stamps {
    std::optional<os::FileStamp> database;
    std::optional<os::FileStamp> log;
    friend bool operator==(const Stamps&, const Stamps&) = default;
  };

  Result<void> refuse_users() const;
  Result<void> back_up();
  Result<void> copy_and_settle() const;
  Result<void> build(const Carried& carried, const store::FoundingTable& jobs);
  Result<void> fill(store::SqliteStore& store, const Carried& carried);
  Result<void> check(store::SqliteStore& store, const Carried& carried) const;
  Result<void> publish();
  Result<void> remove_parts() const;
  Stamps stamps() const {
    return {os::stamp_of(*place_.directory, place_.file), os::stamp_of(*place_.directory, place_.file + "-wal")};
  }
  std::string old_path() const { return fmt::format("{}/{}", place_.path, place_.file); }
  tl::unexpected<Error> missing(const std::string& what) const {
    return fail(ErrorCode::kStorageFailed, fmt::format("migrate {}: {}; it was left untouched", old_path(), what),
                "this is a defect of stream-status: move the directory away to start without the old streams");
  }

  const FoundingPlace& place_;
  WallTime now_;
  const FoundingProgress& progress_;
  std::string new_file_;
  std::string backup_;
  Stamps copied_;
  FoundingReport report_;
};

Result<void> Migration::refuse_users() const {
  const auto user = TRY(store::find_founding_user(*place_.directory, place_.file));
  if (!user) return {};
  const std::string who = *user > 0 ? fmt::format("process {}", *user) : std::string("another process");
  const std::string way = *user > 0 ? fmt::format("kill {}", *user) : std::string("end it");
  return fail(ErrorCode::kIncompatible,
              fmt::format("migrate {}: {} has this founding database open: an MCP server of the founding Node "
                          "implementation",
                          old_path(), who),
              fmt::format("stop it first ({}, or end the agent that started it), then call again", way));
}

Result<void> Migration::remove_parts() const {
  for (const char* side : {"", "-wal", "-shm", "-journal"})
    TRY(os::remove_file(*place_.backups, kPartial + std::string(side)));
  for (const char* side : {"", "-wal", "-shm", "-journal", ".new", ".new-wal", ".new-shm"})
    TRY(os::remove_file(*place_.directory, new_file_ + side));
  return {};
}

Result<void> Migration::copy_and_settle() const {
  TRY(os::copy_file(*place_.directory, place_.file, *place_.backups, kPartial));
  // The log holds what the founding program wrote last; the index beside it (-shm) is made anew from it.
  const std::string log = place_.file + "-wal";
  if (os::file_size(*place_.directory, log))
    TRY(os::copy_file(*place_.directory, log, *place_.backups, std::string(kPartial) + "-wal"));
  return store::settle_founding_copy(fmt::format("{}/{}", place_.backups_path, kPartial));
}

Result<void> Migration::back_up() {
  progress_("back up");
  copied_ = stamps();
  if (auto copied = copy_and_settle(); !copied) {
    Error error = std::move(copied).error();
    error.message =
        fmt::format("migrate the founding database {}: {}; it was left untouched", old_path(), error.message);
    if (error.code == ErrorCode::kStorageFailed)
      error.hint = fmt::format(
          "repair it (sqlite3 '{}' .recover), put a good copy in its place, or move the directory "
          "away to start without it",
          old_path());
    return tl::make_unexpected(std::move(error));
  }
  if (copied_ != stamps())
    return fail(ErrorCode::kIncompatible, fmt::format("migrate {}: it was written to meanwhile", old_path()),
                "end the agents whose MCP server is the founding Node implementation, then call again");
  const std::string name = name_of_backup(now_);
  TRY(os::publish_file(*place_.backups, kPartial, *place_.backups, name));
  backup_ = name;
  report_.backup = fmt::format("{}/{}", place_.backups_path, name);
  return {};
}

/// Everything in one transaction of a store of its own, under another name.
Result<void> Migration::build(const Carried& carried, const store::FoundingTable& jobs) {
  progress_("build");
  {
    store::OpenReport ignored;
    const auto store = TRY(store::SqliteStore::open(
        {place_.directory, place_.path, new_file_},
        [](store::SqliteStore&, std::int64_t) -> Result<void> { return {}; }, ignored));
    TRY(fill(*store, carried));
    progress_("check");
    TRY(check(*store, carried));
    TRY(store->close());
  }
  TRY(store::save_founding_rest(fmt::format("{}/{}", place_.path, new_file_), jobs, carried.remainders));
  if (os::file_size(*place_.directory, new_file_ + "-wal")) return missing("the new database kept its log");
  return {};
}

Result<void> Migration::fill(store::SqliteStore& store, const Carried& carried) {
  const auto transaction = TRY(store.begin(now_));
  std::map<std::string, Stream, std::less<>> states;
  std::vector<domain::Commit> commits;
  for (const CarriedEvent& event : carried.events) {
    Stream& stream = states[event.stream.text];
    const std::int64_t revision = transaction->next_revision();
    const std::int64_t previous = stream.revision;
    domain::Change change = event.change;
    if (auto* added = std::get_if<domain::CommitAdded>(&change)) {
      added->commit.revision = revision;
      commits.push_back(added->commit);
    }
    domain::apply(stream, change, revision, event.at);
    const api::EncodedChange encoded =
        std::holds_alternative<domain::Created>(change) ? api::encode(domain::Created{stream}) : api::encode(change);
    TRY(transaction->append_event({.revision = 0,
                                   .previous = previous,
                                   .stream_id = event.stream,
                                   .type = std::string(domain::type_of(change)),
                                   .old_value = encoded.old_value,
                                   .new_value = encoded.new_value,
                                   .agent = {std::string(kFoundingAgent)},
                                   .at = event.at}));
    if (revision % kEventsBetweenSigns == 0) progress_("build");
  }
  // First all streams, then who waits for whom: a blocker may be younger than the stream it blocks.
  for (const Stream& end : carried.streams) {
    Stream alone = states[end.id.text];
    alone.blockers.clear();
    TRY(transaction->insert_stream(alone));
  }
  for (const Stream& end : carried.streams) {
    const Stream& whole = states[end.id.text];
    if (whole.blockers.empty()) continue;
    Stream alone = whole;
    alone.blockers.clear();
    TRY(transaction->update_stream(alone, whole));
  }
  for (const domain::Commit& commit : commits) TRY(transaction->insert_commit(commit));
  TRY(transaction->commit());
  return {};
}

/// Reads back what was written: the log alone must rebuild each stream as its row says, and no row may be missing.
Result<void> Migration::check(store::SqliteStore& store, const Carried& carried) const {
  const auto reader = TRY(store.open_reader());
  std::map<std::string, Stream, std::less<>> rebuilt;
  std::int64_t events = 0;
  for (;;) {
    const auto block = TRY(reader->events_after(events, kEventsBetweenSigns));
    if (block.empty()) break;
    for (const store::EventRow& event : block) {
      const auto change = TRY(api::decode(event.type, event.old_value, event.new_value));
      domain::apply(rebuilt[event.stream_id.text], change, event.revision, event.at);
      ++events;
    }
    progress_("check");
  }
  if (events != static_cast<std::int64_t>(carried.events.size()))
    return missing(fmt::format("{} of {} events were stored", events, carried.events.size()));
  const auto page = TRY(reader->list_streams({}));
  if (page.streams.size() != carried.streams.size())
    return missing(fmt::format("{} of {} streams were stored", page.streams.size(), carried.streams.size()));
  for (std::size_t i = 0; i < page.streams.size(); ++i) {
    const Stream& stored = page.streams[page.streams.size() - 1 - i];  // newest first
    Stream wanted = carried.streams[i];
    wanted.revision = stored.revision;
    if (stored != wanted || stored != rebuilt[stored.id.text])
      return missing(fmt::format("stream {} did not come out as it was", stored.id.text));
  }
  const auto commits = TRY(reader->list_commits(std::nullopt, 1, 0));
  const std::int64_t expected = carried.counts.commits - carried.counts.double_commits;
  if (commits.total != expected) return missing(fmt::format("{} of {} commits were stored", commits.total, expected));
  return {};
}

/// Under SQLite's own exclusive lock on the old database, whose log is in it by then: alone it is complete, and so is
/// the file that replaces it.
Result<void> Migration::publish() {
  progress_("publish");
  if (copied_ != stamps())
    return fail(ErrorCode::kIncompatible, fmt::format("migrate {}: it was written to meanwhile", old_path()),
                "end the agents whose MCP server is the founding Node implementation, then call again");
  const auto guard = TRY(store::FoundingGuard::hold(old_path()));
  progress_("replace");
  TRY(os::remove_file(*place_.directory, place_.file + "-wal"));
  TRY(os::remove_file(*place_.directory, place_.file + "-shm"));
  return os::publish_file(*place_.directory, new_file_, *place_.directory, place_.file);
}

Result<FoundingReport> Migration::run() {
  TRY(refuse_users());
  TRY(remove_parts());
  const auto work = [&]() -> Result<void> {
    TRY(back_up());
    const store::FoundingDatabase database = TRY(store::read_founding_database(report_.backup));
    const Carried carried = carry_over(database, now_);
    report_.rows = carried.counts;
    report_.events = static_cast<std::int64_t>(carried.events.size());
    report_.remainders = static_cast<std::int64_t>(carried.remainders.size());
    report_.other_tables = database.other_tables;
    report_.summary_jobs = static_cast<std::int64_t>(database.summary_jobs.rows.size());
    if (const auto status = database.summary_jobs.find_column("status"))
      for (const auto& job : database.summary_jobs.rows)
        report_.pending_jobs += job.values[*status] == "pending" || job.values[*status] == "processing" ? 1 : 0;
    TRY(build(carried, database.summary_jobs));
    return publish();
  };
  if (auto done = work(); !done) {
    // The old database is as it was: what was made for it goes, so that failing starts do not fill the disk.
    (void)remove_parts();
    if (!backup_.empty()) (void)os::remove_file(*place_.backups, backup_);
    return tl::make_unexpected(std::move(done).error());
  }
  return std::move(report_);
}

}  // namespace

Result<FoundingReport> migrate_founding(const FoundingPlace& place, WallTime now, const FoundingProgress& progress) {
  return Migration(place, now, progress).run();
}

}  // namespace stream_status::service
