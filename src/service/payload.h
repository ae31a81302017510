// Members of an intent's payload, which this service wrote and reads again.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace stream_status::service {

/// Empty when it is absent or no text.
inline std::string text_in(const json::object& payload, std::string_view key) {
  return std::string(find_string(payload, key).value_or(""));
}

/// null when it is absent.
inline json::value value_in(const json::object& payload, std::string_view key) {
  const json::value* value = payload.if_contains(key);
  return value != nullptr ? *value : json::value(nullptr);
}

/// False when it is absent.
inline bool flag_in(const json::object& payload, std::string_view key) {
  const json::value* value = payload.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace stream_status::service
