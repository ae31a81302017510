#include "git/forecast_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "git/commits.h"
#include "git/forecast_answers.h"

namespace stream_status::git {
namespace {

/// The part of history that leads from a commit to the main branch.
struct Way {
  enum class Kind { kNone, kOne, kSeveral };
  Kind kind = Kind::kNone;
  std::string_view base = {};  ///< kOne: the commit of the main branch it left from

  void join(const Way& other) {
    if (other.kind == Kind::kNone) return;
    if (kind == Kind::kNone)
      *this = other;
    else if (other.kind == Kind::kSeveral || base != other.base)
      kind = Kind::kSeveral;
  }
};

std::string no_history(const Git& git, std::string_view with) {
  return fmt::format("no history in common with {}{}", with,
                     git.is_shallow() ? ": the clone is shallow (git fetch --unshallow)" : "");
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const std::size_t end = text.find(at);
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return pieces;
}

/// By git's own rule, one command per line.
Result<void> ask_for_bases(const Git& git, const std::vector<ObjectId>& main_tips, const std::vector<ObjectId>& tips,
                           const std::vector<std::size_t>& asked, std::vector<CommittedFiles>& found) {
  std::vector<std::vector<std::string>> commands;
  commands.reserve(asked.size());
  for (const std::size_t index : asked) {
    commands.push_back({"merge-base", tips[index]});
    commands.back().insert(commands.back().end(), main_tips.begin(), main_tips.end());
  }
  const auto answers = git.look_all(commands);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    CommittedFiles& line = found[asked[i]];
    if (!answers[i]) {
      if (stops_all(answers[i].error())) return tl::make_unexpected(answers[i].error());
      line.problem = answers[i].error().message;
    } else if (answers[i]->exit_code == 0) {
      line.base = answers[i]->output.substr(0, answers[i]->output.find('\n'));
    } else if (answers[i]->exit_code == 1) {
      line.problem = no_history(git, "the main branch");
    } else {
      line.problem = fmt::format("its history can not be read: {}", reason_of(*answers[i]));
    }
  }
  return {};
}

/// Tips that history did not show: part of the main branch, or not there at all.
Result<void> look_for_unseen(const Git& git, const std::vector<ObjectId>& main_tips, const std::vector<ObjectId>& tips,
                             const std::vector<std::size_t>& unseen, std::vector<CommittedFiles>& found) {
  if (unseen.empty()) return {};
  RunOptions run;
  for (const std::size_t index : unseen) run.input += tips[index] + "\n";
  const Result<std::string> answer = git.look({"cat-file", "--batch-check=%(objecttype)"}, run);
  if (!answer && stops_all(answer.error())) return tl::make_unexpected(answer.error());
  if (!answer) return ask_for_bases(git, main_tips, tips, unseen, found);  // one damaged object ended it for all
  const std::vector<std::string_view> lines = split(*answer, '\n');
  for (std::size_t i = 0; i < unseen.size(); ++i) {
    CommittedFiles& line = found[unseen[i]];
    if (i < lines.size() && lines[i] == "commit")
      line.base = tips[unseen[i]];
    else
      line.problem = fmt::format("commit {} is not in the repository", tips[unseen[i]]);
  }
  return {};
}

/// One walk over what is not on the main branch. Where it left the main branch at one commit, that is the merge base;
/// after merges of the main branch there are several, and git is asked which is the best.
Result<void> find_bases(const Git& git, const std::vector<ObjectId>& main_tips, const std::vector<ObjectId>& tips,
                        std::vector<CommittedFiles>& found) {
  std::string input;
  for (const ObjectId& tip : tips) input += tip + "\n";
  for (const ObjectId& tip : main_tips) input += "^" + tip + "\n";
  RunOptions run;
  run.input = std::move(input);
  const Result<std::string> walked =
      git.look({"rev-list", "--ignore-missing", "--parents", "--boundary", "--topo-order", "--stdin"}, run);
  if (!walked) {
    if (stops_all(walked.error())) return tl::make_unexpected(walked.error());
    // One broken history ends the walk for all.
    std::vector<std::size_t> all(tips.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return ask_for_bases(git, main_tips, tips, all, found);
  }
  std::unordered_map<std::string_view, Way> ways;
  const std::vector<std::string_view> lines = split(*walked, '\n');
  for (const std::string_view line : lines)
    if (line.starts_with('-')) {
      const std::string_view commit = line.substr(1, line.find(' ') - 1);
      ways[commit] = {Way::Kind::kOne, commit};
    }
  // Children come before their parents: from the end, each parent is known when its child is met.
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line->starts_with('-')) continue;
    const std::vector<std::string_view> commits = split(*line, ' ');
    Way way;
    for (std::size_t parent = 1; parent < commits.size(); ++parent)
      if (const auto known = ways.find(commits[parent]); known != ways.end()) way.join(known->second);
    ways[commits.front()] = way;
  }
  std::vector<std::size_t> unseen;
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < tips.size(); ++i) {
    const auto way = ways.find(tips[i]);
    if (way == ways.end())
      unseen.push_back(i);
    else if (way->second.kind == Way::Kind::kOne)
      found[i].base = std::string(way->second.base);
    else if (way->second.kind == Way::Kind::kSeveral)
      asked.push_back(i);
    else
      found[i].problem = no_history(git, "the main branch");
  }
  TRY(look_for_unseen(git, main_tips, tips, unseen, found));
  return ask_for_bases(git, main_tips, tips, asked, found);
}

