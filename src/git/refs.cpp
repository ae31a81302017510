#include "git/refs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "git/output.h"
#include "git/worktrees.h"
#include "os/file.h"

namespace stream_status::git {
namespace {

constexpr std::string_view kRemotePrefix = "refs/remotes/";

std::vector<std::string> listing(std::string_view type) {
  return {"for-each-ref", fmt::format("--format=%(refname)%00%(objectname)%00{}%00%(symref)", type), "refs/heads",
          "refs/remotes", "refs/stream-status"};
}

/// One ref to an object that is gone makes git give up on all: then the objects are asked for one by one.
Result<Refs> read_refs_with_broken_ones(const Git& git) {
  Refs all = parse_refs(TRY(git.look(listing("commit"))));
  std::string ids;
  for (const Ref& ref : all.refs) ids += ref.target + "\n";
  const std::string types = TRY(git.look({"cat-file", "--batch-check=%(objecttype)"}, {.input = ids}));
  Refs sound;
  std::string_view rest = types;
  for (Ref& ref : all.refs) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (rest.substr(0, end) == "commit") sound.refs.push_back(std::move(ref));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return sound;
}

/// A remote's name may hold slashes, and a branch's too: only the list of remotes tells where one ends.
Result<std::set<std::string>> read_remotes(const Git& git) {
  std::set<std::string> remotes;
  const Git::Answer answer =
      TRY(git.look_with_code({"config", "--null", "--name-only", "--get-regexp", R"(^remote\..*\.url$)"}, {0, 1}));
  for (std::string_view key : split_nul(answer.output)) {
    key.remove_prefix(std::string_view("remote.").size());
    key.remove_suffix(std::string_view(".url").size());
    remotes.emplace(key);
  }
  return remotes;
}

/// The local branch and the same branch of each remote, as they are.
Result<std::vector<Ref>> twins_of(const Git& git, const Refs& refs, const std::string& branch) {
  std::vector<Ref> twins;
  if (const Ref* local = refs.find(std::string(kBranchPrefix) + branch)) twins.push_back(*local);
  const std::string ending = "/" + branch;
  std::optional<std::set<std::string>> remotes;
  for (const Ref* ref : refs.remote_branches()) {
    std::string_view name = ref->name;
    name.remove_prefix(kRemotePrefix.size());
    if (!ref->symref.empty() || !name.ends_with(ending)) continue;
    const std::string remote(name.substr(0, name.size() - ending.size()));
    if (remote.find('/') != std::string::npos) {
      if (!remotes) remotes = TRY(read_remotes(git));
      if (!remotes->contains(remote)) continue;
    }
    twins.push_back(*ref);
  }
  const std::string origin = std::string(kRemotePrefix) + "origin" + ending;
  const auto rank = [&](const Ref& ref) {
    return ref.name.starts_with(kBranchPrefix) ? 0 : ref.name == origin ? 1 : 2;
  };
  std::stable_sort(twins.begin(), twins.end(), [&](const Ref& a, const Ref& b) { return rank(a) < rank(b); });
  return twins;
}

/// Without those that another one contains; of equal ones the first stays.
Result<std::vector<Ref>> independent(const Git& git, std::vector<Ref> tips) {
  std::vector<std::string> arguments{"merge-base", "--independent"};
  for (const Ref& tip : tips)
    if (std::find(arguments.begin(), arguments.end(), tip.target) == arguments.end()) arguments.push_back(tip.target);
  if (tips.size() < 2) return tips;
  std::string output = arguments.size() == 3 ? tips.front().target + "\n" : TRY(git.look(arguments));
  std::vector<Ref> kept;
  for (Ref& tip : tips) {
    const std::size_t at = output.find(tip.target);
    if (at == std::string::npos) continue;
    output.erase(at, tip.target.size());
    kept.push_back(std::move(tip));
  }
  return kept;
}

/// The branch that HEAD of the main worktree is on, also when that repository is bare.
std::string branch_of_main_worktree(const Git& git, const std::vector<Worktree>& worktrees) {
  for (const Worktree& worktree : worktrees)
    if (worktree.is_main && !worktree.is_bare) return worktree.branch;
  const auto head = os::read_file(git.common_directory() + "/HEAD", 4096);
  if (!head || !*head) return {};
  std::string_view text = **head;
  const std::string prefix = fmt::format("ref: {}", kBranchPrefix);
  if (!text.starts_with(prefix)) return {};
  text.remove_prefix(prefix.size());
  return std::string(text.substr(0, text.find_first_of("\r\n")));
}

}  // namespace

/// Fields of one line; control characters can not be in the name of a ref.
Refs parse_refs(std::string_view output) {
  Refs refs;
  while (!output.empty()) {
    const std::size_t end = std::min(output.find('\n'), output.size());
    const std::vector<std::string_view> fields = split_nul(output.substr(0, end));
    output.remove_prefix(std::min(end + 1, output.size()));
    if (fields.size() < 3 || fields[2] != "commit") continue;
    refs.refs.push_back(
        {std::string(fields[0]), ObjectId(fields[1]), std::string(fields.size() > 3 ? fields[3] : std::string_view())});
  }
  return refs;
}

const Ref* Refs::find(std::string_view name) const {
  const auto found = std::lower_bound(refs.begin(), refs.end(), name,
                                      [](const Ref& ref, std::string_view key) { return ref.name < key; });
  return found != refs.end() && found->name == name ? &*found : nullptr;
}

std::optional<ObjectId> Refs::branch_tip(std::string_view branch) const {
  const Ref* ref = find(fmt::format("{}{}", kBranchPrefix, branch));
  return ref == nullptr ? std::nullopt : std::optional(ref->target);
}

std::vector<const Ref*> Refs::remote_branches() const {
  std::vector<const Ref*> remote;
  for (const Ref& ref : refs)
    if (ref.name.starts_with(kRemotePrefix)) remote.push_back(&ref);
  return remote;
}

bool Refs::has_remotes() const { return !remote_branches().empty(); }

Result<Refs> read_refs(const Git& git) {
  auto output = git.look(listing("%(objecttype)"));
  if (!output && output.error().code != ErrorCode::kGitError) return tl::make_unexpected(std::move(output).error());
  Refs refs = output ? parse_refs(*output) : TRY(read_refs_with_broken_ones(git));
  std::sort(refs.refs.begin(), refs.refs.end(), [](const Ref& a, const Ref& b) { return a.name < b.name; });
  return refs;
}

Result<MainBranch> find_main_branch(const Git& git, const Refs& refs, const std::vector<Worktree>& worktrees,
                                    const std::string& configured) {
  const auto found = [&](const std::string& name, std::string why) -> Result<MainBranch> {
    std::vector<Ref> twins = TRY(twins_of(git, refs, name));
    return MainBranch{name, TRY(independent(git, std::move(twins))), std::move(why)};
  };
  if (!configured.empty() && configured != "auto") {
    MainBranch main = TRY(found(configured, "mainBranch of config.json"));
    // "origin/main": that branch of that remote only.
    if (!main.found())
      if (const Ref* remote = refs.find(std::string(kRemotePrefix) + configured)) main.tips = {*remote};
    if (main.found()) return main;
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("find the main branch: {}: no local or remote branch has this name", configured),
                "change mainBranch in config.json, or remove it to have it found");
  }

