// Proof that looking changes nothing and runs nothing. Reusable: make_hostile(world) gives a repository whose own
// configuration would leave marker files wherever git runs a program, and fingerprint_of(world) is everything below the
// world's directory (files, links, modes, times). Use: make_hostile, open, fingerprint, look, then
// EXPECT_THAT(differences(before, fingerprint_of(world)), IsEmpty()) and EXPECT_THAT(files_in(markers), IsEmpty()).
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "git/git_world.h"

namespace stream_status::testing {

struct FingerprintEntry {
  unsigned mode = 0;
  std::int64_t modified_ns = 0;  ///< of a directory too: a lock file that came and went shows there
  std::string content;           ///< a file's bytes, a link's target
  friend bool operator==(const FingerprintEntry&, const FingerprintEntry&) = default;
};
using Fingerprint = std::map<std::string, FingerprintEntry>;

/// Of everything in the world's directory: repository, worktrees, git directories, markers.
inline Fingerprint fingerprint_of(const GitWorld& world) {
  Fingerprint fingerprint;
  const std::filesystem::path top = world.path(".");
  const auto add = [&](const std::filesystem::path& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return;
    FingerprintEntry entry{found.st_mode, found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec, {}};
    if (S_ISREG(found.st_mode)) entry.content = text_of_file(path.string());
    if (S_ISLNK(found.st_mode)) entry.content = std::filesystem::read_symlink(path).string();
    fingerprint.emplace(path.lexically_relative(top).string(), std::move(entry));
  };
  add(top);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) add(entry.path());
  return fingerprint;
}

/// One line for each path that is not the same in both.
inline std::vector<std::string> differences(const Fingerprint& before, const Fingerprint& after) {
  std::vector<std::string> lines;
  for (const auto& [path, entry] : before) {
    const auto now = after.find(path);
    if (now == after.end())
      lines.push_back(path + ": gone");
    else if (!(now->second == entry))
      lines.push_back(path + (now->second.content == entry.content ? ": mode or time changed" : ": content changed"));
  }
  for (const auto& [path, entry] : after)
    if (!before.contains(path)) lines.push_back(path + ": new");
  return lines;
}

/// Names in a directory.
inline std::vector<std::string> files_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.push_back(entry.path().filename().string());
  return names;
}

