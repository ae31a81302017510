// What the fuzz targets share: a promise that must hold for any input, and a reader that makes choices of the input's
// first bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace stream_status::fuzz {

/// Ends the process when `holds` is false: a fuzzer keeps the input, a replay fails. `shown` says more.
void require(bool holds, std::string_view promise, std::string_view shown = {});

/// A refusal that a caller can act on: a sentence of one line, in UTF-8, of bounded length.
void require_sentence(const Error& error);

/// Text that may go to a terminal or a log as it is: UTF-8 without control characters.
bool is_printable(std::string_view text);

/// Takes choices off the front of the input, so that the rest stays text that seeds can hold.
class Choices {
 public:
  explicit Choices(std::string_view input) : rest_(input) {}
  std::uint8_t next() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// Without the empty part that follows a separator at the end.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace stream_status::fuzz
