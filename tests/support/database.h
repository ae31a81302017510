// A project's database as SQLite itself sees it: nothing of the store is between it and the test.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace stream_status::testing {

/// "ok", or what PRAGMA integrity_check complains about.
std::string integrity_of(const std::string& database);

/// Rows as texts, NULL as "". The test fails when the query does; a server may have the database open.
std::vector<std::vector<std::string>> rows_of(const std::string& database, const std::string& query);

}  // namespace stream_status::testing
