// Agents that write without pause, each on a stream of its own, and the count of what was
// acknowledged to them. Used by the scenarios "writers" and "memory".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http.h"
#include "load.h"
#include "project.h"

namespace bench {

/// UUID version 7, as the project's own client makes them (RFC 9562 §5.7).
std::string make_request_id();

/// The streams written to. Loads run one after another, each over the first lanes' streams.
class WrittenStreams {
 public:
  WrittenStreams(const Server& server, std::size_t count);

  /// `lanes` connections to api.sock, each sending PATCH with a new progress and request id.
  LoadResult load_socket(std::size_t lanes, Seconds duration);

  /// The same through real agents: tools/call update_stream.
  LoadResult load_agents(const std::vector<std::unique_ptr<Agent>>& agents, Seconds duration);

  /// How many acknowledged changes the history of their stream does not show (or shows twice),
  /// summed over all streams.
  std::int64_t count_lost() const;

  std::int64_t acknowledged() const;

 private:
  struct Stream {
    std::string id;
    std::int64_t written = 0;
    std::int64_t acknowledged = 0;
    std::string request;

    /// Never the value that is there: each write is a change, and each change one event.
    int next_progress() { return static_cast<int>(1 + written++ % 99); }
  };

  LoadResult load(std::span<const Lane> lanes, Framing framing, const NextRequest& next, Seconds duration);

  Server server_;
  std::vector<Stream> streams_;
};

/// `count` agents, initialized, each after one call.
std::vector<std::unique_ptr<Agent>> start_agents(const Project& project, std::size_t count);

}  // namespace bench
