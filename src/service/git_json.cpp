#include "service/git_json.h"

#include "base/text.h"

namespace stream_status::service {

json::object landing_to_json(const git::Landing& landing) {
  return {{"state", git::name_of(landing.state)},        {"evidence", landing.evidence},
          {"landedBy", text_or_null(landing.landed_by)}, {"commits", landing.commits},
          {"landedCommits", landing.landed_commits},     {"main", text_or_null(landing.main)}};
}

json::value main_to_json(const git::MainBranch& main) {
  if (!main.found()) return nullptr;
  return json::object{{"name", main.name}, {"why", main.why}};
}

json::array texts_to_json(const std::vector<std::string>& texts) {
  json::array array;
  array.reserve(texts.size());
  for (const std::string& text : texts) array.emplace_back(to_utf8(text));
  return array;
}

}  // namespace stream_status::service
