// What the judge of landings knows of the main branch: its chain of first parents, and as a graph everything on it back
// to a floor that the questions need. Read once for all branches.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "git/git.h"

namespace stream_status::git {

/// The commits that are reached by first parents, from the tip (position 0) back.
struct Chain {
  std::vector<ObjectId> commits;
  std::unordered_map<ObjectId, std::size_t> position_of;
  /// The other parents of its merges, each with the position of the oldest merge that has it.
  std::unordered_map<ObjectId, std::size_t> merged_at;
};
/// From the output of rev-list --first-parent --parents.
Chain parse_chain(std::string_view lines);

class MainHistory {
 public:
  using Node = std::uint32_t;

  struct Commit {
    ObjectId id;
    ObjectId tree = {};
    std::vector<Node> parents = {};
    bool is_read = false;                                 ///< false: it lies at the floor and is known as a parent only
    std::optional<std::size_t> landed_at = std::nullopt;  ///< position of the oldest chain commit that contains it
    bool is_merge() const { return parents.size() > 1; }
  };

  /// Everything reachable from the chain's tip and not from `floor` (empty: everything).
  static Result<MainHistory> read(const Git& git, const Chain& chain, const ObjectId& floor);

  const std::vector<Commit>& commits() const { return commits_; }
  const Commit& at(Node node) const { return commits_[node]; }
  std::optional<Node> find(const ObjectId& id) const;
  /// One flag per commit: is it `from` or reachable from one of them?
  std::vector<bool> reachable_from(const std::vector<ObjectId>& from) const;
  /// How a commit that is not on the chain came into it: the merges from the one on the chain down to the one that has
  /// it on a line of first parents, and what that last one brought of its history (itself included).
  struct Way {
    std::vector<Node> merges;
    std::vector<Node> brought;
  };
  Way way_of(Node tip) const;
  /// The commit on main that says it reverts `id` and was not reverted itself. Those in `not_by` do not count.
  std::optional<Node> reverted_by(const ObjectId& id, const std::set<ObjectId>& not_by) const;

 private:
  Node node_of(std::string_view id);
  std::set<Node> beside_chain(Node from) const;
  std::optional<Node> first_with(Node tip, Node side) const;
  void note_reverts(Node node, std::string_view message);
  bool is_undone(Node node, int depth) const;

  std::vector<Commit> commits_;
  std::unordered_map<std::size_t, Node> chain_;  ///< by position, those that were read
  std::unordered_map<ObjectId, Node> index_;
  std::map<ObjectId, std::vector<Node>> reverts_;  ///< by what is reverted
};

}  // namespace stream_status::git
