// The discovery record `.api-server.lock`: where the server says it is. A hint, never a proof: each
// reader verifies it by a handshake. Not a lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::project {

/// Contract §2; the first five keys are the founding format, in that order.
struct Record {
  std::int64_t pid = 0;
  std::uint16_t port = 0;  ///< 0: no loopback port could be had; the socket serves
  std::string project_root;
  std::string started_at;
  std::string node_version = "none";
  std::string project_name;
  std::string host = "127.0.0.1";
  std::string socket;
  std::string instance_id;
  std::string server_version;
  int protocol = 0;
  std::uint64_t pid_namespace = 0;
  std::uint64_t network_namespace = 0;

  /// Written by the founding Node implementation (its nodeVersion is a real one)?
  bool is_founding() const { return node_version != "none"; }
};

std::string to_json(const Record& record);

/// Error: kInvalidArgument saying which member is missing or of the wrong type.
Result<Record> parse_record(std::string_view text);

/// The record in this directory; absent when there is none, or it is not a readable record (empty, cut
/// off, huge, a FIFO, a symlink): then `problem`, if given, says what is wrong with it.
std::optional<Record> find_record(const os::Fd& directory, std::string* problem = nullptr);

/// tmp, fsync, rename, fsync of the directory.
Result<void> save_record(const os::Fd& directory, const Record& record);

}  // namespace stream_status::project
