// JSON ⇄ domain. The only place that knows the field names of contract §5.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "domain/change.h"
#include "domain/stream.h"

namespace stream_status::api {

json::object to_json(const domain::Stream& stream);
json::object to_json(const domain::Claim& claim);
json::object to_json(const domain::Question& question);
json::object to_json(const domain::Commit& commit);
json::object to_json(const domain::Stats& stats);

/// Error: kInternal, naming the field: such text was written by us.
Result<domain::Stream> stream_from_json(const json::value& value);

/// As stream_from_json.
Result<domain::Commit> commit_from_json(const json::value& value);

/// The two values of a history event (contract §5), each a JSON text.
struct EncodedChange {
  std::string old_value;
  std::string new_value;
};
EncodedChange encode(const domain::Change& change);
Result<domain::Change> decode(std::string_view type, std::string_view old_value, std::string_view new_value);

}  // namespace stream_status::api
