#include "git/landing_history.h"

#include <algorithm>

namespace stream_status::git {
namespace {

/// A message may claim a chain of reverts of any length; nobody reverts a revert this often.
constexpr int kDeepestRevert = 200;

std::vector<std::string_view> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = line.find(' ');
    if (end != 0) words.push_back(line.substr(0, end));
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  return words;
}

}  // namespace

Chain parse_chain(std::string_view lines) {
  Chain chain;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const auto words = split_words(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (words.empty()) continue;
    const std::size_t position = chain.commits.size();
    chain.commits.emplace_back(words[0]);
    chain.position_of.emplace(words[0], position);
    for (std::size_t i = 2; i < words.size(); ++i) chain.merged_at[std::string(words[i])] = position;
  }
  return chain;
}

Result<MainHistory> MainHistory::read(const Git& git, const Chain& chain, const ObjectId& floor) {
  MainHistory history;
  if (chain.commits.empty()) return history;
  std::vector<std::string> arguments{"log",
                                     "-z",
                                     "--format=%H%x00%T%x00%P%x00%B",
                                     "--no-show-signature",
                                     "--no-color",
                                     "--no-patch",
                                     chain.commits.front()};
  if (!floor.empty()) arguments.push_back("^" + floor);
  arguments.emplace_back("--");
  const std::string output = TRY(git.look(arguments));
  const auto fields = split_nul(output);
  for (std::size_t i = 0; i + 3 < fields.size(); i += 4) {
    const Node node = history.node_of(fields[i]);
    std::vector<Node> parents;
    for (const std::string_view parent : split_words(fields[i + 2])) parents.push_back(history.node_of(parent));
    Commit& commit = history.commits_[node];
    commit.tree = fields[i + 1];
    commit.parents = std::move(parents);
    commit.is_read = true;
    history.note_reverts(node, fields[i + 3]);
  }
  // From the oldest chain commit on: what it reaches and none before it did came in by it.
  std::vector<Node> open;
  for (std::size_t position = chain.commits.size(); position-- > 0;) {
    const auto start = history.find(chain.commits[position]);
    if (!start) continue;
    history.chain_[position] = *start;
    open.push_back(*start);
    while (!open.empty()) {
      Commit& commit = history.commits_[open.back()];
      open.pop_back();
      if (commit.landed_at) continue;
      commit.landed_at = position;
      open.insert(open.end(), commit.parents.begin(), commit.parents.end());
    }
  }
  return history;
}

std::optional<MainHistory::Node> MainHistory::find(const ObjectId& id) const {
  const auto found = index_.find(id);
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

MainHistory::Node MainHistory::node_of(std::string_view id) {
  const auto [place, is_new] = index_.emplace(id, static_cast<Node>(commits_.size()));
  if (is_new) commits_.push_back(Commit{ObjectId(id)});
  return place->second;
}

void MainHistory::note_reverts(Node node, std::string_view message) {
  constexpr std::string_view kMark = "This reverts commit ";
  const std::size_t digits = commits_[node].id.size();
  for (std::size_t at = message.find(kMark); at != std::string_view::npos; at = message.find(kMark, at + 1)) {
    // At the start of a line only: the message of a squash quotes those of its parts, indented.
    if (at > 0 && message[at - 1] != '\n') continue;
    const std::string_view id = message.substr(at + kMark.size(), digits);
    const bool is_full = id.size() == digits && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (is_full) reverts_[ObjectId(id)].push_back(node);
  }
}

std::vector<bool> MainHistory::reachable_from(const std::vector<ObjectId>& from) const {
  std::vector<bool> reached(commits_.size());
  std::vector<Node> open;
  for (const ObjectId& id : from)
    if (const auto node = find(id)) open.push_back(*node);
  while (!open.empty()) {
    const Node node = open.back();
    open.pop_back();
    if (reached[node]) continue;
    reached[node] = true;
    open.insert(open.end(), commits_[node].parents.begin(), commits_[node].parents.end());
  }
  return reached;
}

/// The commit and all it reaches that came in by the same chain commit.
std::set<MainHistory::Node> MainHistory::beside_chain(Node from) const {
  std::set<Node> reached;
  std::vector<Node> open{from};
  while (!open.empty()) {
    const Node node = open.back();
    open.pop_back();
    const Commit& commit = commits_[node];
    if (!commit.is_read || commit.landed_at != commits_[from].landed_at || !reached.insert(node).second) continue;
    open.insert(open.end(), commit.parents.begin(), commit.parents.end());
  }
  return reached;
}

/// The oldest on the line of first parents from `side` that has the tip in its history; absent when the tip is on it.
std::optional<MainHistory::Node> MainHistory::first_with(Node tip, Node side) const {
  const auto landed_at = commits_[tip].landed_at;
  std::vector<Node> line;
  for (Node node = side;; node = commits_[node].parents.front()) {
    if (node == tip) return std::nullopt;
    if (!commits_[node].is_read || commits_[node].landed_at != landed_at) break;
    line.push_back(node);
    if (commits_[node].parents.empty()) break;
  }
  std::vector<bool> seen(commits_.size());
  std::vector<Node> open;
  for (auto from = line.rbegin(); from != line.rend(); ++from) {
    open.push_back(*from);
    while (!open.empty()) {
      const Node node = open.back();
      open.pop_back();
      if (node == tip) return *from;
      if (seen[node] || commits_[node].landed_at != landed_at) continue;
      seen[node] = true;
      open.insert(open.end(), commits_[node].parents.begin(), commits_[node].parents.end());
    }
  }
  return std::nullopt;
}

MainHistory::Way MainHistory::way_of(Node tip) const {
  Way way;
  const auto landed_at = commits_[tip].landed_at;
  if (!landed_at || !chain_.contains(*landed_at)) return way;
  // Down from merge to merge: each time along the first parents of the side that has the tip.
  for (Node merge = chain_.at(*landed_at);;) {
    way.merges.push_back(merge);
    const auto& parents = commits_[merge].parents;
    std::optional<Node> side;
    for (std::size_t i = 1; i < parents.size() && !side; ++i)
      if (commits_[parents[i]].landed_at == landed_at && beside_chain(parents[i]).contains(tip)) side = parents[i];
    const auto next = side ? first_with(tip, *side) : std::nullopt;
    if (!next || commits_[*next].parents.size() < 2) break;
    merge = *next;
  }
  std::set<Node> before;
  const auto& parents = commits_[way.merges.back()].parents;
  if (!parents.empty() && commits_[parents.front()].landed_at == landed_at) before = beside_chain(parents.front());
  for (const Node node : beside_chain(tip))
    if (!before.contains(node)) way.brought.push_back(node);
  return way;
}

bool MainHistory::is_undone(Node node, int depth) const {
  const auto found = reverts_.find(commits_[node].id);
  if (found == reverts_.end() || depth >= kDeepestRevert) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](Node by) { return !is_undone(by, depth + 1); });
}

std::optional<MainHistory::Node> MainHistory::reverted_by(const ObjectId& id, const std::set<ObjectId>& not_by) const {
  const auto found = reverts_.find(id);
  if (found == reverts_.end()) return std::nullopt;
  for (const Node by : found->second)
    if (!not_by.contains(commits_[by].id) && !is_undone(by, 0)) return by;
  return std::nullopt;
}

}  // namespace stream_status::git
