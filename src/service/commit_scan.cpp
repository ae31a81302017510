#include "service/commit_scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "domain/change.h"
#include "git/commits.h"
#include "service/find_stream.h"
#include "service/journal.h"

namespace stream_status::service {
namespace {

constexpr std::size_t kMostCommits = 50'000;
/// Commits per transaction: others' writes wait no longer than for these.
constexpr std::size_t kBatch = 32;

const AgentName kGit{"git"};

bool abbreviates(std::string_view a, std::string_view b) {
  constexpr std::size_t kShortest = 7;
  return a == b || (std::min(a.size(), b.size()) >= kShortest && (a.starts_with(b) || b.starts_with(a)));
}

/// Is the full id one of the recorded hashes (sorted), of which some may be abbreviations?
bool is_recorded(const std::vector<std::string>& recorded, const std::string& id) {
  // An abbreviation sorts before the full id, with only other abbreviations of it between.
  for (auto at = std::upper_bound(recorded.begin(), recorded.end(), id); at != recorded.begin();) {
    --at;
    if (abbreviates(*at, id)) return true;
    if (!id.starts_with(at->substr(0, 4))) return false;
  }
  return false;
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

domain::Commit to_commit(const StreamId& stream, const git::CommitInfo& info) {
  domain::Commit commit;
  commit.stream_id = stream;
  commit.hash = info.id;
  commit.message = info.message.substr(0, info.message.find('\n'));
  commit.author = info.author;
  commit.files_changed = info.files_changed;
  commit.insertions = info.insertions;
  commit.deletions = info.deletions;
  commit.timestamp = info.committed_at;
  return commit;
}

/// One batch, on the writer thread. Commits that were recorded meanwhile are passed over.
Result<void> record(store::Transaction& transaction, WallTime now, const StreamId& id,
                    std::span<const std::string> gone, std::span<const domain::Commit> added, std::int64_t& removals,
                    std::int64_t& additions) {
  const auto before = TRY(transaction.find_stream(id));
  if (!before) return {};
  domain::Stream after = *before;
  for (const std::string& hash : gone) {
    const auto commit = TRY(transaction.find_commit(id, hash));
    if (!commit) continue;
    TRY(transaction.remove_commit(*commit));
    domain::RecentActivity recent;
    if (const auto newest = TRY(transaction.newest_commit(id)))
      recent = {newest->message, newest->timestamp, newest->files_changed};
    TRY(append_changes(transaction, after, {domain::CommitRemoved{*commit, std::move(recent)}}, kGit, now));
    ++removals;
  }
  for (domain::Commit commit : added) {
    if (TRY(transaction.find_commit(id, commit.hash))) continue;
    commit.id = TRY(transaction.next_commit_id());
    commit.revision = transaction.next_revision();
    TRY(transaction.insert_commit(commit));
    TRY(append_changes(transaction, after, {domain::CommitAdded{std::move(commit)}}, kGit, now));
    ++additions;
  }
  return transaction.update_stream(*before, after);
}

}  // namespace

Result<ScanReport> CommitScan::run(const Look& look, const std::optional<StreamId>& only) {
  ScanReport report;
  report.warnings = look.warnings;
  std::map<std::string, store::ScanRow> known;  // by stream
  for (store::ScanRow& row : TRY(parts_.reader.scans())) known.emplace(row.stream_id.text, std::move(row));
  const std::vector<domain::Stream> streams = TRY(streams_to_scan(only));
  std::int64_t done = 0;
  for (const domain::Stream& stream : streams) {
    parts_.progress.set("scanning commits", done++, static_cast<std::int64_t>(streams.size()));
    const Place place = place_of(stream, look);
    if (place.tip.empty()) {
      report.skipped.push_back({stream.id, "neither its branch nor its worktree is there"});
      continue;
    }
    if (place.branch == look.main.name) {
      report.skipped.push_back({stream.id, "it works on the main branch: its commits can not be told from others'"});
      continue;
    }
    TRY(follow(stream, place, look));
    const auto row = known.find(stream.id.text);
    const std::string old_tip = row == known.end() ? std::string() : row->second.tip;
    if (old_tip == place.tip && !only) continue;
    const std::vector<std::string> recorded = TRY(parts_.reader.commit_hashes(stream.id));
    auto findings = examine(stream, place, look, old_tip, recorded);
    if (!findings) {
      if (findings.error().code == ErrorCode::kServerUnavailable) return tl::make_unexpected(findings.error());
      report.skipped.push_back({stream.id, findings.error().message});
      continue;
    }
    TRY(save(stream, place, *findings, report));
  }
  for (const ScanReport::Scanned& scanned : report.streams) {
    report.added += scanned.added;
    report.removed += scanned.removed;
  }
  return report;
}

Result<std::vector<domain::Stream>> CommitScan::streams_to_scan(const std::optional<StreamId>& only) {
  if (only) return std::vector{TRY(get_stream_by_id(parts_.reader, only->text, Matching::kPrefix))};
  std::vector<domain::Stream> streams = TRY(parts_.reader.list_streams({})).streams;
  std::erase_if(streams, [](const domain::Stream& stream) { return stream.status == domain::Status::kArchived; });
  return streams;
}

/// The branch or worktree was renamed or moved: the stream follows what git says.
Result<void> CommitScan::follow(const domain::Stream& stream, const Place& place, const Look& look) {
  domain::Update update;
  if (!stream.branch.empty() && !place.branch.empty() && place.branch != stream.branch)
    update.details.branch = place.branch;
  const bool knows_old_path = git::find_worktree(look.worktrees, stream.worktree_path) != nullptr;
  if (place.worktree != nullptr && !place.worktree->is_main && place.worktree->path != stream.worktree_path &&
      !knows_old_path)
    update.details.worktree_path = place.worktree->path;
  if (!update.details.branch && !update.details.worktree_path) return {};
  return parts_.ledger.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
    const auto before = TRY(transaction.find_stream(stream.id));
    if (!before || before->revision != stream.revision) return {};  // changed meanwhile: the next scan sees
    const auto changes = TRY(domain::plan_update(*before, update));
    TRY(change_stream(transaction, *before, changes, kGit, now));
    return {};
  });
}

