#include "store/sqlite/database_file.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include "os/file.h"
#include "os/file_parts.h"
#include "store/sqlite/schema.h"

namespace stream_status::store {
namespace {

Result<std::int64_t> meta_value(Connection& connection, std::string_view key) {
  return connection.query_integer(fmt::format("SELECT coalesce((SELECT value FROM meta WHERE key = '{}'), 0)", key));
}

Result<DatabaseFacts> read_facts(Connection& connection, const std::string& path) {
  DatabaseFacts facts;
  const std::int64_t application = TRY(connection.query_integer("PRAGMA application_id"));
  facts.schema = TRY(connection.query_integer("PRAGMA user_version"));
  if (application != kApplicationId || facts.schema < 1)
    return fail(ErrorCode::kIncompatible, fmt::format("read {}: it is no database of stream-status", path),
                "name a backup that stream-status has made; nothing was changed");
  if (facts.schema > kSchemaVersion)
    return fail_newer(
        fmt::format("read {}: schema {} is newer than this version knows ({})", path, facts.schema, kSchemaVersion));
  facts.revision = TRY(connection.query_integer(kNewestRevision));
  facts.epoch = TRY(meta_value(connection, "epoch"));
  facts.was_closed = TRY(meta_value(connection, "clean")) != 0;
  facts.streams = TRY(connection.query_integer("SELECT count(*) FROM streams"));
  return facts;
}

/// Opening it needs no check, and no log is missing. Without a journal: the file has no name of its own yet, and is
/// thrown away when this fails.
Result<void> mark_as_closed(const std::string& path) {
  Connection connection = TRY(Connection::open(path, OpenMode::kReadWrite));
  TRY(connection.query_text("PRAGMA journal_mode = MEMORY"));
  return connection.execute("PRAGMA synchronous = OFF; UPDATE meta SET value = 1 WHERE key = 'clean'");
}

/// A check goes on when the disk does not give it a page, and puts SQLite's code into its verdict: that says nothing of
/// the page itself. Source: SQLite 3.40, btree.c, checkTreePage and checkList.
std::optional<int> unread_page_code(std::string_view verdict) {
  constexpr std::string_view kWords = "unable to get the page. error code=";
  const std::size_t at = verdict.find(kWords);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = verdict.substr(at + kWords.size());
  int code = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), code);
  return code;
}

}  // namespace

Result<void> remove_database(const os::Fd& directory, const std::string& file) {
  for (const char* side : {"", "-wal", "-shm", "-journal", ".new", ".new-wal", ".new-shm"})
    TRY(os::remove_file(directory, file + side));
  return {};
}

Result<std::string> verdict_of(Connection& connection, Check check) {
  if (check == Check::kNone) return std::string("ok");
  std::string verdict =
      TRY(connection.query_text(check == Check::kFull ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)"));
  if (const auto code = unread_page_code(verdict)) {
    const auto failure = fail_with_code(*code, fmt::format("check the database: {}", verdict));
    if (is_unreadable(failure.value())) return failure;
  }
  return verdict;
}

Result<DatabaseFacts> examine_database(const std::string& path, OpenMode mode, Check check) {
  Connection connection = TRY(Connection::open(path, mode));
  TRY(connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF"));
  DatabaseFacts facts = TRY(read_facts(connection, path));
  if (const std::string verdict = TRY(verdict_of(connection, check)); verdict != "ok")
    return fail_damaged(fmt::format("read {}: the database is damaged: {}", path, verdict));
  return facts;
}

Result<DatabaseFacts> copy_into(Connection& connection, const std::string& target) {
  TRY(os::create_private_file(target));  // first: nobody else can read it at any moment
  const auto work = [&]() -> Result<DatabaseFacts> {
    Statement copy = TRY(connection.prepare("VACUUM INTO ?"));
    copy.bind(target);
    TRY(copy.run());
    TRY(mark_as_closed(target));
    return examine_database(target, OpenMode::kImmutable, Check::kNone);
  };
  auto copied = work();
  if (!copied)
    for (const char* side : {"", "-journal"}) std::remove((target + side).c_str());
  return copied;
}

Result<DatabaseFacts> copy_database(const std::string& path, const std::string& target) {
  {
    Connection connection = TRY(Connection::open(path, OpenMode::kReadWrite));
    TRY(copy_into(connection, target));
  }
  return examine_database(target, OpenMode::kImmutable, Check::kFull);
}

Result<void> continue_above(const std::string& path, std::int64_t revision, std::int64_t epoch) {
  Connection connection = TRY(Connection::open(path, OpenMode::kReadWrite));
  TRY(connection.query_text("PRAGMA journal_mode = DELETE"));
  return connection.execute(fmt::format("BEGIN IMMEDIATE;"
                                        "INSERT OR REPLACE INTO meta VALUES ('revision_floor', {0}),"
                                        " ('readers_floor', {0}), ('epoch', {1}), ('clean', 1);"
                                        "COMMIT",
                                        revision, epoch)
                                .c_str());
}

}  // namespace stream_status::store
