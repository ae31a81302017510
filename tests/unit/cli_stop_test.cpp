// `stop` against a server that a test makes: one that does not hear at once, and one that hears and does not leave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "cli/cli.h"
#include "cli_world.h"
#include "support/server_thread.h"

namespace stream_status::cli {
namespace {

using stream_status::testing::ClientWorld;
using stream_status::testing::FakeServer;
using stream_status::testing::Reply;
using stream_status::testing::Request;
using stream_status::testing::ServerThread;
using ::testing::HasSubstr;

/// Each look at it is a tenth of a second later: the time of the program, in none of the test's.
class HastyClock final : public os::Clock {
 public:
  WallTime wall() const override { return from_unix_ms(1'790'000'000'000); }
  MonotonicTime monotonic() const override { return now_ += milliseconds{100}; }
  WallTime local_midnight(WallTime now) const override { return now; }

 private:
  mutable MonotonicTime now_{std::chrono::hours{1}};
};

class CliStop : public ::testing::Test, protected stream_status::testing::CliWorld {
 protected:
  /// The server does this at the n-th call to stop; the exit code of the command.
  int stop(const std::function<Reply(FakeServer&, std::size_t)>& at_call) {
    FakeServer& server = board.start_server("instance-1");
    server.write_lock_text(R"({"pid":1,"phase":"ready","progress":4})");
    server.answer = [&](const Request&) { return at_call(server, server.requests.size()); };
    {
      const ServerThread running(server);
      const HastyClock hasty;
      const CliWorld& texts = *this;
      const cli::World usual = CliWorld::world();
      const cli::World real{hasty, texts.environment, "/", texts.executable, usual.user_name, usual.out, usual.err};
      const std::vector<std::string> words = {"stream-status", "stop",      "--json",          "--home",
                                              board.home.base, "--project", board.project.root};
      exit_code = cli::run(words, real);
    }
    requests = server.requests.size();
    return exit_code;
  }
  static Reply leaves(FakeServer& server) {
    server.let_go_of_lock();
    return {Reply::Kind::kAnswer, 200, R"({"success":true})"};
  }

  ClientWorld board;
  int exit_code = -1;
  std::size_t requests = 0;
};

TEST_F(CliStop, AsksAgainUntilItIsHeard) {
  EXPECT_EQ(stop([](FakeServer& server, std::size_t call) {
              if (call == 1) return Reply::close();
              if (call == 2) return Reply{Reply::Kind::kAnswer, 409, R"({"code":"conflict"})"};
              return leaves(server);
            }),
            0)
      << err;
  EXPECT_EQ(requests, 3u);
  EXPECT_THAT(out, HasSubstr(board.project.root));
}

TEST_F(CliStop, SaysStoppedWhenTheServerLeavesWithoutAnAnswer) {
  EXPECT_EQ(stop([](FakeServer& server, std::size_t) {
              server.let_go_of_lock();
              return Reply::close();
            }),
            0)
      << err;
  EXPECT_EQ(requests, 1u);
  EXPECT_THAT(out, HasSubstr(board.project.root));
}

TEST_F(CliStop, AsksAgainWhoHasHeardAndShowsNoProgressButAnswers) {
  EXPECT_EQ(stop([](FakeServer& server, std::size_t call) {
              if (call == 1) return Reply{Reply::Kind::kAnswer, 200, "{}"};
              return leaves(server);
            }),
            0)
      << err;
  EXPECT_EQ(requests, 2u);
}

}  // namespace
}  // namespace stream_status::cli
