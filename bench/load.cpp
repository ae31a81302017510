// The loop that sends, times and checks. It shares two cores with what it measures, so it does
// nothing twice: an answer that arrives whole is never copied.
#include "load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include <fmt/format.h>

#include "project.h"

namespace bench {
namespace {

constexpr int kPatienceMs = 10000;
constexpr std::size_t kChunk = 262144;

Extent line_extent(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  return end == std::string_view::npos ? Extent{0, bytes.size() + 1} : Extent{end + 1, end + 1};
}

/// One run of the loop. Used by one thread.
class Loop {
 public:
  Loop(std::span<const Lane> lanes, Framing framing, const NextRequest& next, Seconds duration)
      : lanes_(lanes),
        framing_(framing),
        next_(next),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        states_(lanes.size()),
        chunk_(std::make_unique<char[]>(kChunk)),
        start_(Clock::now()),
        end_(start_ + std::chrono::duration_cast<Clock::duration>(duration)) {
    result_.answers.resize(lanes.size());
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, lanes[i].answers, &event) != 0) fail_errno("watch a lane");
    }
  }

  LoadResult run() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) send_next(i);
    std::array<epoll_event, 256> events;
    while (in_flight_ > 0) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), kPatienceMs);
      if (count == 0) fail(fmt::format("wait for answers: {} of {} lanes got none in 10 s", in_flight_, lanes_.size()));
      for (int i = 0; i < count; ++i) read_some(events[static_cast<std::size_t>(i)].data.u64);
    }
    const Seconds elapsed = std::min(Clock::now(), end_) - start_;
    result_.per_second = static_cast<double>(in_time_) / elapsed.count();
    return std::move(result_);
  }

 private:
  struct State {
    Clock::time_point sent;
    std::string partial;
    std::size_t needed = 0;
  };

  void send_next(std::size_t lane) {
    const std::string_view request = next_(lane);
    if (request.empty()) return;
    states_[lane].sent = Clock::now();
    write_all(lanes_[lane].requests, request);
    ++in_flight_;
  }

  void read_some(std::size_t lane) {
    const ssize_t n = ::read(lanes_[lane].answers, chunk_.get(), kChunk);
    if (n < 0 && errno == EINTR) return;
    if (n < 0) fail_errno("read an answer");
    if (n == 0) fail("read an answer: the other side closed");
    std::string_view bytes(chunk_.get(), static_cast<std::size_t>(n));
    State& state = states_[lane];
    if (!state.partial.empty()) {
      state.partial.append(bytes);
      if (state.partial.size() < state.needed) return;
      bytes = state.partial;
    }
    const Extent extent = framing_ == Framing::kHttp ? http_extent(bytes) : line_extent(bytes);
    if (extent.size == 0) {
      state.needed = extent.needed;
      if (state.partial.empty()) state.partial.assign(bytes);
      return;
    }
    if (extent.size != bytes.size()) fail("read an answer: bytes behind its end");
    finish(lane, bytes);
  }

  void finish(std::size_t lane, std::string_view answer) {
    State& state = states_[lane];
    const auto now = Clock::now();
    const bool good = framing_ == Framing::kHttp ? http_status(answer) / 100 == 2 : is_result(answer);
    if (!good) fail(fmt::format("an answer under load: {}", answer.substr(0, 1000)));
    result_.latencies_us.push_back(Micros(now - state.sent).count());
    ++result_.answers[lane];
    state.partial.clear();
    --in_flight_;
    if (now >= end_) return;
    ++in_time_;
    send_next(lane);
  }

  std::span<const Lane> lanes_;
  Framing framing_;
  const NextRequest& next_;
  Fd epoll_;
  std::vector<State> states_;
  std::unique_ptr<char[]> chunk_;
  Clock::time_point start_;
  Clock::time_point end_;
  std::size_t in_flight_ = 0;
  std::int64_t in_time_ = 0;
  LoadResult result_;
};

}  // namespace

LoadResult run_load(std::span<const Lane> lanes, Framing framing, const NextRequest& next, Seconds duration) {
  return Loop(lanes, framing, next, duration).run();
}

Connections::Connections(const Endpoint& endpoint, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const Fd& fd = fds_.emplace_back(endpoint.connect());
    lanes_.push_back({fd.get(), fd.get()});
  }
}

}  // namespace bench
