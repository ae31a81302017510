#include "cli/stdio_host.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "os/stdio.h"

namespace stream_status::cli {
namespace {

/// A call and its answer fit; 200 idle agents hold no more than that each.
constexpr std::size_t kInitialBuffer = std::size_t{8} << 10;
constexpr std::size_t kPiece = 4096;

const os::PollEntry* find_entry(const std::vector<os::PollEntry>& entries, int fd) {
  for (const os::PollEntry& entry : entries)
    if (entry.fd == fd) return &entry;
  return nullptr;
}

}  // namespace

StdioHost::StdioHost(StdioStreams streams, DrivenBackend& backend)
    : streams_(streams),
      backend_(backend),
      catalog_(backend),
      session_(catalog_, [this](mcp::Outgoing message) { queue(std::move(message.text)); }),
      input_(kInitialBuffer) {}

bool StdioHost::may_take_more() const { return output_bytes_ < kQueueLimit && session_.calls_in_flight() < kCallLimit; }

void StdioHost::add_wait(std::vector<os::PollEntry>& entries) const {
  // Without interest in reading too: a client that is gone must be seen although its lines are not taken.
  const bool takes_more = may_take_more();
  if (!input_ended_ && (takes_more || !drain_until_))
    entries.push_back({.fd = streams_.input, .want_read = takes_more});
  // Without interest in writing too: poll reports a reader that is gone in any case.
  entries.push_back({.fd = streams_.output, .want_write = !output_.empty()});
  if (streams_.parent >= 0) entries.push_back({.fd = streams_.parent, .want_read = true});
  backend_.add_wait(entries);
}

std::optional<MonotonicTime> StdioHost::wake_at() const {
  if (stalled_ && may_take_more()) return MonotonicTime{};  // lines wait, and nothing else would wake us for them
  std::optional<MonotonicTime> earliest = drain_until_;
  for (const auto& wake : {backend_.wake_at(), catalog_.wake_at()})
    if (wake && (!earliest || *wake < *earliest)) earliest = wake;
  return earliest;
}

StdioHost::State StdioHost::step(MonotonicTime now, const std::vector<os::PollEntry>& entries) {
  const os::PollEntry* parent = streams_.parent >= 0 ? find_entry(entries, streams_.parent) : nullptr;
  if (parent != nullptr && parent->readable) return State::kEnded;
  const os::PollEntry* output = find_entry(entries, streams_.output);
  if (output != nullptr && output->writable && !output->want_write) return State::kEnded;

  const os::PollEntry* input = find_entry(entries, streams_.input);
  const bool is_input_ready = !input_ended_ && input != nullptr && input->readable;
  if (is_input_ready && input->want_read) read_input();
  // It reads no answers, and has hung up: what it said before it has no further use for.
  if (is_input_ready && !input->want_read && !drain_until_) drain_until_ = now + kDrainTime;
  take_lines();
  backend_.step(now, entries);
  catalog_.step(now);
  flush();
  if (output_ended_) return State::kEnded;
  if (!input_ended_ && !drain_until_) return State::kRunning;

  if (!drain_until_) drain_until_ = now + kDrainTime;
  const bool all_taken = input_ended_ && begin_ == end_ && discarded_ == 0;
  const bool all_answered = all_taken && session_.calls_in_flight() == 0 && output_.empty();
  return all_answered || now >= *drain_until_ ? State::kEnded : State::kRunning;
}

void StdioHost::read_input() {
  if (end_ == input_.size() && begin_ > 0) {
    std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    searched_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == input_.size()) input_.resize(input_.size() * 2);
  const os::Transfer got = os::read_some(streams_.input, std::span(input_).subspan(end_));
  end_ += got.bytes;
  if (got.state == os::StreamState::kEnded) input_ended_ = true;
}

void StdioHost::take_lines() {
  stalled_ = false;
  while (begin_ < end_) {
    if (!may_take_more()) {
      stalled_ = true;
      return;
    }
    const auto* newline = static_cast<const char*>(std::memchr(input_.data() + searched_, '\n', end_ - searched_));
    if (newline == nullptr && !input_ended_) {
      searched_ = end_;
      if (end_ - begin_ <= kLineLimit) return;
      // Too long already: only its length matters now.
      discarded_ += end_ - begin_;
      begin_ = searched_ = end_ = 0;
      return;
    }
    const std::size_t line_end = newline != nullptr ? static_cast<std::size_t>(newline - input_.data()) : end_;
    std::string_view line(input_.data() + begin_, line_end - begin_);
    begin_ = searched_ = std::min(line_end + 1, end_);
    if (const std::size_t size = discarded_ + line.size(); size > kLineLimit) {
      discarded_ = 0;
      session_.refuse_oversized(size, kLineLimit);
      continue;
    }
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) session_.receive(line);
  }
  if (input_ended_ && discarded_ > 0) session_.refuse_oversized(std::exchange(discarded_, 0), kLineLimit);
  begin_ = searched_ = end_ = 0;
  if (input_.size() > kInitialBuffer) std::vector<char>(kInitialBuffer).swap(input_);
}

void StdioHost::queue(std::string message) {
  message.push_back('\n');
  output_bytes_ += message.size();
  // Small answers that wait together go in one write.
  if (!output_.empty() && output_.back().size() + message.size() <= kPiece)
    output_.back() += message;
  else
    output_.push_back(std::move(message));
}

void StdioHost::flush() {
  while (!output_.empty()) {
    const std::string& front = output_.front();
    const os::Transfer done = os::write_without_waiting(streams_.output, std::string_view(front).substr(written_));
    written_ += done.bytes;
    output_ended_ = done.state == os::StreamState::kEnded;
    if (written_ < front.size()) return;
    output_bytes_ -= front.size();
    written_ = 0;
    output_.pop_front();
  }
}

void run_until_end(StdioHost& host, const os::Clock& clock) {
  std::vector<os::PollEntry> entries;
  do {
    entries.clear();
    host.add_wait(entries);
    std::optional<milliseconds> timeout;
    if (const auto wake = host.wake_at())
      timeout = std::max(std::chrono::ceil<milliseconds>(*wake - clock.monotonic()), milliseconds{0});
    os::poll(entries, timeout);
  } while (host.step(clock.monotonic(), entries) == StdioHost::State::kRunning);
}

}  // namespace stream_status::cli
