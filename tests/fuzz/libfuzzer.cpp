// libFuzzer's entry; compiled once per target, with FUZZ_TARGET as its function.
#include <cstddef>
#include <cstdint>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  stream_status::fuzz::FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
