#include "cli/stdio_host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "support/client_world.h"

namespace stream_status::cli {
namespace {

using State = StdioHost::State;

/// Answers in the next step, or holds calls back until it is told.
class HeldBackend final : public DrivenBackend {
 public:
  enum class Answers { kNextStep, kHeld } answers = Answers::kNextStep;
  int taken = 0;

  Ticket call(const api::Operation&, json::object, As, Done done) override {
    held_.push_back(std::move(done));
    return static_cast<Ticket>(++taken);
  }
  void cancel(Ticket) override {}
  void add_wait(std::vector<os::PollEntry>&) const override {}
  std::optional<MonotonicTime> wake_at() const override { return wake; }
  void step(MonotonicTime, const std::vector<os::PollEntry>&) override {
    if (answers == Answers::kHeld) return;
    for (Done& done : std::exchange(held_, {})) done(json::value{{"activeStreams", 1}});
  }

  std::optional<MonotonicTime> wake;

 private:
  std::vector<Done> held_;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends;
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read = os::Fd{ends[0]};
    write = os::Fd{ends[1]};
  }
  os::Fd read;
  os::Fd write;
};

/// A client that writes to the host's input and reads its output, each without waiting.
class CliStdioHost : public ::testing::Test {
 protected:
  CliStdioHost() {
    ::fcntl(input.write.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
  }

  std::vector<os::PollEntry> wait_now() {
    std::vector<os::PollEntry> entries;
    host.add_wait(entries);
    os::poll(entries, milliseconds{0});
    return entries;
  }
  State turn() { return host.step(clock.monotonic(), wait_now()); }

  void say(std::string_view text) {
    ASSERT_EQ(::write(input.write.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void hang_up() { input.write.reset(); }

  /// Writes text that does not fit the pipe at once, with turns of the host between.
  void say_all(std::string_view text) {
    while (!text.empty()) {
      const ssize_t wrote = ::write(input.write.get(), text.data(), text.size());
      if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
      ASSERT_EQ(turn(), State::kRunning);
    }
  }

  /// All lines that can be read now.
  std::vector<std::string> hear() {
    std::array<char, 65536> buffer;
    for (ssize_t got = 0; (got = ::read(output.read.get(), buffer.data(), buffer.size())) > 0;)
      heard.append(buffer.data(), static_cast<std::size_t>(got));
    std::vector<std::string> lines;
    for (std::size_t end = 0; (end = heard.find('\n')) != std::string::npos; heard.erase(0, end + 1))
      lines.push_back(heard.substr(0, end));
    return lines;
  }

  static std::string ping(int id) { return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"ping"}})", id); }
  static std::string pong(int id) { return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{}}}})", id); }
  static std::string stats_call(int id) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"get_stream_stats"}}}})",
                       id);
  }

  testing::HandClock clock;
  HeldBackend backend;
  Pipe input;
  Pipe output;
  Pipe parent;
  StdioHost host{{input.read.get(), output.write.get(), parent.read.get()}, backend};
  std::string heard;
};

using Lines = std::vector<std::string>;

TEST_F(CliStdioHost, ALineIsAnsweredInTheSameStep) {
  say(ping(1) + "\n");
  EXPECT_EQ(turn(), State::kRunning);
  EXPECT_EQ(hear(), Lines{pong(1)});
}

TEST_F(CliStdioHost, ACallThatTheBackendAnswersInItsStepNeedsNoSecondWait) {
  say(stats_call(7) + "\n");
  turn();
  const Lines lines = hear();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find(R"("id":7)"), std::string::npos);
  EXPECT_EQ(backend.taken, 1);
}

TEST_F(CliStdioHost, LinesArriveInPiecesTogetherAndWithCarriageReturns) {
  const std::string first = ping(1);
  say(first.substr(0, 10));
  turn();
  EXPECT_EQ(hear(), Lines{});
  say(first.substr(10) + "\r\n\r\n\n" + ping(2) + "\n" + ping(3).substr(0, 4));
  turn();
  EXPECT_EQ(hear(), (Lines{pong(1), pong(2)}));
  say(ping(3).substr(4) + "\n");
  turn();
  EXPECT_EQ(hear(), Lines{pong(3)});
}

TEST_F(CliStdioHost, TheLastLineMayLackItsNewline) {
  say(ping(1) + "\n" + ping(2));
  hang_up();
  EXPECT_EQ(turn(), State::kRunning);  // more may come until the end of file is read
  EXPECT_EQ(turn(), State::kEnded);
  EXPECT_EQ(hear(), (Lines{pong(1), pong(2)}));
}

TEST_F(CliStdioHost, ItEndsAtOnceWhenNothingIsInFlight) {
  EXPECT_EQ(turn(), State::kRunning);
  hang_up();
  EXPECT_EQ(turn(), State::kEnded);
}

TEST_F(CliStdioHost, CallsInFlightMayFinishAfterTheEndOfInput) {
  backend.answers = HeldBackend::Answers::kHeld;
  say(stats_call(1) + "\n");
  turn();
  hang_up();
  EXPECT_EQ(turn(), State::kRunning);
  EXPECT_EQ(host.wake_at(), clock.monotonic() + milliseconds{150});
  backend.answers = HeldBackend::Answers::kNextStep;
  EXPECT_EQ(turn(), State::kEnded);
  EXPECT_EQ(hear().size(), 1U);
}

