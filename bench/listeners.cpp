// Scenario "listeners": one change reaches 1,000 event streams; how long until the last has it, and
// how long its author waits meanwhile.
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "bench.h"
#include "floors.h"
#include "project.h"

namespace bench {
namespace {

constexpr std::size_t kListeners = 1000;
constexpr int kPatienceMs = 10000;

/// Lets the bench hold enough sockets. Raised only once the server runs: it has to raise its own.
class ManyDescriptors {
 public:
  ManyDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit raised = before_;
    raised.rlim_cur = std::min<rlim_t>(raised.rlim_max, 3 * kListeners);
    if (::setrlimit(RLIMIT_NOFILE, &raised) != 0 || raised.rlim_cur < 2 * kListeners + 100)
      fail("open 2,000 sockets: the hard limit of open files is too low (ulimit -Hn)");
  }
  ManyDescriptors(const ManyDescriptors&) = delete;
  ManyDescriptors& operator=(const ManyDescriptors&) = delete;
  ~ManyDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// One event stream as a browser reads it; only the ids of its events matter here.
class EventStream {
 public:
  explicit EventStream(const Endpoint& endpoint) : fd_(endpoint.connect()) {
    write_all(fd_.get(), endpoint.request("GET", "/api/events"));
  }

  int fd() const { return fd_.get(); }
  std::int64_t last_id() const { return last_id_; }
  bool is_answered() const { return is_answered_; }

  void take(std::string_view bytes) {
    is_answered_ = true;
    for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
      if (partial_.empty()) {
        take_line(bytes.substr(0, end));
      } else {
        partial_.append(bytes.substr(0, end));
        take_line(partial_);
        partial_.clear();
      }
    }
    partial_.append(bytes);
  }

 private:
  void take_line(std::string_view line) {
    if (!line.starts_with("id:")) return;
    line.remove_prefix(std::min(line.find_first_not_of(' ', 3), line.size()));
    std::from_chars(line.data(), line.data() + line.size(), last_id_);
  }

  Fd fd_;
  std::string partial_;
  std::int64_t last_id_ = 0;
  bool is_answered_ = false;
};

struct Fanout {
  double last_ms;
  double acknowledged_ms;
};

/// 1,000 event streams of one server, and a connection that changes something there.
class Audience {
 public:
  Audience(const Endpoint& events, const Endpoint& writes)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), writes_(writes), writer_(writes.connect()) {
    for (std::size_t i = 0; i < kListeners; ++i) watch(streams_.emplace_back(events).fd(), i);
    watch(writer_.get(), kListeners);
    while (!is_complete()) {
      if (!read_ready(kPatienceMs)) fail("listen: a listener got no answer in 10 s");
    }
    drain();
    write();
    drain();
    expected_ = streams_.front().last_id();  // from here on each change is the next revision
  }

  /// From sending a change until the last listener has read it, and until its author is answered.
  Fanout write() {
    ++expected_;
    reached_ = 0;
    answer_.clear();
    const std::string request =
        writes_.request("PATCH", "/api/streams/watched", fmt::format(R"({{"progress":{}}})", 1 + ++written_ % 99));
    const auto start = Clock::now();
    write_all(writer_.get(), request);
    double acknowledged = 0;
    while (reached_ < kListeners || acknowledged == 0) {
      if (!read_ready(kPatienceMs))
        fail(fmt::format("send an event: {} of {} listeners have it after 10 s", reached_, kListeners));
      if (acknowledged == 0 && http_extent(answer_).size > 0) acknowledged = since(start).count() / 1000;
    }
    const double last = since(start).count() / 1000;
    if (http_status(answer_) != 200) fail("send an event: " + answer_);
    return {last, acknowledged};
  }

  /// Reads what else arrives (statistics, heartbeats) until it is quiet.
  void drain() {
    while (read_ready(20)) continue;
  }

 private:
  void watch(int fd, std::size_t index) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  bool read_ready(int patience_ms) {
    const int count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), patience_ms);
    for (int i = 0; i < count; ++i) read_some(events_[static_cast<std::size_t>(i)].data.u64);
    return count > 0;
  }

  void read_some(std::size_t index) {
    const int fd = index == kListeners ? writer_.get() : streams_[index].fd();
    const ssize_t n = ::read(fd, buffer_.data(), buffer_.size());
    if (n <= 0) fail("listen: the server closed a connection");
    const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(n));
    if (index == kListeners) {
      answer_.append(bytes);
      return;
    }
    EventStream& stream = streams_[index];
    const bool had_it = stream.last_id() >= expected_;
    stream.take(bytes);
    if (!had_it && stream.last_id() >= expected_) ++reached_;
  }

  bool is_complete() const {
    return std::all_of(streams_.begin(), streams_.end(), [](const EventStream& each) { return each.is_answered(); });
  }

  Fd epoll_;
  Endpoint writes_;
  Fd writer_;
  std::vector<EventStream> streams_;
  std::array<epoll_event, 1024> events_;
  std::array<char, 65536> buffer_;
  std::string answer_;
  std::size_t reached_ = 0;
  std::int64_t expected_ = 0;
  int written_ = 0;
};

/// What the server's own event for this change looks like, in size.
std::string raw_event() {
  return "event: streams\nid: 0000000000\n"
         R"(data: {"revision":1234567,"streamId":"watched","type":"progress_updated",)"
         R"("oldValue":41,"newValue":42,"agent":"bench","timestamp":"2026-11-22T14:00:00.000Z"})"
         "\n\n";
}

}  // namespace

void measure_listeners(Run& run) {
  const Project project(run);
  const Server server = project.start();
  HttpConnection(server.over_socket())
      .send("POST", "/api/streams", R"({"title":"Watched by many","streamId":"watched","status":"active"})");

  const ManyDescriptors descriptors;
  const RawServer raw(listen_tcp(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", raw_event());
  const auto ours = std::make_unique<Audience>(server.over_tcp(), server.over_socket());
  const auto floor = std::make_unique<Audience>(raw.endpoint(), raw.endpoint());

  Paired last;
  Paired acknowledged;
  for (int i = 0; i < run.times(100); ++i) {
    const Fanout bare = floor->write();
    const Fanout real = ours->write();
    last.floor.push_back(bare.last_ms);
    last.measured.push_back(real.last_ms);
    acknowledged.floor.push_back(bare.acknowledged_ms);
    acknowledged.measured.push_back(real.acknowledged_ms);
    ours->drain();
  }
  run.report(paired_row("last of 1,000 listeners has it", last, "ms", "raw epoll, same bytes",
                        Goal{Judged::kMeasured, Bound::kAtMost, 20}));
  run.report(paired_row("author is answered meanwhile", acknowledged, "ms", "raw epoll, same bytes",
                        Goal{Judged::kMeasured, Bound::kAtMost, 2}));
}

}  // namespace bench
