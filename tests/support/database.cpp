#include "support/database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>

namespace stream_status::testing {
namespace {

/// Null when it can not be opened.
std::shared_ptr<sqlite3> open_database(const std::string& path) {
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
  std::shared_ptr<sqlite3> database(handle, sqlite3_close);
  if (result != SQLITE_OK) return nullptr;
  sqlite3_busy_timeout(handle, 10'000);
  return database;
}

}  // namespace

std::vector<std::vector<std::string>> rows_of(const std::string& database, const std::string& query) {
  std::vector<std::vector<std::string>> rows;
  const auto handle = open_database(database);
  sqlite3_stmt* prepared = nullptr;
  if (!handle || sqlite3_prepare_v2(handle.get(), query.c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
    ADD_FAILURE() << database << ": " << query << ": " << (handle ? sqlite3_errmsg(handle.get()) : "can not be opened");
    return rows;
  }
  const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(prepared, sqlite3_finalize);
  int state = SQLITE_ROW;
  while ((state = sqlite3_step(prepared)) == SQLITE_ROW) {
    std::vector<std::string>& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(prepared); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(prepared, i));
      row.emplace_back(text != nullptr ? text : "");
    }
  }
  EXPECT_EQ(state, SQLITE_DONE) << database << ": " << query << ": " << sqlite3_errmsg(handle.get());
  return rows;
}

std::string integrity_of(const std::string& database) {
  const auto rows = rows_of(database, "PRAGMA integrity_check");
  return rows.empty() ? "can not be read" : rows.front().front();
}

}  // namespace stream_status::testing
