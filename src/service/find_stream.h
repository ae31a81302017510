// From an id as somebody typed it to a stream, or an error that names the nearest ids.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/stream.h"

namespace stream_status::service {

/// Changes of one character that lead from `a` to `b` (Levenshtein); for ids, so short texts.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// Those of `known` that may be meant, best first: what begins with `id`, then what differs least from it.
std::vector<std::string> nearest_ids(std::string_view id, std::vector<StreamId> known, std::size_t count);

enum class Matching { kExact, kPrefix };

/// `Source` is a store::Reader or a store::Transaction. ASCII case does not matter; with kPrefix (reads only) a
/// prefix that fits one stream is enough.
template <class Source>
Result<domain::Stream> get_stream_by_id(Source& source, const std::string& typed, Matching matching);

}  // namespace stream_status::service