Result<CommitScan::Findings> CommitScan::examine(const domain::Stream& stream, const Place& place, const Look& look,
                                                 const std::string& old_tip, const std::vector<std::string>& recorded) {
  Findings findings;
  const std::vector<git::CommitInfo> commits = TRY(read_new(place, look, old_tip, findings.note));
  std::set<std::string>& verified = verified_[stream.id.text];
  for (auto info = commits.rbegin(); info != commits.rend(); ++info) {
    verified.insert(info->id);
    if (!is_recorded(recorded, info->id)) findings.added.push_back(to_commit(stream.id, *info));
  }
  TRY(find_gone(stream, place, old_tip, recorded, findings));
  return findings;
}

/// What the branch has that neither main nor the last scan had.
Result<std::vector<git::CommitInfo>> CommitScan::read_new(const Place& place, const Look& look,
                                                          const std::string& old_tip, std::string& note) {
  std::vector<git::ObjectId> excluded;
  for (const git::Ref& tip : look.main.tips) excluded.push_back(tip.target);
  if (!old_tip.empty()) excluded.push_back(old_tip);
  auto commits = TRY(git::read_commits(parts_.repository.git(), place.tip, excluded, kMostCommits));
  if (commits.size() == kMostCommits) note = fmt::format("only its newest {} commits are recorded", kMostCommits);
  if (!commits.empty() || old_tip == place.tip || place.branch.empty()) return commits;
  // Merged before it was seen: what the merge brought is its work.
  const auto landing = TRY(
      parts_.repository.judge().judge(parts_.repository.git(), look.main, {git::BranchTip{place.branch, place.tip}}));
  if (landing.front().state != git::LandingState::kMerged || landing.front().landed_by.empty()) return commits;
  excluded = {TRY(git::first_parent(parts_.repository.git(), landing.front().landed_by))};
  if (excluded.front().empty() || excluded.front() == place.tip) return commits;
  if (!old_tip.empty()) excluded.push_back(old_tip);
  commits = TRY(git::read_commits(parts_.repository.git(), place.tip, excluded, kMostCommits));
  return commits;
}

/// Recorded commits that no longer belong: the branch has left them, or no branch has them any more.
Result<void> CommitScan::find_gone(const domain::Stream& stream, const Place& place, const std::string& old_tip,
                                   const std::vector<std::string>& recorded, Findings& findings) {
  const git::Git& git = parts_.repository.git();
  if (!old_tip.empty() && old_tip != place.tip && !TRY(git::is_ancestor(git, old_tip, place.tip))) {
    // An error means that the old commits are pruned already: then they are found unreachable below, or unknown.
    if (const auto left = git::list_commits(git, old_tip, {place.tip})) {
      const std::vector<std::string> ids = sorted(*left);
      for (const std::string& hash : recorded) {
        const auto at = std::lower_bound(ids.begin(), ids.end(), hash);  // an abbreviation sorts right before its id
        if (at != ids.end() && abbreviates(*at, hash)) findings.gone.push_back(hash);
      }
    }
  }
  std::set<std::string>& verified = verified_[stream.id.text];
  std::vector<std::string> unverified;
  for (const std::string& hash : recorded)
    if (!verified.contains(hash)) unverified.push_back(hash);
  if (!unverified.empty()) {
    for (std::string& hash : TRY(git::list_unreachable(git, unverified))) findings.gone.push_back(std::move(hash));
    verified.insert(unverified.begin(), unverified.end());
  }
  std::sort(findings.gone.begin(), findings.gone.end());
  findings.gone.erase(std::unique(findings.gone.begin(), findings.gone.end()), findings.gone.end());
  return {};
}

Result<void> CommitScan::save(const domain::Stream& stream, const Place& place, const Findings& findings,
                              ScanReport& report) {
  ScanReport::Scanned scanned{stream.id, place.branch.empty() ? "(detached)" : place.branch};
  scanned.note = findings.note;
  std::span<const std::string> gone = findings.gone;
  std::span<const domain::Commit> added = findings.added;
  // The tip is saved with the last batch: a crash before it means that this is done again, and finds the rest.
  do {
    const auto some_gone = gone.first(std::min(kBatch, gone.size()));
    const auto some_added = added.first(std::min(kBatch - some_gone.size(), added.size()));
    gone = gone.subspan(some_gone.size());
    added = added.subspan(some_added.size());
    const bool is_last = gone.empty() && added.empty();
    TRY(parts_.ledger.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
      TRY(record(transaction, now, stream.id, some_gone, some_added, scanned.removed, scanned.added));
      if (is_last) TRY(transaction.save_scan({stream.id, place.branch, place.tip, now}));
      return {};
    }));
  } while (!gone.empty() || !added.empty());
  scanned.total = static_cast<std::int64_t>(TRY(parts_.reader.commit_hashes(stream.id)).size());
  report.streams.push_back(std::move(scanned));
  return {};
}

}  // namespace stream_status::service
