#include "store/sqlite/connection.h"

#include <fmt/format.h>

#include <cerrno>

#include "base/json.h"
#include "base/text.h"

namespace stream_status::store {
namespace {

constexpr std::string_view kDamaged = "damaged";
constexpr std::string_view kUnreadable = "unreadable";
constexpr std::string_view kNewer = "newer";

bool has_mark(const Error& error, std::string_view mark) {
  return error.data.is_object() && error.data.get_object().if_contains(mark) != nullptr;
}

tl::unexpected<Error> fail_marked(std::string_view mark, std::string message, std::string hint,
                                  ErrorCode code = ErrorCode::kStorageFailed) {
  Error error{code, std::move(message), std::move(hint)};
  error.data = json::object{{mark, true}};
  return tl::make_unexpected(std::move(error));
}

/// SQLITE_FULL, and the ways in which a full disk or a used-up quota shows elsewhere (the log's index, for one).
bool is_disk_full(sqlite3* handle, int code) {
  if (code == SQLITE_FULL) return true;
  const int cause = sqlite3_system_errno(handle);
  return (code & 0xff) == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT);
}

tl::unexpected<Error> error_of(sqlite3* handle, std::string_view doing) {
  if (handle == nullptr)
    return fail(ErrorCode::kStorageFailed, fmt::format("{}: database: it is not open", doing), "send the call again");
  const int code = sqlite3_extended_errcode(handle);
  if (is_disk_full(handle, code))
    return fail(ErrorCode::kStorageFull, fmt::format("{}: database: the disk is full", doing),
                "free some disk space; nothing was changed, reads go on");
  return fail_with_code(code, fmt::format("{}: database: {} ({})", doing, sqlite3_errmsg(handle), code));
}

/// "file:…?immutable=1" (SQLite's URI form), in which three characters have a meaning.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#')
      fmt::format_to(std::back_inserter(uri), "%{:02X}", static_cast<unsigned char>(c));
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

int flags_of(OpenMode mode) {
  constexpr int kAlways = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (mode) {
    case OpenMode::kCreate: return kAlways | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case OpenMode::kReadWrite: return kAlways | SQLITE_OPEN_READWRITE;
    case OpenMode::kReadOnly: return kAlways | SQLITE_OPEN_READONLY;
    case OpenMode::kImmutable: break;
  }
  return kAlways | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
}

/// The statement's first words: enough to find it, without the text it carries.
std::string shorten_sql(std::string_view sql) { return shorten(sql.substr(sql.find_first_not_of(" \n")), 40); }

}  // namespace

bool is_damage(const Error& error) { return has_mark(error, kDamaged); }

bool is_unreadable(const Error& error) { return has_mark(error, kUnreadable) || error.code == ErrorCode::kStorageFull; }

bool is_newer(const Error& error) { return has_mark(error, kNewer); }

tl::unexpected<Error> fail_newer(std::string message) {
  return fail_marked(kNewer, std::move(message), "use the newer stream-status that wrote it; nothing was changed",
                     ErrorCode::kIncompatible);
}

tl::unexpected<Error> fail_damaged(std::string message, std::string hint) {
  return fail_marked(kDamaged, std::move(message), std::move(hint));
}

tl::unexpected<Error> fail_with_code(int code, std::string message) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail_damaged(std::move(message),
                          "stop the server (`stream-status restart`): its next start restores a backup");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_BUSY:
      return fail_marked(kUnreadable, std::move(message),
                         "look at the machine's disks (`dmesg`, `stream-status doctor`), then call again");
    default: return fail(ErrorCode::kStorageFailed, std::move(message), "see 'stream-status doctor'");
  }
}

Result<Connection> Connection::open(const std::string& path, OpenMode mode) {
  sqlite3* handle = nullptr;
  const std::string name = mode == OpenMode::kImmutable ? immutable_uri(path) : path;
  const int result = sqlite3_open_v2(name.c_str(), &handle, flags_of(mode), nullptr);
  Connection connection(handle);
  if (result != SQLITE_OK) return connection.error(fmt::format("open {}", path));
  sqlite3_busy_timeout(handle, 2000);
  return connection;
}

tl::unexpected<Error> Connection::error(std::string_view doing) const { return error_of(handle_.get(), doing); }

Result<void> Connection::execute(const char* sql) {
  if (!handle_) return error(shorten_sql(sql));
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error(shorten_sql(sql));
  return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
  if (!handle_) return error(shorten_sql(sql));
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
