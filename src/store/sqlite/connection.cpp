#include "store/sqlite/connection.h"

#include <fmt/format.h>

#include "base/text.h"

namespace stream_status::store {
namespace {

tl::unexpected<Error> error_of(sqlite3* handle, std::string_view doing) {
  const int code = sqlite3_errcode(handle);
  if (code == SQLITE_FULL)
    return fail(ErrorCode::kStorageFull, fmt::format("{}: database: the disk is full", doing),
                "free some disk space; nothing was changed, reads go on");
  return fail(ErrorCode::kStorageFailed,
              fmt::format("{}: database: {} ({})", doing, sqlite3_errmsg(handle), sqlite3_extended_errcode(handle)),
              "see 'stream-status doctor'");
}

/// The statement's first words: enough to find it, without the text it carries.
std::string shorten_sql(std::string_view sql) { return shorten(sql.substr(sql.find_first_not_of(" \n")), 40); }

}  // namespace

Result<Connection> Connection::open(const std::string& path, OpenMode mode) {
  sqlite3* handle = nullptr;
  const int flags = (mode == OpenMode::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Connection connection(handle);
  if (result != SQLITE_OK) return connection.error(fmt::format("open {}", path));
  sqlite3_busy_timeout(handle, 2000);
  return connection;
}

tl::unexpected<Error> Connection::error(std::string_view doing) const { return error_of(handle_.get(), doing); }

Result<void> Connection::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error(shorten_sql(sql));
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  if (sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle,
                         nullptr) != SQLITE_OK)
    return error(shorten_sql(sql));
  return Statement(handle);
}

Result<std::int64_t> Connection::query_integer(std::string_view sql) {
  Statement statement = TRY(prepare(sql));
  if (!TRY(statement.step())) return fail(ErrorCode::kStorageFailed, fmt::format("{}: no row", shorten_sql(sql)));
  return statement.integer(0);
}

Result<std::string> Connection::query_text(std::string_view sql) {
  Statement statement = TRY(prepare(sql));
  if (!TRY(statement.step())) return fail(ErrorCode::kStorageFailed, fmt::format("{}: no row", shorten_sql(sql)));
  return std::string(statement.text(0));
}

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), next_++, value);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_text(handle_.get(), next_++, text.data() == nullptr ? "" : text.data(), static_cast<int>(text.size()),
                    SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind_null() {
  sqlite3_bind_null(handle_.get(), next_++);
  return *this;
}

Statement& Statement::bind(const std::optional<std::int64_t>& value) { return value ? bind(*value) : bind_null(); }

Result<bool> Statement::step() {
  const int result = sqlite3_step(handle_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return error_of(sqlite3_db_handle(handle_.get()), shorten_sql(sqlite3_sql(handle_.get())));
}

Result<void> Statement::run() {
  while (TRY(step())) {
  }
  return {};
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  next_ = 1;
}

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

}  // namespace stream_status::store
