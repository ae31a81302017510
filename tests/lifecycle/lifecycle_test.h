// The fixture of all lifecycle tests: a world of the test's own, and what must hold after every one of them
// (lifecycle.md, "Faults the suite must inject").
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "support/agent.h"
#include "support/faults.h"
#include "support/http.h"
#include "support/lock_watch.h"
#include "support/world.h"

namespace stream_status::testing {

// Instrumented programs take many times the memory and time: crowds are smaller there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kCrowd = 40;
inline constexpr int kSlowness = 10;  ///< roughly
#else
inline constexpr int kCrowd = 200;
inline constexpr int kSlowness = 1;
#endif

/// STREAM_STATUS_BIN of the environment, else the build tree's.
inline std::string programs_directory() {
  const char* set = std::getenv("STREAM_STATUS_BIN");
  return set != nullptr ? set : STREAM_STATUS_BIN;
}

/// A number from the environment, for longer runs than ./test does.
inline int number_from_environment(const char* name, int usual) {
  const char* set = std::getenv(name);
  return set != nullptr && std::atoi(set) > 0 ? std::atoi(set) : usual;
}

class LifecycleTest : public ::testing::Test {
 protected:
  /// One lock holder at most, at any moment; each server's epoch above the one before; every server stops when asked;
  /// no process is left; every database is whole.
  void TearDown() override;

  World world{programs_directory()};
  /// The test removes or replaces server.lock or the database of a living server: until that server finds out, there
  /// may be two, and epochs may begin anew. What must hold then, the test itself looks at.
  bool takes_files_away = false;

 private:
  LockWatch lock_watch_{world.projects()};
};

/// "after_lock" → "AfterLock", for INSTANTIATE_TEST_SUITE_P.
inline std::string name_of_point(const ::testing::TestParamInfo<const char*>& point) {
  std::string name;
  bool upper = true;
  for (const char* c = point.param; *c != '\0'; ++c) {
    if (*c != '_') name += upper ? static_cast<char>(*c - 'a' + 'A') : *c;
    upper = *c == '_';
  }
  return name;
}

/// The same with programs that have fault points.
class FaultTest : public LifecycleTest {
 protected:
  Faults faults{world, programs_directory() + "/faulty"};
};

}  // namespace stream_status::testing
