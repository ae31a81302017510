#include "git/differences.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "git/output.h"

namespace stream_status::git {
namespace {

/// Git looks so far for a NUL.
constexpr std::size_t kLooksBinary = 8000;
constexpr std::int64_t kLargestText = std::int64_t{8} << 20;
constexpr std::int64_t kMostLines = 1'000'000'000;

constexpr std::array<std::string_view, 4> kChangeNames = {"added", "modified", "deleted", "renamed"};

/// The next piece of `text` up to `end`, which is taken away too.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view piece = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return piece;
}

/// No sum of them overflows.
std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::clamp<std::int64_t>(value, 0, kMostLines);
}

/// ":100644 100644 OLD NEW M", or R100 and C75.
struct RawRecord {
  std::string_view old_object;
  char status = ' ';
};
RawRecord parse_raw(std::string_view piece) {
  piece.remove_prefix(1);
  take_until(piece, ' ');
  take_until(piece, ' ');
  RawRecord record{take_until(piece, ' ')};
  take_until(piece, ' ');
  record.status = piece.empty() ? ' ' : piece.front();
  return record;
}
bool has_two_paths(char status) { return status == 'R' || status == 'C'; }

ObjectId object_or_none(std::string_view object) {
  return object.find_first_not_of('0') == std::string_view::npos ? ObjectId{} : ObjectId(object);
}

FileChange change_of(char status) {
  switch (status) {
    case 'A':
    case 'C': return FileChange::kAdded;
    case 'D': return FileChange::kDeleted;
    case 'R': return FileChange::kRenamed;
    default: return FileChange::kModified;  // also another mode or type, and what conflicts
  }
}

/// What every look at differences says: the user's settings of diff do not count.
const std::vector<std::string>& plain() {
  static const std::vector<std::string> kPlain = {
      "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-relative", "--no-color", "-z"};
  return kPlain;
}

std::vector<std::string> command(std::vector<std::string> first, const std::vector<std::string>& last) {
  first.insert(first.end(), plain().begin(), plain().end());
  first.insert(first.end(), last.begin(), last.end());
  return first;
}

Result<std::vector<Difference>> differences_of(Result<std::string> output) {
  return parse_differences(TRY(std::move(output)));
}

std::vector<std::string> with_paths(const ObjectId& from, const std::vector<std::string>& rest,
                                    const std::vector<std::string>& paths) {
  std::vector<std::string> arguments{from};
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), paths.begin(), paths.end());
  return arguments;
}

/// "@@ -12,3 +14,2 @@": a count that is left out is 1; at 0 lines git names the line before.
Hunk parse_hunk(std::string_view line) {
  line.remove_prefix(4);
  std::string_view before = take_until(line, ' ');
  std::string_view after = take_until(line, ' ');
  Hunk hunk;
  hunk.start = number(take_until(before, ','));
  hunk.lines = before.empty() ? 1 : number(before);
  if (!after.empty()) after.remove_prefix(1);
  take_until(after, ',');
  hunk.new_lines = after.empty() ? 1 : number(after);
  if (hunk.lines == 0) ++hunk.start;
  return hunk;
}

}  // namespace

std::string_view name_of(FileChange change) { return kChangeNames[static_cast<std::size_t>(change)]; }

/// First all raw records, then a record of counts for each; paths never come first, so what begins with ':' is raw.
std::vector<Difference> parse_differences(std::string_view output) {
  const std::vector<std::string_view> pieces = split_nul(output);
  std::map<std::string, Difference, std::less<>> found;
  std::size_t i = 0;
  while (i < pieces.size() && pieces[i].starts_with(':')) {
    const RawRecord record = parse_raw(pieces[i]);
    const bool two = has_two_paths(record.status);
    if (i + (two ? 2 : 1) >= pieces.size()) break;
    Difference difference{std::string(pieces[i + (two ? 2 : 1)])};
    if (record.status == 'R') difference.old_path = pieces[i + 1];
    difference.change = change_of(record.status);
    difference.old_object = object_or_none(record.old_object);
    i += two ? 3 : 2;
    found.emplace(difference.path, std::move(difference));  // an unmerged file comes twice
  }
  while (i < pieces.size()) {
    std::string_view counts = pieces[i++];
    const std::string_view insertions = take_until(counts, '\t');
    const std::string_view deletions = take_until(counts, '\t');
    std::string_view path = counts;
    if (path.empty()) {  // renamed: both names follow
      if (i + 1 >= pieces.size()) break;
      path = pieces[i + 1];
      i += 2;
    }
    const auto difference = found.find(path);
    if (difference == found.end() || insertions == "-") continue;
    difference->second.insertions = number(insertions);
    difference->second.deletions = number(deletions);
  }
  std::vector<Difference> differences;
  differences.reserve(found.size());
  for (auto& [path, difference] : found) differences.push_back(std::move(difference));
  return differences;
}