  struct Candidate {
    std::string name;
    std::string why;
  };
  std::vector<Candidate> candidates;
  constexpr std::string_view kOrigin = "refs/remotes/origin/";
  if (const Ref* head = refs.find("refs/remotes/origin/HEAD"); head != nullptr && head->symref.starts_with(kOrigin))
    candidates.push_back({head->symref.substr(kOrigin.size()), "origin's HEAD"});
  for (const char* usual : {"main", "master", "trunk"}) candidates.push_back({usual, "its name"});
  if (std::string branch = branch_of_main_worktree(git, worktrees); !branch.empty())
    candidates.push_back({std::move(branch), "checked out in the main worktree"});
  std::vector<const Ref*> local;
  for (const Ref& ref : refs.refs)
    if (ref.name.starts_with(kBranchPrefix)) local.push_back(&ref);
  if (local.size() == 1) candidates.push_back({local.front()->name.substr(kBranchPrefix.size()), "the only branch"});

  for (const Candidate& candidate : candidates) {
    MainBranch main = TRY(found(candidate.name, candidate.why));
    if (main.found()) return main;
  }
  return MainBranch{{}, {}, "looked for origin's HEAD, main, master, trunk and the branch of the main worktree"};
}

std::string ref_component(std::string_view id) {
  std::string component;
  for (const char c : id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (plain)
      component += c;
    else
      component += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return component;
}

}  // namespace stream_status::git
