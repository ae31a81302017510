#include "git/landing_patches.h"

#include <algorithm>
#include <functional>
#include <span>

namespace stream_status::git {
namespace {

constexpr std::size_t kPatchesAtOnce = 500;    ///< their text is in memory
constexpr int kMostFailures = 16;              ///< then the rest is left out: every one costs a process
constexpr std::size_t kMostKnown = 1'000'000;  ///< paths and patches

const std::vector<std::string> kFilesCommand{"diff-tree",
                                             "--stdin",
                                             "--root",
                                             "-r",
                                             "-z",
                                             "--raw",
                                             "--always",
                                             "--no-renames",
                                             "--no-ext-diff",
                                             "--no-textconv",
                                             "--ignore-submodules=none"};
const std::vector<std::string> kPatchCommand{"diff-tree",
                                             "--stdin",
                                             "--root",
                                             "-r",
                                             "-p",
                                             "--full-index",
                                             "--no-renames",
                                             "--no-ext-diff",
                                             "--no-textconv",
                                             "--no-color",
                                             "--src-prefix=a/",
                                             "--dst-prefix=b/",
                                             "--ignore-submodules=none"};

const std::vector<std::string> kMergesCommand{
    "diff-tree",    "--stdin",       "--cc",          "-r",         "-p",
    "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=none"};

/// Fewer lines than this are not worth a process of their own.
constexpr std::size_t kWorthAProcess = 100;

std::string joined(std::span<const std::string> lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// Hands lines to git and its output to `take`. Where git fails (objects are missing), the lines are halved until the
/// ones it fails on are known; those are left out.
class Feeder {
 public:
  Feeder(const Git& git, const std::vector<std::string>& command, std::function<Result<void>(std::string)> take)
      : git_(git), command_(command), take_(std::move(take)) {}

  Result<void> feed(std::span<const std::string> lines) {
    if (lines.empty() || failures_ >= kMostFailures) return {};
    auto answer = git_.look(command_, {.input = joined(lines)});
    if (answer) return take_(std::move(*answer));
    if (answer.error().code != ErrorCode::kGitError) return tl::make_unexpected(std::move(answer).error());
    if (lines.size() == 1) {
      ++failures_;
      return {};
    }
    TRY(feed(lines.first(lines.size() / 2)));
    return feed(lines.subspan(lines.size() / 2));
  }

  /// Two parts at a time, of at most `at_once` lines each.
  Result<void> feed_in_parts(std::span<const std::string> lines, std::size_t at_once) {
    const std::size_t part = std::min(at_once, std::max(kWorthAProcess, (lines.size() + 1) / 2));
    while (!lines.empty()) {
      std::vector<std::span<const std::string>> parts;
      std::vector<Git::Look> looks;
      while (!lines.empty() && parts.size() < 2) {
        parts.push_back(lines.first(std::min(part, lines.size())));
        lines = lines.subspan(parts.back().size());
        looks.push_back({command_, {.input = joined(parts.back())}});
      }
      auto answers = git_.look_each(looks);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (answers[i] && answers[i]->exit_code == 0)
          TRY(take_(std::move(answers[i]->output)));
        else
          TRY(feed(parts[i]));  // says what is wrong, or leaves out the lines that are
      }
    }
    return {};
  }

 private:
  const Git& git_;
  const std::vector<std::string>& command_;
  std::function<Result<void>(std::string)> take_;
  int failures_ = 0;
};

/// FNV-1a: the same for the same bytes in every process, and long enough for names that nobody chooses to collide:
/// equal numbers only say where the patches must be compared.
std::uint64_t hash_of(std::string_view bytes, std::uint64_t hash = 14695981039346656037u) {
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211u;
  return hash;
}

enum class Names { kDropped, kKept };

/// Output of kFilesCommand: "<commit>", also when it changes nothing, then for each file ":<modes> <ids> <status>" and
/// the path.
void parse_files(std::string_view output, Names names, std::unordered_map<ObjectId, TouchedFiles>& into) {
  TouchedFiles* files = nullptr;
  const auto pieces = split_nul(output);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!pieces[i].starts_with(':')) {
      files = &into[ObjectId(pieces[i])];
    } else if (i + 1 < pieces.size() && files != nullptr) {
      const std::string_view status = pieces[i].substr(pieces[i].size() - 1);
      const std::string_view path = pieces[++i];
      files->paths.push_back(hash_of(path));
      if (names == Names::kKept) files->names.emplace_back(path);
      files->fingerprint = hash_of(status, hash_of(path, files->fingerprint * 31 + 7));
    }
  }
}

/// Output of kPatchCommand: a line with the commit, then its diff. Calls `commit(id)`, `file()` and `changed(line)`
/// with each added or removed line, its mark in front.
template <class OnCommit, class OnFile, class OnChanged>
void parse_diffs(std::string_view diffs, OnCommit commit, OnFile file, OnChanged changed) {
  bool in_hunk = false;
  while (!diffs.empty()) {
    const std::size_t end = diffs.find('\n');
    const std::string_view line = diffs.substr(0, end);
    diffs.remove_prefix(end == std::string_view::npos ? diffs.size() : end + 1);
    if (line.empty()) continue;
    switch (line.front()) {
      case ' ':
      case '\\': break;
      case '@': in_hunk = true; break;
      case '+':
      case '-':
        if (in_hunk) changed(line);
        break;
      default:
        in_hunk = false;
        if (line.starts_with("diff ")) {
          file();
        } else if (line.size() >= 40 && line.find_first_not_of("0123456789abcdef") == std::string_view::npos) {
          commit(ObjectId(line));
        }
    }
  }
}

