#include "service/lines.h"

#include <map>
#include <string_view>

namespace stream_status::service {

/// What lies uncommitted in a worktree belongs to the branch that is checked out there.
const git::Worktree* own_worktree(const Place& place) {
  const bool is_there = place.worktree != nullptr && place.worktree->exists &&
                        (place.worktree->branch == place.branch || place.branch.empty());
  return is_there ? place.worktree : nullptr;
}

Lines lines_of(std::vector<domain::Stream> streams, const Look& look) {
  Lines result;
  for (domain::Stream& stream : streams) {
    if (!domain::is_open(stream.status)) continue;
    const Place place = place_of(stream, look);
    std::string reason;
    if (place.tip.empty())
      reason = "neither its branch nor its worktree is there";
    else if (place.branch == look.main.name)
      reason = "it works on the main branch";
    if (!reason.empty()) {
      result.left_out.push_back(json::object{{"streamId", stream.id.text}, {"reason", reason}});
      continue;
    }
    result.lines.push_back({stream.id.text, place.tip, own_worktree(place)});
    result.streams.push_back(std::move(stream));
  }
  std::map<std::string_view, std::size_t> line_of;
  for (std::size_t i = 0; i < result.lines.size(); ++i) line_of.emplace(result.lines[i].name, i);
  for (std::size_t i = 0; i < result.lines.size(); ++i)
    for (const StreamId& blocker : result.streams[i].blockers)
      if (const auto found = line_of.find(blocker.text); found != line_of.end())
        result.lines[i].after.push_back(found->second);
  return result;
}

}  // namespace stream_status::service
