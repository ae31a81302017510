// What the floors do. Kept as plain as it reads: a clever floor measures the cleverness.
#include "floors.h"

#include <sqlite3.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

namespace bench {
namespace {

constexpr std::string_view kEmptyProgram = R"(
#include <unistd.h>
int main(int argc, char **argv) {
  static char line[65536];
  (void)argv;
  if (argc > 1) return 0;
  for (long n; (n = read(0, line, sizeof line)) > 0;)
    if (write(1, line, (unsigned long)n) != n) return 1;
  return 0;
}
)";

/// Two laps of the WAL at SQLite's default checkpoint of 1000 pages and 2 to 3 pages a commit.
constexpr int kWarmCommits = 2000;
constexpr std::uintmax_t kLargestReusedWal = 16U << 20U;

std::string_view read_some(int fd, std::array<char, 65536>& buffer) {
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  return {buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

void answer_lines(int listener, std::size_t answer_size) {
  std::array<char, 65536> buffer;
  std::string answer(answer_size - 1, 'x');
  answer += '\n';
  const Fd peer(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  while (!read_some(peer.get(), buffer).empty()) write_all(peer.get(), answer);
}

void relay_lines(int requests, int answers, const Endpoint& far_end) {
  std::array<char, 65536> buffer;
  const Fd peer = far_end.connect();
  for (std::string_view line; !(line = read_some(requests, buffer)).empty();) {
    write_all(peer.get(), line);
    std::string_view answer;
    do {
      answer = read_some(peer.get(), buffer);
      write_all(answers, answer);
    } while (!answer.empty() && answer.back() != '\n');
  }
}

/// The loop of RawServer.
class RawLoop {
 public:
  RawLoop(int listener, std::string answer, std::string event)
      : listener_(listener),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        answer_(std::move(answer)),
        event_(std::move(event)) {
    watch(listener_);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_)
          watch(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
        else
          answer(fd);
      }
    }
  }

 private:
  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  void answer(int fd) {
    const std::string_view request = read_some(fd, buffer_);
    if (request.empty()) {
      ::close(fd);
      std::erase(listeners_, fd);
      return;
    }
    if (request.starts_with("GET /api/events")) listeners_.push_back(fd);
    ::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    if (!request.starts_with("PATCH")) return;
    number_event();
    for (const int listener : listeners_) ::send(listener, event_.data(), event_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void number_event() {
    const std::string number = fmt::format("id: {:010}", ++revision_);
    event_.replace(event_.find("id: "), number.size(), number);
  }

  int listener_;
  Fd epoll_;
  std::string answer_;
  std::string event_;
  std::vector<int> listeners_;
  std::array<char, 65536> buffer_{};
  int revision_ = 0;
};

}  // namespace

EmptyProgram::EmptyProgram(Run& run) : path_(run.make_directory() / "empty") {
  Child compiler({.arguments = {"/usr/bin/env", "cc", "-O2", "-static", "-x", "c", "-", "-o", path_},
                  .environment = {"PATH=/usr/local/bin:/usr/bin:/bin"},
                  .directory = {}});
  compiler.write_line(kEmptyProgram);
  if (compiler.finish() != 0) fail("build the empty program: cc failed");
}

Micros time_empty_spawn(const EmptyProgram& program) {
  const auto start = Clock::now();
  Child child(program.exit_at_once());
  child.finish();
  return since(start);
}

Micros time_echo_spawn(const EmptyProgram& program) {
  const auto start = Clock::now();
  Child child(program.echo());
  child.write_line("hello");
  child.read_line();
  return since(start);
}

DurableCommits::DurableCommits(const fs::path& directory) : path_(directory / "floor.db") {
  if (sqlite3_open(path_.c_str(), &db_) != SQLITE_OK) fail("open the floor's database");
  execute("PRAGMA journal_mode=WAL");
  execute("PRAGMA synchronous=FULL");
  execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT");
  // No parameters, no rows.
  const char* insert = "INSERT INTO row (body) VALUES (randomblob(100))";
  if (sqlite3_prepare_v2(db_, insert, -1, &insert_, nullptr) != SQLITE_OK) fail("prepare the floor's insert");
}

DurableCommits::~DurableCommits() {
  sqlite3_finalize(insert_);
  sqlite3_close(db_);
}

void DurableCommits::execute(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    fail(fmt::format("floor: {}: {}", sql, sqlite3_errmsg(db_)));
}

void DurableCommits::commit() {
  execute("BEGIN IMMEDIATE");
  for (int row = 0; row < 3; ++row) {
    sqlite3_step(insert_);
    sqlite3_reset(insert_);
  }
  execute("COMMIT");
}

DurableCommits::Speed DurableCommits::measure(Seconds duration) {
  if (!is_warm_)
    for (int i = 0; i < kWarmCommits; ++i) commit();
  is_warm_ = true;

  std::vector<double> latencies;
  const auto start = Clock::now();
  while (Clock::now() - start < duration) {
    const auto before = Clock::now();
    commit();
    latencies.push_back(since(before).count());
  }
  const Seconds elapsed = Clock::now() - start;
  if (fs::file_size(path_.string() + "-wal") > kLargestReusedWal)
    fail("measure durable commits: the WAL grew instead of being reused");
  const auto count = static_cast<double>(latencies.size());
  return {.p50_us = median(latencies), .per_second = count / elapsed.count()};
}

FourHops::FourHops(const fs::path& directory, std::size_t answer_size)
    : listener_(listen_unix(directory / "hops.sock")),
      requests_(make_pipe()),
      answers_(make_pipe()),
      answer_size_(answer_size),
      far_end_({listener_.fd.get()}, [&] { answer_lines(listener_.fd.get(), answer_size); }),
      relay_({requests_.read.get(), answers_.write.get()},
             [&] { relay_lines(requests_.read.get(), answers_.write.get(), listener_.endpoint); }) {}

void FourHops::exchange(std::string_view line) const {
  std::string request(line);
  request += '\n';
  write_all(requests_.write.get(), request);
  std::array<char, 65536> buffer;
  for (std::size_t read = 0; read < answer_size_;) {
    const std::string_view bytes = read_some(answers_.read.get(), buffer);
    if (bytes.empty()) fail("read from the bare path: end of file");
    read += bytes.size();
  }
}

RawServer::RawServer(Listener listener, std::string answer, std::string event)
    : listener_(std::move(listener)),
      process_({listener_.fd.get()}, [&] { RawLoop(listener_.fd.get(), std::move(answer), std::move(event)).run(); }) {}

}  // namespace bench
