#include "service/find_stream.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "store/store.h"

namespace stream_status::service {
namespace {

constexpr std::size_t kCompared = 64;  ///< characters of an id, the most that new ones have

}  // namespace

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

std::vector<std::string> nearest_ids(std::string_view id, std::vector<StreamId> known, std::size_t count) {
  // Who typed half an id means one that begins so; the others differ from it by a slip.
  const std::string typed = shorten(to_lower(id), kCompared);
  std::vector<std::pair<std::size_t, std::string>> nearest;  // the best so far, best first
  for (StreamId& candidate : known) {
    const std::string compared = shorten(to_lower(candidate.text), kCompared);
    const std::size_t worst = nearest.size() < count ? std::string::npos : nearest.back().first;
    const bool is_begun = compared.starts_with(typed);
    const std::size_t longer = std::max(compared.size(), typed.size()) - std::min(compared.size(), typed.size());
    if (!is_begun && longer > worst) continue;  // at least so many letters differ
    std::pair<std::size_t, std::string> ranked{is_begun ? 0 : edit_distance(typed, compared),
                                               std::move(candidate.text)};
    nearest.insert(std::upper_bound(nearest.begin(), nearest.end(), ranked), std::move(ranked));
    if (nearest.size() > count) nearest.pop_back();
  }
  std::vector<std::string> ids;
  ids.reserve(nearest.size());
  for (auto& [distance, text] : nearest) ids.push_back(std::move(text));
  return ids;
}

namespace {

Error stream_not_found(const std::string& id, std::vector<StreamId> known, std::string_view why) {
  constexpr std::size_t kShown = 3;
  const std::vector<std::string> nearest = nearest_ids(id, std::move(known), kShown);
  Error error{ErrorCode::kStreamNotFound, fmt::format("find stream \"{}\": {}", shorten(id, kCompared), why)};
  error.hint = nearest.empty() ? "this project has no streams yet: make the first with add_stream"
                               : fmt::format("nearest: {}", fmt::join(nearest, ", "));
  error.suggested_call = nearest.empty() ? "add_stream" : "list_streams";
  return error;
}

}  // namespace

template <class Source>
Result<domain::Stream> get_stream_by_id(Source& source, const std::string& typed, Matching matching) {
  if (auto stream = TRY(source.find_stream({typed}))) return std::move(*stream);
  const std::string id = to_lower(typed);
  if (id != typed)
    if (auto stream = TRY(source.find_stream({id}))) return std::move(*stream);
  const std::vector<StreamId> with_prefix = TRY(source.ids_with_prefix(id, 2));
  const bool may_be_begun = matching == Matching::kPrefix && !id.empty();
  if (may_be_begun && with_prefix.size() == 1)
    if (auto stream = TRY(source.find_stream(with_prefix.front()))) return std::move(*stream);
  constexpr int kSearched = 20'000;  // some milliseconds, on the writer thread
  std::vector<StreamId> known = TRY(source.recent_ids(kSearched));
  // Those of the founding system may have capitals.
  const auto same = std::find_if(known.begin(), known.end(),
                                 [&](const StreamId& candidate) { return to_lower(candidate.text) == id; });
  if (same != known.end())
    if (auto stream = TRY(source.find_stream(*same))) return std::move(*stream);
  return tl::make_unexpected(stream_not_found(
      typed, std::move(known),
      may_be_begun && with_prefix.size() > 1 ? "several begin so; name one in full" : "there is none with this id"));
}

template Result<domain::Stream> get_stream_by_id(store::Reader&, const std::string&, Matching);
template Result<domain::Stream> get_stream_by_id(store::Transaction&, const std::string&, Matching);

}  // namespace stream_status::service
