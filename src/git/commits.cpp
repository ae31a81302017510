#include "git/commits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_set>

#include "base/text.h"
#include "git/output.h"
#include "git/worktrees.h"
#include "os/file.h"

namespace stream_status::git {
namespace {

constexpr std::size_t kMessageLimit = 10'000;
/// Of the year 9999: a commit may claim any time, and ours have four digits of year.
constexpr std::int64_t kLastSecond = 253'402'300'799;
/// From so many on, two processes share the diffs.
constexpr std::size_t kWorthSharing = 500;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string message_of(std::string_view raw) {
  while (raw.ends_with('\n')) raw.remove_suffix(1);
  // No character has more than four bytes: the rest of a huge message is not even looked at.
  std::string message = to_utf8(raw.substr(0, 4 * kMessageLimit + 4));
  return count_characters(message) > kMessageLimit ? shorten(message, kMessageLimit - 1) : message;
}

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// How many lines of one file; no sum of them overflows.
std::int64_t lines(std::string_view text) { return std::clamp<std::int64_t>(number(text), 0, 1'000'000'000); }

/// "3\t1\tpath", or "-\t-\tpath" for a binary file.
void add_file(CommitInfo& commit, std::string_view line) {
  if (line.starts_with('\n')) line.remove_prefix(1);
  const std::size_t first = line.find('\t');
  const std::size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
  if (second == std::string_view::npos) return;
  ++commit.files_changed;
  commit.insertions += lines(line.substr(0, first));
  commit.deletions += lines(line.substr(first + 1, second - first - 1));
}

/// What comes before each commit: from diff-tree an empty piece, from rev-list a line's end.
bool is_start(std::string_view piece) { return piece.empty() || piece == "\n"; }

enum class Counts { kLines, kNone };

constexpr const char* kEncoding = "--encoding=UTF-8";
constexpr const char* kFormat = "--format=%x00%H%x00%ct%x00%an%x00%B%x00";

/// Plumbing, because it does not heed the user's settings of log and diff.
std::vector<std::string> reading(Counts counts) {
  if (counts == Counts::kNone)
    return {"rev-list", "--no-walk=unsorted",         "--stdin", "--no-commit-header",
            kEncoding,  std::string(kFormat) + "%x00"};
  return {"diff-tree",
          "--stdin",
          "--root",
          "--always",
          "-r",
          "-z",
          "--numstat",
          "--no-renames",
          "--no-ext-diff",
          "--no-textconv",
          "--no-relative",
          "--no-color",
          "--no-notes",
          "--no-show-signature",
          "--ignore-submodules=none",
          kEncoding,
          kFormat};
}

Result<std::vector<CommitInfo>> read_each(const Git& git, const std::vector<ObjectId>& ids, Counts counts) {
  const std::size_t shares = ids.size() < kWorthSharing ? 1 : 2;
  const std::size_t per_share = (ids.size() + shares - 1) / shares;
  std::vector<Git::Look> looks;
  for (std::size_t start = 0; start < ids.size(); start += per_share) {
    Git::Look look{reading(counts)};
    for (std::size_t i = start; i < std::min(start + per_share, ids.size()); ++i) look.run.input += ids[i] + "\n";
    looks.push_back(std::move(look));
  }
  std::vector<CommitInfo> commits;
  commits.reserve(ids.size());
  for (auto& answer : git.look_each(looks)) {
    const Git::Answer read = TRY(std::move(answer));
    if (read.exit_code != 0)
      return fail(ErrorCode::kGitError,
                  fmt::format("read commits: {}: {}", git.directory(), shorten(to_utf8(read.error_output), 300)));
    parse_commits(read.output, commits);
  }
  return commits;
}

/// Where a shallow clone ends, the parents are unknown and a difference would be the whole tree.
std::set<std::string, std::less<>> shallow_ends(const Git& git) {
  std::set<std::string, std::less<>> ends;
  if (!git.is_shallow()) return ends;
  const auto content = os::read_file(git.common_directory() + "/shallow", 64u << 20);
  if (content && *content)
    for (const std::string_view line : split_lines(**content)) ends.emplace(line);
  return ends;
}

Result<std::vector<ObjectId>> list_at_most(const Git& git, const ObjectId& tip, const std::vector<ObjectId>& excluded,
                                           std::optional<std::size_t> limit) {
  if (!is_object_id(tip))
    return fail(ErrorCode::kInvalidArgument, fmt::format("list commits: '{}' is not the full name of a commit", tip));
  std::vector<std::string> arguments{"rev-list"};
  if (limit) arguments.push_back(fmt::format("--max-count={}", *limit));
  // What follows --ignore-missing may be gone; the tip may not.
  for (const char* argument : {tip.c_str(), "--ignore-missing", "--stdin"}) arguments.emplace_back(argument);
  RunOptions run;
  for (const ObjectId& id : excluded)
    if (is_object_id(id)) run.input += "^" + id + "\n";
  const std::string output = TRY(git.look(arguments, run));
  std::vector<ObjectId> ids;
  for (const std::string_view line : split_lines(output)) ids.emplace_back(line);
  return ids;
}

/// The commit that each hash names; empty where there is none, or more than one.
Result<std::vector<ObjectId>> resolve(const Git& git, const std::vector<std::string>& hashes) {
  std::vector<std::string> wanted;
  RunOptions run;
  for (const std::string& hash : hashes) {
    const bool is_hash = hash.size() >= 4 && hash.size() <= 64 && is_hex(hash);
    wanted.push_back(is_hash ? to_lower(hash) : std::string());
    if (is_hash) run.input += wanted.back() + "^{commit}\n";
  }
  std::vector<ObjectId> ids(hashes.size());
  if (run.input.empty()) return ids;
  const std::string output = TRY(git.look({"cat-file", "--batch-check=%(objectname) %(objecttype)"}, run));
  const std::vector<std::string_view> lines = split_lines(output);
  std::size_t line = 0;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (wanted[i].empty() || line >= lines.size()) continue;
    const std::string_view answer = lines[line++];
    const std::string_view id = answer.substr(0, answer.find(' '));
    if (!answer.ends_with(" commit") || !is_object_id(id)) continue;
    if (id.starts_with(wanted[i])) {
      ids[i] = id;
      continue;
    }
    // A branch may be called "deadbeef", and a ref goes before an abbreviation.
    const std::string same_start = TRY(git.look({"rev-parse", "--disambiguate=" + wanted[i]}));
    const std::vector<std::string_view> objects = split_lines(same_start);
    if (objects.size() != 1) continue;
    const std::string type = TRY(git.look({"cat-file", "-t", std::string(objects.front())}));
    if (type == "commit\n") ids[i] = objects.front();
  }
  return ids;
}

Result<bool> exists(const Git& git, const ObjectId& id) { return !TRY(resolve(git, {id})).front().empty(); }

}  // namespace

/// Each commit: a start, four fields, an empty piece, its files. The piece of a file is never empty.
void parse_commits(std::string_view output, std::vector<CommitInfo>& commits) {
  const std::vector<std::string_view> pieces = split_nul(output);
  std::size_t i = 0;
  while (i + 4 < pieces.size()) {
    if (!is_start(pieces[i]) || !is_object_id(pieces[i + 1])) {
      ++i;
      continue;
    }
    CommitInfo commit;
    commit.id = pieces[i + 1];
    commit.committed_at = WallTime{seconds{std::clamp<std::int64_t>(number(pieces[i + 2]), 0, kLastSecond)}};
    commit.author = to_utf8(pieces[i + 3]);
    commit.message = message_of(pieces[i + 4]);
    i += 6;
    for (; i < pieces.size() && !is_start(pieces[i]); ++i) add_file(commit, pieces[i]);
    commits.push_back(std::move(commit));
  }
}

Result<std::vector<ObjectId>> list_commits(const Git& git, const ObjectId& tip, const std::vector<ObjectId>& excluded) {
  return list_at_most(git, tip, excluded, std::nullopt);
}

Result<std::vector<CommitInfo>> read_commits(const Git& git, const ObjectId& tip, const std::vector<ObjectId>& excluded,
                                             std::size_t limit) {
  const std::vector<ObjectId> ids = TRY(list_at_most(git, tip, excluded, limit));
  if (ids.empty()) return std::vector<CommitInfo>{};
  auto read = read_each(git, ids, Counts::kLines);
  // A partial clone has the commits, but not all files to compare.
  if (!read && read.error().code == ErrorCode::kGitError) read = read_each(git, ids, Counts::kNone);
  std::vector<CommitInfo> commits = TRY(std::move(read));
  if (const auto ends = shallow_ends(git); !ends.empty())
    for (CommitInfo& commit : commits)
      if (ends.contains(commit.id)) commit.files_changed = commit.insertions = commit.deletions = 0;
  return commits;
}

Result<std::vector<std::string>> list_unreachable(const Git& git, const std::vector<std::string>& hashes) {
  std::vector<std::string> unreachable;
  const std::vector<ObjectId> ids = TRY(resolve(git, hashes));
  RunOptions run;
  for (const ObjectId& id : ids)
    if (!id.empty()) run.input += id + "\n";
  if (run.input.empty()) return unreachable;
  for (const Worktree& worktree : TRY(list_worktrees(git)))
    if (!worktree.head.empty()) run.input += "^" + worktree.head + "\n";
  const std::string output =
      TRY(git.look({"rev-list", "--ignore-missing", "--stdin", "--not", "--branches", "--tags", "--remotes"}, run));
  const std::vector<std::string_view> lines = split_lines(output);
  const std::unordered_set<std::string_view> lost(lines.begin(), lines.end());
  for (std::size_t i = 0; i < hashes.size(); ++i)
    if (!ids[i].empty() && lost.contains(ids[i])) unreachable.push_back(hashes[i]);
  return unreachable;
}

Result<bool> is_ancestor(const Git& git, const ObjectId& ancestor, const ObjectId& tip) {
  if (!is_object_id(ancestor) || !is_object_id(tip)) return false;
  auto answer = git.look_with_code({"merge-base", "--is-ancestor", ancestor, tip}, {0, 1});
  if (answer) return answer->exit_code == 0;
  if (answer.error().code == ErrorCode::kGitError && (!TRY(exists(git, ancestor)) || !TRY(exists(git, tip))))
    return false;
  return tl::make_unexpected(std::move(answer).error());
}

Result<ObjectId> merge_base(const Git& git, const ObjectId& a, const ObjectId& b) {
  if (!is_object_id(a) || !is_object_id(b))
    return fail(ErrorCode::kInvalidArgument, fmt::format("find the merge base: '{}' or '{}' is not a commit", a, b));
  const Git::Answer answer = TRY(git.look_with_code({"merge-base", a, b}, {0, 1}));
  return answer.output.substr(0, answer.output.find('\n'));
}

Result<ObjectId> first_parent(const Git& git, const ObjectId& commit) {
  const Git::Answer answer = TRY(git.look_with_code({"rev-parse", "--verify", "--quiet", commit + "^1"}, {0, 1}));
  return answer.output.substr(0, answer.output.find('\n'));
}

}  // namespace stream_status::git
