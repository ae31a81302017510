// SQLite's C API behind RAII: connections and prepared statements, one door for its errors. Nothing of
// the schema is known here.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stream_status::store {

/// kCreate makes the file when there is none. kImmutable: a file that nobody writes, read without locks and side files.
enum class OpenMode { kCreate, kReadWrite, kReadOnly, kImmutable };

/// Did SQLite say that the file itself is wrong (SQLITE_CORRUPT, SQLITE_NOTADB), not only that it can not be used now?
bool is_damage(const Error& error);
/// Did the disk or the system fail, not the file? Then it may be whole, and nothing else must take its place.
bool is_unreadable(const Error& error);
/// Is it a database of ours, written by a newer version? Then nothing older must take its place.
bool is_newer(const Error& error);
/// As fail(kIncompatible, …), for which is_newer is true.
tl::unexpected<Error> fail_newer(std::string message);
/// SQLite's error for a result code, extended or not: kStorageFailed, of one of the two kinds above or of none.
tl::unexpected<Error> fail_with_code(int code, std::string message);
/// As fail(kStorageFailed, …), for which is_damage is true.
tl::unexpected<Error> fail_damaged(std::string message, std::string hint = {});

class Statement;

/// One connection, one thread at a time.
class Connection {
 public:
  static Result<Connection> open(const std::string& path, OpenMode mode);

  Result<void> execute(const char* sql);
  /// Prepares for many uses (SQLITE_PREPARE_PERSISTENT).
  Result<Statement> prepare(std::string_view sql);
  /// First column of the first row.
  Result<std::int64_t> query_integer(std::string_view sql);
  Result<std::string> query_text(std::string_view sql);

  bool in_transaction() const { return handle_ && sqlite3_get_autocommit(handle_.get()) == 0; }
  sqlite3* handle() const { return handle_.get(); }
  /// Does the last connection that closes move the log into the database and remove it? It does unless told otherwise.
  enum class LogAtClose { kMoved, kKept };
  void set_log_at_close(LogAtClose what) const {
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, what == LogAtClose::kKept ? 1 : 0, nullptr);
  }
  /// Gives up the file; from now on every call fails.
  void close() { handle_.reset(); }

  /// The last error of this connection: a full disk is kStorageFull, all others kStorageFailed.
  tl::unexpected<Error> error(std::string_view doing) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit Connection(sqlite3* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement. Bind in order, step, read columns; `reset` before the next use (Use does it).
class Statement {
 public:
  Statement() = default;

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);  ///< the text must live until the next reset
  Statement& bind_null();
  Statement& bind(const std::optional<std::int64_t>& value);

  /// True: a row is there. False: done. Error: kStorageFull, kStorageFailed.
  Result<bool> step();
  /// Steps to the end.
  Result<void> run();
  void reset();

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  std::string_view text(int column) const;
  bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int next_ = 1;
};

/// Scope of one use of a statement: reset when it ends, so that no read stays open.
class Use {
 public:
  explicit Use(Statement& statement) : statement_(statement) {}
  ~Use() { statement_.reset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  Statement* operator->() { return &statement_; }
  Statement& operator*() { return statement_; }

 private:
  Statement& statement_;
};

}  // namespace stream_status::store
