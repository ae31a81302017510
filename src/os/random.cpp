#include "os/random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "base/ids.h"

namespace stream_status::os {

void fill_random(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) std::abort();  // tokens from anything weaker would be guessable
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

std::string random_hex(std::size_t bytes) {
  std::vector<std::uint8_t> random(bytes);
  fill_random(random);
  return to_hex(random);
}

std::string new_uuid_v7(WallTime now) {
  std::array<std::uint8_t, 10> random;
  fill_random(random);
  return make_uuid_v7(now, random);
}

}  // namespace stream_status::os
