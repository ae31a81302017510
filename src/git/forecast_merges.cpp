#include "git/forecast_merges.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "git/forecast_answers.h"
#include "git/output.h"

namespace stream_status::git {
namespace {

/// Git runs that many commands at once.
constexpr std::size_t kProcesses = 2;

/// What the index would hold of a file in conflict.
struct Stages {
  bool has_base = false;
  bool has_submodule = false;
};

/// The fields of `merge-tree -z`, one after the other.
class Fields {
 public:
  explicit Fields(std::span<const std::string_view> fields) : left_(fields) {}
  bool is_at_end() const { return left_.empty(); }
  std::size_t left() const { return left_.size(); }
  /// Empty at the end, and where a section ends.
  std::string_view next() {
    if (left_.empty()) return {};
    const std::string_view field = left_.front();
    left_ = left_.subspan(1);
    return field;
  }

 private:
  std::span<const std::string_view> left_;
};

/// "modify/delete" of "CONFLICT (modify/delete)"; empty for what is no conflict. Some types come without the space.
std::string_view kind_of_type(std::string_view type) {
  if (!type.starts_with("CONFLICT")) return {};
  const std::size_t open = type.find('(');
  if (open == std::string_view::npos) return "conflict";
  const std::size_t close = type.rfind(')');
  return type.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
}

/// The sentence without what `kind` and `file` say already.
std::string_view trim_sentence(std::string_view sentence, std::string_view file) {
  while (sentence.ends_with('\n')) sentence.remove_suffix(1);
  if (sentence.starts_with("CONFLICT"))
    if (const std::size_t end = sentence.find("): "); end != std::string_view::npos) sentence.remove_prefix(end + 3);
  constexpr std::string_view kWarning = "warning: ";
  if (sentence.starts_with(kWarning)) sentence.remove_prefix(kWarning.size());
  constexpr std::string_view kOnlyThat = "Merge conflict in ";
  if (sentence.starts_with(kOnlyThat) && sentence.substr(kOnlyThat.size()) == file) return {};
  return sentence;
}

class ConflictReader {
 public:
  /// "<mode> <object> <stage>\t<path>" until the section ends.
  void read_stages(Fields& fields) {
    for (std::string_view field = fields.next(); !field.empty(); field = fields.next()) {
      const std::size_t tab = field.find('\t');
      if (tab == std::string_view::npos || tab == 0) continue;
      Stages& stages = stages_[field.substr(tab + 1)];
      if (field[tab - 1] == '1') stages.has_base = true;
      if (field.starts_with("160000 ")) stages.has_submodule = true;
    }
  }

  /// Records of a count, so many paths, a type and a sentence until the section ends. False: it broke off.
  bool read_messages(Fields& fields) {
    for (std::string_view field = fields.next(); !field.empty(); field = fields.next()) {
      std::size_t count = 0;
      const char* const end = field.data() + field.size();
      // Advice on submodules stands between the last record and the end of the section.
      if (const auto number = std::from_chars(field.data(), end, count); number.ptr != end) return true;
      if (fields.left() < 2 || count > fields.left() - 2) return false;
      std::vector<std::string_view> paths;
      for (std::size_t i = 0; i < count; ++i) paths.push_back(fields.next());
      const std::string_view type = fields.next();
      const std::string_view sentence = fields.next();
      if (const std::string_view kind = kind_of_type(type); !kind.empty()) add(kind, paths, sentence);
    }
    return true;
  }

  /// By file; what git listed without a sentence included.
  MergeOutcome take() {
    for (const auto& [path, stages] : stages_)
      if (!named_.contains(path)) conflicts_[{std::string(path), "unmerged"}];
    // A binary file or a submodule is reported a second time as contents that do not merge.
    std::erase_if(conflicts_, [&](const auto& conflict) {
      return conflict.first.second == "contents" && special_.contains(conflict.first.first);
    });
    MergeOutcome outcome{PairState::kConflict};
    for (auto& [name, message] : conflicts_) {
      if (outcome.conflicts.size() == kMostListed) break;
      outcome.conflicts.push_back({name.first, name.second, std::move(message)});
    }
    outcome.more_conflicts = static_cast<std::int64_t>(conflicts_.size() - outcome.conflicts.size());
    return outcome;
  }

 private:
  void add(std::string_view kind, const std::vector<std::string_view>& paths, std::string_view sentence) {
    named_.insert(paths.begin(), paths.end());
    std::string_view file = paths.empty() ? std::string_view() : paths.front();
    // Git names first where it would put the file aside.
    if (kind == "file/directory" && paths.size() > 1) file = paths[1];
    if (const auto stages = stages_.find(file); kind == "contents" && stages != stages_.end()) {
      if (stages->second.has_submodule)
        kind = "submodule";
      else if (!stages->second.has_base)
        kind = "add/add";
    }
    if (kind != "contents") special_.emplace(file);
    conflicts_.try_emplace({std::string(file), std::string(kind)}, trim_sentence(sentence, file));
  }