/// Lines with history in common are compared with an ancestor of all of them, as if the main branch stood there.
Result<void> find_common_bases(const Git& git, const std::vector<ObjectId>& tips, std::vector<CommittedFiles>& found) {
  struct Family {
    ObjectId base;
    std::vector<std::size_t> members;
  };
  std::vector<Family> families;
  for (std::size_t i = 0; i < tips.size(); ++i) {
    bool is_placed = false;
    for (Family& family : families) {
      const Result<ObjectId> base = merge_base(git, family.base, tips[i]);
      if (!base && stops_all(base.error())) return tl::make_unexpected(base.error());
      if (!base) found[i].problem = base.error().message;
      is_placed = !base || !base->empty();
      if (base && is_placed) {
        family.base = *base;
        family.members.push_back(i);
      }
      if (is_placed) break;
    }
    if (is_placed) continue;
    if (git.look({"cat-file", "-e", tips[i] + "^{commit}"}))
      families.push_back({tips[i], {i}});
    else
      found[i].problem = fmt::format("commit {} is not in the repository", tips[i]);
  }
  for (const Family& family : families)
    for (const std::size_t member : family.members) {
      if (family.members.size() > 1 || tips.size() == 1)
        found[member].base = family.base;
      else
        found[member].problem = no_history(git, "another stream, and no main branch is known");
    }
  return {};
}

std::vector<std::string> diff_command() {
  // --raw, because in --name-only a file with the name of a commit could not be told from the heading.
  return {"diff-tree",     "-r", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none", "--no-ext-diff",
          "--no-textconv", "-z"};
}

using FilesOfTips = std::unordered_map<std::string_view, std::vector<std::string>>;

/// Pieces are ":… M", path; each tip is a heading without a colon.
FilesOfTips parse_diffs(std::string_view output) {
  FilesOfTips files;
  std::vector<std::string>* current = &files[{}];
  const std::vector<std::string_view> pieces = split_nul(output);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!pieces[i].starts_with(':'))
      current = &files[pieces[i]];
    else if (++i < pieces.size())
      current->emplace_back(pieces[i]);
  }
  return files;
}

Result<void> read_files(const Git& git, const std::vector<ObjectId>& tips, std::vector<CommittedFiles>& found) {
  RunOptions run;
  for (std::size_t i = 0; i < tips.size(); ++i)
    // The second is taken for the parent of the first.
    if (found[i].problem.empty() && found[i].base != tips[i]) run.input += tips[i] + " " + found[i].base + "\n";
  if (run.input.empty()) return {};
  std::vector<std::string> command = diff_command();
  command.emplace_back("--stdin");
  const Result<std::string> output = git.look(command, run);
  if (!output && stops_all(output.error())) return tl::make_unexpected(output.error());
  const FilesOfTips files = output ? parse_diffs(*output) : FilesOfTips{};
  for (std::size_t i = 0; i < tips.size(); ++i) {
    CommittedFiles& line = found[i];
    if (!line.problem.empty() || line.base == tips[i]) continue;
    if (output) {
      if (const auto known = files.find(tips[i]); known != files.end()) line.files = known->second;
    } else {
      // One broken tree ended it for all.
      std::vector<std::string> alone = diff_command();
      alone.insert(alone.end(), {line.base, tips[i]});
      const Result<std::string> own = git.look(alone);
      if (!own && stops_all(own.error())) return tl::make_unexpected(own.error());
      if (own)
        line.files = std::move(parse_diffs(*own)[{}]);
      else
        line.problem = own.error().message;
    }
    std::sort(line.files.begin(), line.files.end());
  }
  return {};
}

}  // namespace

Result<std::vector<CommittedFiles>> read_committed_files(const Git& git, const std::vector<ObjectId>& main_tips,
                                                         const std::vector<ObjectId>& tips) {
  std::vector<CommittedFiles> found(tips.size());
  if (tips.empty()) return found;
  TRY(main_tips.empty() ? find_common_bases(git, tips, found) : find_bases(git, main_tips, tips, found));
  TRY(read_files(git, tips, found));
  return found;
}

}  // namespace stream_status::git
