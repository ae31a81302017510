// Standard streams as this process inherits them. They may be shared with other processes, so their flags are never
// changed: reads follow a poll, and writes are asked for first and small enough that a pipe takes them whole.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace stream_status::os {

inline constexpr int kStandardInput = 0;
inline constexpr int kStandardOutput = 1;
inline constexpr int kStandardError = 2;

enum class StreamState { kOpen, kEnded };  ///< kEnded: end of file, the reader is gone, or an error for good

struct Transfer {
  std::size_t bytes = 0;
  StreamState state = StreamState::kOpen;
};

/// Reads once, after a poll said `readable`.
Transfer read_some(int fd, std::span<char> buffer);

/// Writes as much as goes without waiting, in pieces that a pipe takes whole; asks poll before each. Nothing written
/// and kOpen: it is full, wait for `writable`.
Transfer write_without_waiting(int fd, std::string_view text);

/// Writes all of it, waiting as long as that takes. kEnded: the reader is gone.
StreamState write_all(int fd, std::string_view text);

/// Columns of the terminal behind the descriptor; absent: it is no terminal.
std::optional<int> terminal_columns(int fd);

}  // namespace stream_status::os