  std::map<std::string_view, Stages> stages_;
  std::set<std::string_view> named_;
  std::set<std::string, std::less<>> special_;                            ///< files with another kind than contents
  std::map<std::pair<std::string, std::string>, std::string> conflicts_;  ///< by file and kind: the sentence
};

MergeOutcome unknown(std::string detail) { return {PairState::kUnknown, {}, 0, std::move(detail)}; }

/// What follows the tree's name; nothing when it broke off.
std::optional<MergeOutcome> read_conflicts(Fields& fields) {
  ConflictReader reader;
  reader.read_stages(fields);
  if (!reader.read_messages(fields)) return std::nullopt;
  return reader.take();
}

MergeOutcome outcome_of(const Git::Answer& answer) {
  if (answer.exit_code == 0) return {};
  if (answer.exit_code == 1) {
    const std::vector<std::string_view> pieces = split_nul(answer.output);
    Fields fields{pieces};
    if (!fields.next().empty())  // the tree
      if (std::optional<MergeOutcome> conflicts = read_conflicts(fields)) return std::move(*conflicts);
  }
  return unknown("git merge-tree: " + reason_of(answer));
}

/// For a merge driver git puts files into the directory it stands in, also for the neutral one that is set in its
/// place: that must not be a worktree. Else it stays one, because a checked out submodule is looked into.
RunOptions run_in(const Git& git, const ScratchObjects& objects) {
  RunOptions run;
  run.environment = objects.environment();
  const std::vector<std::string> neutralised = git.neutralised();
  if (std::any_of(neutralised.begin(), neutralised.end(),
                  [](const std::string& name) { return name.starts_with("merge driver"); })) {
    run.directory = run.environment.at("GIT_OBJECT_DIRECTORY");
    run.environment["GIT_DIR"] = git.common_directory();
  }
  return run;
}

/// Objects that nobody keeps need neither be small nor survive a crash, whatever the user's settings say.
std::vector<std::string> merge_tree(std::vector<std::string> arguments) {
  std::vector<std::string> command{"-c", "core.looseCompression=0", "-c", "core.fsync=none", "merge-tree"};
  command.insert(command.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  return command;
}

}  // namespace

/// As many outcomes as are complete: git ends at the first merge that it can not try.
std::vector<MergeOutcome> parse_merges(std::string_view output, std::size_t most) {
  std::vector<MergeOutcome> outcomes;
  const std::vector<std::string_view> pieces = split_nul(output);
  Fields fields{pieces};
  while (!fields.is_at_end() && outcomes.size() < most) {
    const std::string_view status = fields.next();
    const std::string_view tree = fields.next();
    if (tree.empty()) break;
    if (status == "1") {
      if (!fields.next().empty()) break;
      outcomes.push_back({});
    } else {
      std::optional<MergeOutcome> conflicts = read_conflicts(fields);
      if (!conflicts) break;
      outcomes.push_back(std::move(*conflicts));
    }
  }
  return outcomes;
}

Result<std::vector<std::optional<MergeOutcome>>> try_together(const Git& git, const ScratchObjects& objects,
                                                              std::span<const MergeTrial> trials) {
  const RunOptions run = run_in(git, objects);
  const std::size_t each = (trials.size() + kProcesses - 1) / kProcesses;
  std::vector<Git::Look> looks;
  for (std::size_t first = 0; first < trials.size(); first += each) {
    Git::Look& look = looks.emplace_back(Git::Look{merge_tree({"--stdin", "-z"}), run});
    for (const MergeTrial& trial : trials.subspan(first, std::min(each, trials.size() - first)))
      look.run.input += fmt::format("{} {}\n", trial.ours, trial.theirs);
  }
  const std::vector<Result<Git::Answer>> answers = git.look_each(looks);
  std::vector<std::optional<MergeOutcome>> outcomes(trials.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i] && stops_all(answers[i].error())) return tl::make_unexpected(answers[i].error());
    if (!answers[i]) continue;
    const std::size_t first = i * each;
    std::vector<MergeOutcome> tried = parse_merges(answers[i]->output, std::min(each, trials.size() - first));
    std::move(tried.begin(), tried.end(), outcomes.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return outcomes;
}

Result<std::vector<MergeOutcome>> try_alone(const Git& git, const ScratchObjects& objects,
                                            std::span<const MergeTrial> trials) {
  std::vector<std::vector<std::string>> commands;
  for (const MergeTrial& trial : trials)
    commands.push_back(merge_tree({"--write-tree", "-z", trial.ours, trial.theirs}));
  std::vector<MergeOutcome> outcomes;
  for (const Result<Git::Answer>& answer : git.look_all(commands, run_in(git, objects))) {
    if (!answer && stops_all(answer.error())) return tl::make_unexpected(answer.error());
    outcomes.push_back(answer ? outcome_of(*answer) : unknown(answer.error().message));
  }
  return outcomes;
}

}  // namespace stream_status::git