/// Sets everything in the repository's own configuration that makes git run a program, so that each leaves a file in
/// the returned directory. Call it after the history is made: from then on the world's own git commands leave markers
/// too. It adds: a submodule "sub"; the branches "hostile" (worktree beside the repository, a "signed" commit at its
/// tip, uncommitted changes) and "gap" (its tree is missing, as in a partial clone); attributes for *.txt and *.eq.
inline std::string make_hostile(GitWorld& world) {
  const std::string markers = world.path("markers");
  std::filesystem::create_directories(markers);
  // A program of that name. It passes its input on, as a filter does; one that git converses with must end instead.
  const auto runs = [&](const std::string& name) {
    const bool is_conversation = name == "process" || name == "promisor";
    std::string path = world.path("programs/" + name);
    write_text(path, "#!/bin/sh\n: > '" + markers + "/" + name + "'\n" + (is_conversation ? "" : "exec cat\n"));
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  };

  // History, while the configuration is still harmless.
  const std::string library = world.path("library");
  world.run({"init", "-q", "-b", "main", library});
  world.commit_file("inside.txt", "inside\n", library);
  world.run({"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "sub"});
  world.write(".gitattributes",
              "*.txt filter=evil merge=evil\n*.eq diff=text filter=with=equals.and.dots\n*.wt filter=of-worktree\n*.df "
              "diff=evil\n"
              "*.br filter=of-branch\n");
  world.write("watched.txt", "one\n");
  world.write("watched.eq", "one\n");
  world.write("watched.df", "one\n");
  world.write("watched.wt", "one\n");
  world.write("watched.br", "one\n");
  world.commit("watched files");
  const std::string worktree = world.add_worktree("hostile");
  world.commit_file("watched.txt", "one\ntwo\n", worktree);
  const std::string plain = world.run({"cat-file", "commit", "hostile"});
  const std::size_t headers_end = plain.find("\n\n");
  const std::string signature =
      "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQEzBAABCAAdFiEE\n -----END PGP SIGNATURE-----";
  const auto write_commit = [&](const std::string& content) {
    std::string id = world.try_run({"hash-object", "-t", "commit", "-w", "--stdin", "--literally"}, {}, content).output;
    id.pop_back();
    return id;
  };
  const std::string is_signed =
      write_commit(plain.substr(0, headers_end) + signature + plain.substr(headers_end) + "\n");
  world.run({"update-ref", "refs/heads/hostile", is_signed});
  std::string without_tree = plain + "\n";
  without_tree.replace(without_tree.find("tree ") + 5, 40, std::string(40, '7'));
  world.run({"update-ref", "refs/heads/gap", write_commit(without_tree)});

  // Changes to look at: other content of the same length, the same content with another time, untracked, in a
  // submodule.
  for (const std::string& place : {world.root(), worktree}) {
    for (const char* file : {"watched.eq", "watched.df", "watched.wt", "watched.br", "base.txt"})
      world.write(file, "ONE\n", place);
    world.write("watched.txt", "TWO\n", place);
    world.write("new/untracked.txt", "new\n", place);
  }
  world.write("sub/inside.txt", "INSIDE\n");

  // Hooks, in both places.
  for (const std::string& hooks : {world.path("hooks"), world.root() + "/.git/hooks"})
    for (const char* hook : {"post-index-change", "reference-transaction", "post-checkout", "post-merge", "pre-auto-gc",
                             "post-rewrite", "pre-commit", "post-commit", "fsmonitor-watchman"}) {
      const std::string path = hooks + "/" + hook;
      write_text(path, "#!/bin/sh\n: > '" + markers + "'/hook-" + hook + "\n");
      std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    }

  const auto set = [&](const std::string& key, const std::string& value) { world.run({"config", key, value}); };
  // A worktree's own configuration, and one that holds on one branch only.
  set("core.repositoryFormatVersion", "1");
  set("extensions.worktreeConfig", "true");
  world.run({"config", "--worktree", "filter.of-worktree.clean", runs("worktree-clean")}, worktree);
  write_text(world.path("of-branch.config"), "[filter \"of-branch\"]\n\tclean = " + runs("branch-clean") + "\n");
  set("includeIf.onbranch:hostile.path", world.path("of-branch.config"));

  for (const char* name : {"evil", "with=equals.and.dots"}) {
    const std::string filter = "filter." + std::string(name);
    set(filter + ".clean", runs("clean"));
    set(filter + ".smudge", runs("smudge"));
    set(filter + ".required", "true");
  }
  set("filter.evil.process", runs("process"));
  set("diff.external", runs("diff-external"));
  set("diff.text.textconv", runs("textconv"));
  set("diff.text.cachetextconv", "true");
  set("diff.evil.command", runs("diff-command"));
  set("merge.evil.driver", runs("merge-driver"));
  set("merge.default", "evil");
  for (const char* key :
       {"core.pager", "core.sshCommand", "core.editor", "core.askPass", "core.gitProxy", "core.alternateRefsCommand",
        "gpg.program", "gpg.ssh.program", "gpg.x509.program", "sequence.editor", "pager.status", "pager.log",
        "pager.diff", "pager.rev-list", "interactive.diffFilter"})
    set(key, runs(key));
  for (const char* command : {"status", "rev-list", "look", "log"})
    set(std::string("alias.") + command, "!" + runs("alias"));
  set("credential.helper", "!" + runs("credential"));
  set("log.showSignature", "true");
  set("format.pretty", "%G? %H");
  set("status.submoduleSummary", "true");
  set("diff.submodule", "log");
  set("submodule.recurse", "true");
  set("gc.auto", "1");
  set("core.untrackedCache", "true");
  set("extensions.partialClone", "evil");
  set("remote.evil.url", "ext::" + runs("promisor"));
  set("remote.evil.promisor", "true");
  set("remote.evil.fetch", "+refs/heads/*:refs/remotes/evil/*");
  set("protocol.allow", "always");
  set("protocol.ext.allow", "always");
  set("core.hooksPath", world.path("hooks"));
  world.run({"config", "core.fsmonitor", runs("submodule-fsmonitor")}, world.root() + "/sub");
  world.run({"config", "filter.evil.clean", runs("submodule-clean")}, world.root() + "/sub");
  world.write(".gitattributes", "*.txt filter=evil\n", world.root() + "/sub");
  set("core.fsmonitor", runs("fsmonitor"));
  // git config runs nothing, but what made the history may have.
  for (const std::string& name : files_in(markers)) std::filesystem::remove(markers + "/" + name);
  return markers;
}

}  // namespace stream_status::testing
