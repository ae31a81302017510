#include "service/find_stream.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "store/store.h"

namespace stream_status::service {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

Error stream_not_found(const std::string& id, std::vector<StreamId> known) {
  constexpr std::size_t kShown = 3;
  const std::string shown = shorten(id, 64);
  const std::size_t few = std::min(kShown, known.size());
  std::vector<std::pair<std::size_t, std::string>> ranked;
  ranked.reserve(known.size());
  for (StreamId& candidate : known)
    ranked.emplace_back(edit_distance(shown, shorten(candidate.text, 64)), std::move(candidate.text));
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(few), ranked.end());
  std::vector<std::string> nearest;
  for (std::size_t i = 0; i < few; ++i) nearest.push_back(std::move(ranked[i].second));
  Error error{ErrorCode::kStreamNotFound, fmt::format("find stream \"{}\": there is none with this id", shown)};
  error.hint = nearest.empty() ? "this project has no streams yet: make the first with add_stream"
                               : fmt::format("nearest: {}", fmt::join(nearest, ", "));
  error.suggested_call = nearest.empty() ? "add_stream" : "list_streams";
  return error;
}

template <class Source>
Result<domain::Stream> get_stream_by_id(Source& source, const std::string& typed, Matching matching) {
  if (auto stream = TRY(source.find_stream({typed}))) return std::move(*stream);
  const std::string id = to_lower(typed);
  if (id != typed)
    if (auto stream = TRY(source.find_stream({id}))) return std::move(*stream);
  constexpr int kSuggested = 10;
  std::vector<StreamId> with_prefix = TRY(source.ids_with_prefix(id, kSuggested));
  if (matching == Matching::kPrefix && with_prefix.size() == 1)
    if (auto stream = TRY(source.find_stream(with_prefix.front()))) return std::move(*stream);
  if (!with_prefix.empty()) return tl::make_unexpected(stream_not_found(typed, std::move(with_prefix)));
  constexpr int kSearched = 1000;
  return tl::make_unexpected(stream_not_found(typed, TRY(source.recent_ids(kSearched))));
}

template Result<domain::Stream> get_stream_by_id(store::Reader&, const std::string&, Matching);
template Result<domain::Stream> get_stream_by_id(store::Transaction&, const std::string&, Matching);

}  // namespace stream_status::service