/// First all raw records, then, after an empty piece, their patches in the same order. Without context, a line of a
/// patch that is no heading begins with '+', '-' or '\'.
std::vector<FileHunks> parse_hunks(std::string_view output) {
  std::vector<FileHunks> files;
  std::vector<std::size_t> of_patch;  ///< the file that each patch is about
  while (output.starts_with(':')) {
    const RawRecord record = parse_raw(take_until(output, '\0'));
    files.push_back({std::string(take_until(output, '\0')), object_or_none(record.old_object)});
    of_patch.push_back(files.size() - 1);
    if (record.status == 'T') of_patch.push_back(files.size() - 1);  // it goes, and comes as something else
  }
  std::size_t patches = 0;
  if (output.starts_with('\0')) output.remove_prefix(1);
  while (!output.empty()) {
    const std::string_view line = take_until(output, '\n');
    if (line.starts_with("diff --git ")) ++patches;
    if (!line.starts_with("@@ -") || patches == 0 || patches > of_patch.size()) continue;
    files[of_patch[patches - 1]].hunks.push_back(parse_hunk(line));
  }
  // Then it is not known which is whose.
  if (patches != of_patch.size())
    for (FileHunks& file : files) file.hunks.clear();
  return files;
}

Result<std::vector<Difference>> read_differences(const Git& git, const ObjectId& from, const ObjectId& to) {
  return differences_of(
      git.look(command({"diff-tree", "-r", "-M", "--numstat", "--ignore-submodules=none"}, {from, to})));
}

Result<std::vector<Difference>> read_differences(const Git& git, const ObjectId& from, const Worktree& to) {
  RunOptions run;
  run.directory = to.path;
  return differences_of(
      git.look(command({"diff-index", "-M", "--numstat", "--ignore-submodules=dirty"}, {from, "--"}), run));
}

Result<std::vector<FileHunks>> read_hunks(const Git& git, const ObjectId& from, const ObjectId& to,
                                          const std::vector<std::string>& paths) {
  if (paths.empty()) return std::vector<FileHunks>{};
  return parse_hunks(TRY(git.look(command({"--literal-pathspecs", "diff-tree", "-r", "-p", "-U0", "--no-renames",
                                           "--inter-hunk-context=0", "--ignore-submodules=none"},
                                          with_paths(from, {to}, paths)))));
}

Result<std::vector<FileHunks>> read_hunks(const Git& git, const ObjectId& from, const Worktree& to,
                                          const std::vector<std::string>& paths) {
  if (paths.empty()) return std::vector<FileHunks>{};
  RunOptions run;
  run.directory = to.path;
  return parse_hunks(TRY(git.look(command({"--literal-pathspecs", "diff-index", "-p", "-U0", "--no-renames",
                                           "--inter-hunk-context=0", "--ignore-submodules=dirty"},
                                          with_paths(from, {}, paths)),
                                  run)));
}

std::optional<std::int64_t> count_lines(std::string_view content) {
  if (content.substr(0, kLooksBinary).find('\0') != std::string_view::npos) return std::nullopt;
  const auto ends = std::count(content.begin(), content.end(), '\n');
  return content.empty() || content.back() == '\n' ? ends : ends + 1;
}

Result<std::vector<std::optional<std::int64_t>>> count_lines(const Git& git, const std::vector<ObjectId>& objects) {
  std::map<ObjectId, std::optional<std::int64_t>> lines;
  RunOptions run;
  for (const ObjectId& object : objects)
    if (is_object_id(object) && lines.emplace(object, std::nullopt).second) run.input += object + "\n";
  if (!run.input.empty()) {
    const std::string sizes =
        TRY(git.look({"cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"}, run));
    run.input.clear();
    std::string_view rest = sizes;
    while (!rest.empty()) {
      std::string_view line = take_until(rest, '\n');
      const std::string_view object = take_until(line, ' ');
      if (take_until(line, ' ') == "blob" && number(line) <= kLargestText) run.input += std::string(object) + "\n";
    }
  }
  if (!run.input.empty()) {
    const std::string contents = TRY(git.look({"cat-file", "--batch"}, run));
    std::string_view rest = contents;
    while (!rest.empty()) {
      std::string_view heading = take_until(rest, '\n');
      const std::string_view object = take_until(heading, ' ');
      take_until(heading, ' ');
      const auto size = static_cast<std::size_t>(number(heading));
      if (size > rest.size()) break;
      if (const auto known = lines.find(ObjectId(object)); known != lines.end())
        known->second = count_lines(rest.substr(0, size));
      rest.remove_prefix(std::min(size + 1, rest.size()));
    }
  }
  std::vector<std::optional<std::int64_t>> counts;
  counts.reserve(objects.size());
  for (const ObjectId& object : objects) {
    const auto known = lines.find(object);
    counts.push_back(known == lines.end() ? std::nullopt : known->second);
  }
  return counts;
}

}  // namespace stream_status::git
