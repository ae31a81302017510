#include "lifecycle/lifecycle_test.h"

#include <signal.h>
#include <sys/wait.h>

#include <charconv>
#include <filesystem>

#include "support/database.h"

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

void reap_children() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

/// Of each server that opened the store of the directory, as its log tells, in order.
std::vector<int> epochs_of(const World& world, const std::string& directory) {
  std::vector<int> epochs;
  for (const std::string& line : world.log_lines("store_opened ", directory)) {
    const std::size_t at = line.find("epoch=") + 6;
    int epoch = 0;
    std::from_chars(line.data() + at, line.data() + line.size(), epoch);
    epochs.push_back(epoch);
  }
  return epochs;
}

}  // namespace

void LifecycleTest::TearDown() {
  for (const std::string& name : project_directories(world))
    EXPECT_LE(world.lock_holders(name).size(), 1u) << "two processes hold the server.lock of " << name;

  const Finished stopped = fs::exists(world.projects()) ? world.run({"stop", "--all"}, "/") : Finished{};
  const Deadline deadline(seconds{15});
  for (const SeenProcess& process : processes_of(world.root())) {
    const auto watched = os::watch_process(process.pid);
    if (!watched || wait_end(*watched, deadline)) continue;
    ADD_FAILURE() << "left behind: " << process.pid << " " << process.command << "\n`stop --all` said ("
                  << stopped.exit_code << "): " << stopped.out << stopped.err;
    send_signal(*watched, SIGKILL);
    wait_end(*watched);
  }
  reap_children();

  if (!takes_files_away) {
    EXPECT_EQ(lock_watch_.violations(), std::vector<std::string>{}) << "two servers at once";
    for (const std::string& name : project_directories(world)) {
      const std::vector<int> epochs = epochs_of(world, name);
      EXPECT_EQ(std::adjacent_find(epochs.begin(), epochs.end(), std::greater_equal<>()), epochs.end())
          << "epochs of " << name << " do not rise: " << ::testing::PrintToString(epochs);
    }
  }
  for (const std::string& name : project_directories(world)) {
    const std::string database = world.directory(name) + "/streams.db";
    if (fs::is_regular_file(database)) {
      EXPECT_EQ(integrity_of(database), "ok") << database;
    }
    if (HasFailure()) std::printf("---- log of %s\n%s----\n", name.c_str(), world.log(name).c_str());
  }
}

}  // namespace stream_status::testing