TEST_F(CliStdioHost, ACallThatDoesNotFinishIsLeftAfter150Ms) {
  backend.answers = HeldBackend::Answers::kHeld;
  say(stats_call(1) + "\n");
  turn();
  hang_up();
  turn();
  clock.advance(milliseconds{149});
  EXPECT_EQ(turn(), State::kRunning);
  clock.advance(milliseconds{1});
  EXPECT_EQ(turn(), State::kEnded);
}

TEST_F(CliStdioHost, AnOversizedLineIsRefusedWithItsSizeAndTheNextOneIsRead) {
  say_all(std::string(5 * (std::size_t{1} << 20), 'x') + "\n" + ping(2) + "\n");
  const Lines lines = hear();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("\"error\""), std::string::npos);
  EXPECT_NE(lines[0].find("5242880"), std::string::npos) << lines[0];
  EXPECT_EQ(lines[1], pong(2));
}

TEST_F(CliStdioHost, ALineOfExactlyTheLimitIsTaken) {
  std::string line = ping(1);
  line.insert(line.size() - 1, std::string(StdioHost::kLineLimit - line.size(), ' '));
  say_all(line + "\n");
  EXPECT_EQ(hear(), Lines{pong(1)});
}

TEST_F(CliStdioHost, AnOversizedLastLineIsRefusedToo) {
  say_all(std::string(StdioHost::kLineLimit + 1, 'x'));
  hang_up();
  while (turn() == State::kRunning) continue;
  const Lines lines = hear();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("4194305"), std::string::npos) << lines[0];
}

TEST_F(CliStdioHost, AClientThatDoesNotReadIsNotReadFromEither) {
  const std::string request = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"
                              "\n";
  const auto listens = [&] {
    std::vector<os::PollEntry> entries;
    host.add_wait(entries);
    return entries.front().want_read;
  };
  std::size_t sent = 0;
  while (listens()) {
    ASSERT_LT(sent, 100'000U);
    say(request);
    ++sent;
    ASSERT_EQ(turn(), State::kRunning);
  }
  std::size_t answers = 0;
  while (answers < sent) {
    turn();
    const std::size_t more = hear().size();
    ASSERT_GT(more, 0U);
    answers += more;
  }
  EXPECT_EQ(answers, sent);
  EXPECT_TRUE(listens());
}

TEST_F(CliStdioHost, AClientThatDoesNotReadIsLeft150MsAfterItHungUp) {
  const std::string request = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"
                              "\n";
  const auto listens = [&] {
    std::vector<os::PollEntry> entries;
    host.add_wait(entries);
    return entries.front().want_read;
  };
  while (listens()) {
    say(request);
    ASSERT_EQ(turn(), State::kRunning);
  }
  say(request);
  EXPECT_EQ(turn(), State::kRunning);
  hang_up();
  EXPECT_EQ(turn(), State::kRunning);
  EXPECT_EQ(host.wake_at(), clock.monotonic() + milliseconds{150});
  EXPECT_FALSE(wait_now().front().readable) << "the end of the input is not told again and again";
  clock.advance(milliseconds{150});
  EXPECT_EQ(turn(), State::kEnded);
}

TEST_F(CliStdioHost, OnlySoManyCallsAreInFlightAndTheOthersFollow) {
  backend.answers = HeldBackend::Answers::kHeld;
  std::string text;
  constexpr int kCalls = 300;
  for (int i = 0; i < kCalls; ++i) text += stats_call(i) + "\n";
  say(text);
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_EQ(backend.taken, static_cast<int>(StdioHost::kCallLimit));
  backend.answers = HeldBackend::Answers::kNextStep;
  turn();
  // No descriptor tells of the lines that are here already; the host wakes itself.
  EXPECT_LE(host.wake_at().value_or(MonotonicTime::max()), clock.monotonic());
  std::size_t answers = hear().size();
  for (std::size_t more = 1; more > 0; answers += more) {
    turn();
    more = hear().size();
  }
  EXPECT_EQ(backend.taken, kCalls);
  EXPECT_EQ(answers, static_cast<std::size_t>(kCalls));
}

TEST_F(CliStdioHost, ItEndsWhenTheReaderIsGone) {
  EXPECT_EQ(turn(), State::kRunning);
  output.read.reset();
  EXPECT_EQ(turn(), State::kEnded);
}

TEST_F(CliStdioHost, ItEndsWhenTheReaderIsGoneWhileItWrites) {
  const auto entries = [&] {
    say(ping(1) + "\n");
    return wait_now();
  }();
  output.read.reset();
  EXPECT_EQ(host.step(clock.monotonic(), entries), State::kEnded);
}

TEST_F(CliStdioHost, ItEndsWithItsParent) {
  EXPECT_EQ(turn(), State::kRunning);
  parent.write.reset();
  EXPECT_EQ(turn(), State::kEnded);
}

TEST_F(CliStdioHost, TheFlagsOfSharedDescriptorsStay) {
  const int in = ::fcntl(input.read.get(), F_GETFL);
  const int out = ::fcntl(output.write.get(), F_GETFL);
  say(ping(1) + "\n");
  turn();
  EXPECT_EQ(::fcntl(input.read.get(), F_GETFL), in);
  EXPECT_EQ(::fcntl(output.write.get(), F_GETFL), out);
}

TEST_F(CliStdioHost, ItWakesForItsBackend) {
  EXPECT_EQ(host.wake_at(), std::nullopt);
  backend.wake = clock.monotonic() + seconds{2};
  EXPECT_EQ(host.wake_at(), backend.wake);
}

}  // namespace
}  // namespace stream_status::cli
