#include "git/landing_reflog.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "git/output.h"
#include "git/refs.h"

namespace stream_status::git {
namespace {

using Logs = std::unordered_map<std::string, BranchLog>;

constexpr std::string_view kCreated = "branch: Created from ";

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return text.starts_with(start); });
}

/// From here on the reflog speaks of this branch: before it there was none, or another one's work (a copy).
bool is_beginning(std::string_view subject) {
  return starts_with_any(subject, {kCreated, "branch: Reset to ", "Branch: copied ", "clone: "});
}

/// Subjects as git-commit(1), git-merge(1), git-rebase(1) and their like write them. A fast-forward, a reset or a pull
/// without own commits made nothing.
std::optional<OwnWork> own_work_of(std::string_view subject, const ObjectId& made) {
  if (starts_with_any(subject, {"commit:", "commit (", "cherry-pick:", "cherry-pick (", "revert:", "revert (", "am:"}))
    return OwnWork{made};
  if (starts_with_any(subject, {"merge", "pull"}) && subject.find(": Merge made by ") != std::string_view::npos)
    return OwnWork{made};
  // "rebase (finish): refs/heads/x onto <id>", also "pull --rebase (finish): …"
  constexpr std::string_view kOnto = " onto ";
  const std::size_t onto = subject.rfind(kOnto);
  if (starts_with_any(subject, {"rebase", "pull"}) && subject.find("(finish): refs/") != std::string_view::npos &&
      onto != std::string_view::npos) {
    const std::string_view id = subject.substr(onto + kOnto.size());
    if (id.size() == made.size() && id != made) return OwnWork{made, ObjectId(id)};
  }
  return std::nullopt;
}

Result<void> read(const Git& git, std::span<const std::string> branches, Logs& into) {
  if (branches.empty()) return {};
  std::vector<std::string> arguments{"log", "-g", "-z", "--format=%gD%x1f%H%x1f%gs", "--no-patch", "--no-color"};
  for (const std::string& branch : branches) arguments.push_back(std::string(kBranchPrefix) + branch);
  arguments.emplace_back("--");
  const auto answer = TRY(git.look_with_code(arguments, {0, 128}));
  if (answer.exit_code == 0) {
    parse_branch_logs(answer.output, into);
  } else if (branches.size() > 1) {  // one of them is no branch any more, and git names none of the others
    TRY(read(git, branches.first(branches.size() / 2), into));
    return read(git, branches.subspan(branches.size() / 2), into);
  }
  return {};
}

}  // namespace

void parse_branch_logs(std::string_view output, Logs& into) {
  std::set<std::string_view> begun;
  for (const std::string_view entry : split_nul(output)) {
    // "<ref>@{<n>}", commit, subject: only the last can hold the separator.
    const std::size_t first = entry.find('\x1f');
    const std::size_t second = first == std::string_view::npos ? first : entry.find('\x1f', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view ref = entry.substr(0, entry.substr(0, first).rfind("@{"));
    if (!ref.starts_with(kBranchPrefix) || begun.contains(ref)) continue;
    BranchLog& log = into[std::string(ref.substr(kBranchPrefix.size()))];
    const std::string_view subject = entry.substr(second + 1);
    if (is_beginning(subject)) {
      begun.insert(ref);
      if (subject.starts_with(kCreated)) log.created_from = subject.substr(kCreated.size());
    } else if (auto own = own_work_of(subject, ObjectId(entry.substr(first + 1, second - first - 1)))) {
      log.work.push_back(std::move(*own));
    } else if (!starts_with_any(subject, {"merge", "pull", "rebase", "reset:", "checkout:", "Branch: renamed "})) {
      log.was_moved = true;
    }
  }
}

Result<Logs> read_branch_logs(const Git& git, const std::vector<std::string>& branches) {
  Logs logs;
  TRY(read(git, branches, logs));
  return logs;
}

Result<std::unordered_set<ObjectId>> read_former_tips(const Git& git, const std::string& ref) {
  const auto answer =
      TRY(git.look_with_code({"log", "-g", "--format=%H", "--no-patch", "--no-color", ref, "--"}, {0, 128}));
  std::unordered_set<ObjectId> tips;
  std::string_view lines = answer.exit_code == 0 ? std::string_view(answer.output) : std::string_view();
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    tips.emplace(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return tips;
}

}  // namespace stream_status::git