/// Output of git patch-id: "<patch> <commit>" per line.
void parse_patches(std::string_view output, std::unordered_map<ObjectId, Patch>& into) {
  while (!output.empty()) {
    const std::size_t end = output.find('\n');
    const std::string_view line = output.substr(0, end);
    output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos) into[ObjectId(line.substr(space + 1))].id = line.substr(0, space);
  }
}

Result<void> read_files(const Git& git, std::span<const std::string> lines, Names names,
                        std::unordered_map<ObjectId, TouchedFiles>& into) {
  Feeder feeder(git, kFilesCommand, [&](const std::string& output) -> Result<void> {
    parse_files(output, names, into);
    return {};
  });
  return feeder.feed_in_parts(lines, 20'000);
}

Result<void> read_patches(const Git& git, std::span<const std::string> lines,
                          std::unordered_map<ObjectId, Patch>& into) {
  Feeder feeder(git, kPatchCommand, [&](std::string diffs) -> Result<void> {
    Patch* patch = nullptr;
    parse_diffs(
        diffs, [&](const ObjectId& id) { patch = &into[id]; }, [] {},
        [&](std::string_view line) {
          if (patch != nullptr) patch->lines = hash_of(line, patch->lines * 31 + 7);
        });
    if (!diffs.empty()) parse_patches(TRY(git.look({"patch-id", "--stable"}, {.input = std::move(diffs)})), into);
    return {};
  });
  return feeder.feed_in_parts(lines, kPatchesAtOnce);
}

std::vector<std::string> lines_of(const std::vector<Span>& spans) {
  std::vector<std::string> lines;
  lines.reserve(spans.size());
  // The second name takes the place of the first one's parent.
  for (const Span& span : spans) lines.push_back(span.to + " " + span.from);
  return lines;
}

}  // namespace

Result<void> PatchBook::learn_files(const Git& git, const std::vector<ObjectId>& commits) {
  std::vector<std::string> lines;
  for (const ObjectId& commit : commits)
    if (!files_.contains(commit)) lines.push_back(commit);
  return read_files(git, lines, Names::kDropped, files_);
}

Result<void> PatchBook::learn_patches(const Git& git, const std::vector<ObjectId>& commits) {
  std::vector<std::string> lines;
  for (const ObjectId& commit : commits)
    if (!patches_.contains(commit)) lines.push_back(commit);
  return read_patches(git, lines, patches_);
}

const TouchedFiles* PatchBook::files_of(const ObjectId& commit) const {
  const auto found = files_.find(commit);
  return found == files_.end() ? nullptr : &found->second;
}

const Patch* PatchBook::patch_of(const ObjectId& commit) const {
  const auto found = patches_.find(commit);
  return found == patches_.end() ? nullptr : &found->second;
}

void PatchBook::trim() {
  std::size_t known = patches_.size();
  for (const auto& [commit, files] : files_) known += files.paths.size();
  if (known <= kMostKnown) return;
  files_.clear();
  patches_.clear();
}

Result<std::unordered_map<ObjectId, TouchedFiles>> files_between(const Git& git, const std::vector<Span>& spans) {
  std::unordered_map<ObjectId, TouchedFiles> files;
  TRY(read_files(git, lines_of(spans), Names::kKept, files));
  return files;
}

Result<std::unordered_map<ObjectId, Patch>> patches_between(const Git& git, const std::vector<Span>& spans) {
  std::unordered_map<ObjectId, Patch> patches;
  TRY(read_patches(git, lines_of(spans), patches));
  return patches;
}

Result<std::unordered_map<ObjectId, std::vector<std::vector<std::uint64_t>>>> lines_added_between(
    const Git& git, const std::vector<Span>& spans) {
  std::unordered_map<ObjectId, std::vector<std::vector<std::uint64_t>>> added;
  Feeder feeder(git, kPatchCommand, [&](const std::string& diffs) -> Result<void> {
    std::vector<std::vector<std::uint64_t>>* files = nullptr;
    parse_diffs(
        diffs, [&](const ObjectId& id) { files = &added[id]; },
        [&] {
          if (files != nullptr) files->emplace_back();
        },
        [&](std::string_view line) {
          if (files != nullptr && !files->empty() && line.front() == '+')
            files->back().push_back(hash_of_line(line.substr(1)));
        });
    return {};
  });
  TRY(feeder.feed_in_parts(lines_of(spans), kPatchesAtOnce));
  return added;
}

std::uint64_t hash_of_line(std::string_view line) { return hash_of(line); }

Result<std::vector<ObjectId>> merges_with_own_content(const Git& git, const std::vector<ObjectId>& merges) {
  std::vector<ObjectId> found;
  Feeder feeder(git, kMergesCommand, [&](const std::string& output) -> Result<void> {
    // "<commit>", then "diff --cc <file>" for each file that is like none of the parents and not a mere mix of them.
    ObjectId merge;
    std::string_view rest = output;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (line.starts_with("diff --c")) {
        if (found.empty() || found.back() != merge) found.push_back(merge);
      } else if (line.size() >= 40 && line.find_first_not_of("0123456789abcdef") == std::string_view::npos) {
        merge = line;
      }
    }
    return {};
  });
  TRY(feeder.feed_in_parts(merges, kPatchesAtOnce));
  return found;
}

}  // namespace stream_status::git
