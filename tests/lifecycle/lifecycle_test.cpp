#include "lifecycle/lifecycle_test.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include <filesystem>

namespace stream_status::testing {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> project_directories(const World& world) {
  std::vector<std::string> names;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(world.projects(), absent))
    if (entry.is_directory()) names.push_back(entry.path().filename());
  return names;
}

std::string integrity_of(const std::string& database) {
  sqlite3* handle = nullptr;
  std::string verdict = "can not be opened";
  if (sqlite3_open_v2(database.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(handle, "PRAGMA integrity_check", -1, &statement, nullptr);
    verdict = sqlite3_step(statement) == SQLITE_ROW ? reinterpret_cast<const char*>(sqlite3_column_text(statement, 0))
                                                    : sqlite3_errmsg(handle);
    sqlite3_finalize(statement);
  }
  sqlite3_close(handle);
  return verdict;
}

void reap_children() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

}  // namespace

void LifecycleTest::TearDown() {
  for (const std::string& name : project_directories(world))
    EXPECT_LE(world.lock_holders(name).size(), 1u) << "two processes hold the server.lock of " << name;

  if (fs::exists(world.projects())) world.run({"stop", "--all"}, "/");
  const Deadline deadline(seconds{15});
  for (const SeenProcess& process : processes_of(world.root())) {
    const auto watched = os::watch_process(process.pid);
    if (!watched || wait_end(*watched, deadline)) continue;
    ADD_FAILURE() << "left behind: " << process.pid << " " << process.command;
    send_signal(*watched, SIGKILL);
    wait_end(*watched);
  }
  reap_children();

  for (const std::string& name : project_directories(world)) {
    const std::string database = world.directory(name) + "/streams.db";
    if (fs::is_regular_file(database)) {
      EXPECT_EQ(integrity_of(database), "ok") << database;
    }
    if (HasFailure()) std::printf("---- log of %s\n%s----\n", name.c_str(), world.log(name).c_str());
  }
}

}  // namespace stream_status::testing
