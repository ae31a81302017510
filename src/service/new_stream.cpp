#include "service/new_stream.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace stream_status::service {

Result<StreamId> free_id(store::Transaction& transaction, const std::string& slug) {
  StreamId id{slug};
  for (int n = 2; TRY(transaction.find_stream(id)); ++n) id.text = fmt::format("{}-{}", slug, n);
  return id;
}

Result<std::string> check_category(const project::Config& config, const std::string& wanted) {
  const std::string category = to_lower(wanted);
  std::vector<std::string> allowed(domain::kCategoryNames.begin(), domain::kCategoryNames.end());
  allowed.insert(allowed.end(), config.categories.begin(), config.categories.end());
  for (const std::string& name : allowed)
    if (to_lower(name) == category) return name;
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("category: \"{}\" is not one of: {}", one_line(wanted, 40), fmt::join(allowed, ", ")),
              "use one of them, or add yours to \"categories\" in config.json ('stream-status where' names it)");
}

std::string usual_worktree(const project::Config& config, const StreamId& id) {
  const std::string& root = config.worktree_root;
  return fmt::format("{}/{}", root.empty() ? config.project_root + "-worktrees" : root, id.text);
}

}  // namespace stream_status::service
