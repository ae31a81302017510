// The load generator: many lanes, one thread, one request in flight per lane, no pipelining.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "http.h"

namespace bench {

/// Where one simulated agent writes its requests and reads its answers. A socket is both.
struct Lane {
  int requests;
  int answers;
};

enum class Framing { kHttp, kLine };

/// The lane's next request, valid until its answer is there; empty: this lane has finished.
using NextRequest = std::function<std::string_view(std::size_t lane)>;

struct LoadResult {
  double per_second = 0;              ///< answers that came before the time was up
  std::vector<double> latencies_us;   ///< of every answer
  std::vector<std::int64_t> answers;  ///< per lane; every request sent is answered
};

/// Each lane sends, waits for the answer, sends again, until `duration` is over or the lanes have
/// finished; then the last answers are waited for. Failure if an answer is an error or never comes.
LoadResult run_load(std::span<const Lane> lanes, Framing framing, const NextRequest& next, Seconds duration);

/// Connections of one endpoint, as lanes.
class Connections {
 public:
  Connections(const Endpoint& endpoint, std::size_t count);
  std::span<const Lane> lanes() const { return lanes_; }

 private:
  std::vector<Fd> fds_;
  std::vector<Lane> lanes_;
};

}  // namespace bench
