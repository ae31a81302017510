#include "os/process_key.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "os/process.h"
#include "support/program.h"

namespace stream_status::os {
namespace {

std::string key_of(const ProcessIdentity& process) {
  return "0011223344556677-" + std::to_string(process.pid) + "-" + std::to_string(process.start_ticks) + "-" +
         std::to_string(process.pid_namespace) + "-" + process.boot_id.substr(0, 8);
}

TEST(ProcessKey, IsAnotherEachTimeAndOfAProcessThatRuns) {
  const std::string key = make_process_key();
  EXPECT_NE(key, make_process_key());
  EXPECT_EQ(fate_of(key), Fate::kRuns);
}

TEST(ProcessKey, TellsThatItsProcessHasEndedOnlyWhereThatIsProved) {
  testing::Program program({{"/bin/sleep", "300"}, {}});
  const auto running = find_process(program.pid());
  ASSERT_TRUE(running);
  EXPECT_EQ(fate_of(key_of(*running)), Fate::kRuns);

  ProcessIdentity other = *running;
  other.start_ticks += 1;
  EXPECT_EQ(fate_of(key_of(other)), Fate::kEnded) << "the number is another's by now";
  other = *running;
  other.boot_id = "00000000";
  EXPECT_EQ(fate_of(key_of(other)), Fate::kEnded) << "the machine was started anew";
  other = *running;
  other.pid_namespace += 1;
  other.start_ticks += 1;
  EXPECT_EQ(fate_of(key_of(other)), Fate::kUnknown) << "of a container that we do not see into";

  ASSERT_TRUE(testing::send_signal(program.process(), SIGKILL));
  testing::Deadline deadline;
  while (fate_of(key_of(*running)) == Fate::kRuns && !deadline.over()) {
  }
  EXPECT_EQ(fate_of(key_of(*running)), Fate::kEnded);
}

TEST(ProcessKey, OfAnotherFormTellsNothing) {
  for (const char* key :
       {"", "p1", "d8eebc87819c4114", "a-b-c-d-e", "a-1-2-3", "a-1-2-3-12345678-x", "a-0-2-3-12345678", "a-1-2-3-1234",
        "a--1-2-3-12345678", "a-99999999999999999999-2-3-12345678"})
    EXPECT_EQ(fate_of(key), Fate::kUnknown) << key;
}

}  // namespace
}  // namespace stream_status::os
