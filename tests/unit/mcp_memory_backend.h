// A Backend that keeps streams in memory by the rules of domain and api: what the protocol layer shows in
// tests is what calls did, not what a script says. Can hold answers back and fail its n-th call.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/arguments.h"
#include "api/codec.h"
#include "base/text.h"
#include "domain/change.h"
#include "mcp/backend.h"

namespace stream_status::mcp {

/// Single-threaded. Time advances by one second with each write, from 2026-11-22T14:00:00Z.
class MemoryBackend final : public Backend {
 public:
  enum class Answers { kAtOnce, kHeld };

  void set_answers(Answers answers) { answers_ = answers; }
  /// Answers the held call at `index`, counted from the oldest.
  void answer(std::size_t index = 0) {
    Held held = std::move(held_.at(index));
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
    held.done(std::move(held.result));
  }
  std::size_t held() const { return held_.size(); }

  /// The n-th call from now (1 is the next) fails with this error, and has no effect.
  void fail_call(int n, Error error) { fail_in_ = n, failure_ = std::move(error); }

  /// The next answer carries this as news.
  void tell(std::string text) { news_ = std::move(text); }

  struct Seen {
    std::string operation;
    json::object arguments;
    As as;
  };
  const std::vector<Seen>& seen() const { return seen_; }
  const std::vector<domain::Stream>& streams() const { return streams_; }

  /// The caller's worktree: its stream is the one that get_stream without id means.
  void set_worktree(std::string path) { worktree_ = std::move(path); }
  /// A stream as an older version may have left it, past all checks.
  void put(domain::Stream stream) {
    stream.revision = ++revision_;
    stream.created_at = stream.updated_at = tick();
    streams_.push_back(std::move(stream));
  }

  // What git and the plan files hold: the tools that look at them see this.
  void set_changed_files(const std::string& id, std::set<std::string> files) { changed_[id] = std::move(files); }
  void set_uncommitted(const std::string& id, json::array files) { uncommitted_[id] = std::move(files); }
  void land(const std::string& branch) { landed_.insert(branch); }
  void add_plan_file(const std::string& file, const std::string& title) { plan_files_.emplace_back(file, title); }
  void add_git_commit(const std::string& id, const std::string& hash) { git_commits_.emplace_back(id, hash); }

  Ticket call(const api::Operation& operation, json::object arguments, As as, Done done) override {
    const Ticket ticket = ++last_ticket_;
    seen_.push_back({std::string(operation.name), arguments, as});
    if (operation.id == api::OperationId::kWaitForChange) {
      const std::int64_t since = find_integer(arguments, "since").value_or(revision_);
      waiting_.push_back({ticket, since, std::move(done)});
      wake();
      return ticket;
    }
    Result<json::value> result =
        fail_in_ > 0 && --fail_in_ == 0 ? tl::make_unexpected(failure_) : carry_out(operation, arguments);
    if (result && !news_.empty())
      result->get_object()["news"] = json::array{json::object{
          {"kind", "message"}, {"from", "ada"}, {"streamId", nullptr}, {"text", std::exchange(news_, {})}}};
    if (answers_ == Answers::kAtOnce)
      done(std::move(result));
    else
      held_.push_back({std::move(done), std::move(result)});
    wake();
    return ticket;
  }
  void cancel(Ticket ticket) override {
    std::erase_if(waiting_, [&](const Waiting& each) { return each.ticket == ticket; });
  }
  /// Calls of wait_for_change that have nothing to tell.
  std::size_t waiting() const { return waiting_.size(); }
  /// Their server goes: they fail.
  void lose_waiting() {
    for (Waiting& each : std::exchange(waiting_, {}))
      each.done(fail(ErrorCode::kServerUnavailable, "wait: the server is gone"));
  }

 private:
  struct Waiting {
    Ticket ticket;
    std::int64_t since;
    Done done;
  };
  /// Answers those for whom something has happened.
  void wake() {
    for (bool again = true; std::exchange(again, false);) {
      for (auto each = waiting_.begin(); each != waiting_.end(); ++each) {
        if (each->since >= revision_) continue;
        const Waiting woken = std::move(*each);
        waiting_.erase(each);
        json::array changes;
        for (const domain::Stream& stream : streams_)
          if (stream.revision > woken.since)
            changes.push_back({{"revision", stream.revision}, {"streamId", stream.id.text}, {"type", "note"}});
        woken.done(json::value{
            {"changes", std::move(changes)}, {"revision", revision_}, {"hasMore", false}, {"timedOut", false}});
        again = true;
        break;
      }
    }
  }

  struct Held {
    Done done;
    Result<json::value> result;
  };

  std::string news_;
  Ticket last_ticket_ = 0;
  std::vector<Waiting> waiting_;

  WallTime tick() { return now_ += seconds{1}; }

  Result<json::value> carry_out(const api::Operation& operation, const json::object& input) {
    const api::Arguments arguments = TRY(api::Arguments::bind(operation, input));
    json::object body = TRY(dispatch(operation, arguments));
    if (!arguments.ignored().empty()) body["ignored"] = json::value_from(arguments.ignored());
    return json::value(std::move(body));
  }

  Result<json::object> dispatch(const api::Operation& operation, const api::Arguments& arguments) {
    using enum api::OperationId;
    switch (operation.id) {
      case kListStreams: return list(arguments);
      case kGetStream:
      case kResume: return get(arguments);
      case kListCommits: return json::object{{"commits", json::array{}}, {"total", 0}};
      case kAddStream: return add(arguments);
      case kUpdateStream: return update(arguments);
      case kAddCommit: return commit(arguments);
      case kRemoveStream: return archive(arguments);
      case kGetStreamStats: return stats();
      case kCheckConflicts: return conflicts(arguments);
      case kSyncFromFiles: return sync();
      case kScanCommits: return scan(arguments);
      case kReconcileWorktrees: return reconcile(arguments);
      case kGetVersion:
        return json::object{{"name", "stream-status"}, {"version", "0.0.0"}, {"protocol", 1}, {"projectName", "shop"}};
      default: return fail(ErrorCode::kNotFound, "no such operation here");
    }
  }

  Result<json::object> list(const api::Arguments& arguments) {
    json::array rows;
    std::int64_t total = 0;
    std::int64_t last = 0;
    bool more = false;
    const auto limit = static_cast<std::size_t>(arguments.integer("limit").value_or(1'000'000));
    std::int64_t before = 1'000'000'000;
    if (const auto cursor = arguments.text("cursor")) {
      if (cursor->find_first_not_of("0123456789") != std::string::npos || cursor->size() > 9)
        return fail(ErrorCode::kInvalidArgument, "list streams: there is no such cursor");
      before = std::stoll(*cursor);
    }
    for (std::size_t i = streams_.size(); i-- > 0;) {
      const domain::Stream& stream = streams_[i];
      if (arguments.flag("open").value_or(false) &&
          (stream.status == domain::Status::kCompleted || stream.status == domain::Status::kArchived))
        continue;
      if (const auto wanted = arguments.text("status"); wanted && *wanted != name_of(stream.status)) continue;
      if (const auto wanted = arguments.text("priority"); wanted && *wanted != name_of(stream.priority)) continue;
      if (const auto wanted = arguments.text("category"); wanted && *wanted != stream.category) continue;
      if (const auto wanted = arguments.text("query");
          wanted && to_lower(stream.id.text + "\n" + stream.title).find(to_lower(*wanted)) == std::string::npos)
        continue;
      ++total;
      if (static_cast<std::int64_t>(i) >= before) continue;
      if (rows.size() < limit) {
        rows.emplace_back(api::to_json(stream));
        last = static_cast<std::int64_t>(i);
      } else {
        more = true;
      }
    }
    json::object body{{"streams", std::move(rows)}, {"total", total}, {"revision", revision_}};
    if (more) body["nextCursor"] = std::to_string(last);
    return body;
  }

  Result<json::object> get(const api::Arguments& arguments) {
    if (const auto id = arguments.text("streamId")) return api::to_json(*TRY(find(*id)));
    for (const domain::Stream& stream : streams_)
      if (!worktree_.empty() && stream.worktree_path == worktree_) return api::to_json(stream);
    return fail(ErrorCode::kStreamNotFound, "get stream: no stream has your worktree", "name one with streamId");
  }

  Result<json::object> add(const api::Arguments& arguments) {
    domain::Stream stream;
    stream.title = *arguments.text("title");
    stream.id.text = arguments.text("streamId").value_or(domain::slug_of(stream.title));
    if (find(stream.id.text))
      return tl::make_unexpected(
          Error{ErrorCode::kStreamExists, fmt::format("add stream {}: it exists", stream.id.text),
                "change it, or choose another streamId", "update_stream", json::object{{"streamId", stream.id.text}}});
    stream.number = arguments.text("streamNumber").value_or(fmt::format("{:04}", 101 + streams_.size()));
    stream.category = arguments.text("category").value_or("backend");
    stream.priority = *domain::parse_priority(arguments.text("priority").value_or("medium"));
    stream.status = *domain::parse_status(arguments.text("status").value_or("initializing"));
    stream.worktree_path = arguments.text("worktreePath").value_or("");
    stream.branch = arguments.text("branch").value_or("");
    stream.phases = arguments.list("estimatedPhases").value_or(std::vector<std::string>{});
    stream.goal = arguments.text("goal").value_or("");
    put(std::move(stream));
    return json::object{{"success", true},
                        {"streamId", streams_.back().id.text},
                        {"message", "stream added"},
                        {"stream", api::to_json(streams_.back())}};
  }

  Result<json::object> update(const api::Arguments& arguments) {
    domain::Stream& stream = *TRY(find(*arguments.text("streamId")));
    const auto expected = arguments.integer("expectedRevision");
    if (expected && *expected != stream.revision) {
      Error error{ErrorCode::kRevisionConflict,
                  fmt::format("update {}: it is at revision {}, not {}", stream.id.text, stream.revision, *expected)};
      error.data = {{"revision", stream.revision}, {"stream", api::to_json(stream)}};
      return tl::make_unexpected(std::move(error));
    }
    domain::Update wanted;
    if (const auto text = arguments.text("status")) wanted.status = domain::parse_status(*text);
    if (const auto number = arguments.integer("progress")) wanted.progress = static_cast<int>(*number);
    if (const auto number = arguments.integer("currentPhase")) wanted.current_phase = static_cast<int>(*number);
    if (const auto text = arguments.text("blockedBy"))
      wanted.blockers = text->empty() ? std::vector<StreamId>{} : std::vector<StreamId>{TRY(find(*text))->id};
    wanted.note = arguments.text("note");
    wanted.details.title = arguments.text("title");
    wanted.details.goal = arguments.text("goal");
    wanted.details.phases = arguments.list("phases");
    const json::object before = api::to_json(stream);
    for (const domain::Change& change : TRY(domain::plan_update(stream, wanted)))
      domain::apply(stream, change, ++revision_, tick());
    const json::object after = api::to_json(stream);
    json::object changes;
    for (const std::string_view name : {"status", "currentPhase", "blockedBy", "title", "phases", "goal"})
      if (before.at(name) != after.at(name)) changes[name] = {{"from", before.at(name)}, {"to", after.at(name)}};
    if (before.at("progress") != after.at("progress")) changes["progress"] = after.at("progress");
    if (wanted.note) changes["note"] = *wanted.note;
    return json::object{{"success", true}, {"stream", after}, {"changes", std::move(changes)}};
  }

  Result<json::object> commit(const api::Arguments& arguments) {
    domain::Stream& stream = *TRY(find(*arguments.text("streamId")));
    const std::string hash = *arguments.text("commitHash");
    const auto known = std::find(commits_.begin(), commits_.end(), std::pair(stream.id.text, hash));
    const bool added = known == commits_.end();
    const auto id = static_cast<std::int64_t>(known - commits_.begin()) + 1;
    if (added) {
      commits_.emplace_back(stream.id.text, hash);
      domain::Commit made;
      made.message = arguments.text("message").value_or("");
      made.files_changed = arguments.integer("filesChanged").value_or(0);
      made.timestamp = arguments.time("timestamp").value_or(tick());
      domain::apply(stream, domain::CommitAdded{made}, ++revision_, tick());
    }
    return json::object{{"success", true},
                        {"id", std::to_string(id)},
                        {"streamId", stream.id.text},
                        {"message", added ? "commit added" : "commit known"},
                        {"added", added},
                        {"revision", stream.revision}};
  }

  Result<json::object> archive(const api::Arguments& arguments) {
    domain::Stream& stream = *TRY(find(*arguments.text("streamId")));
    const bool deletes = arguments.flag("deleteWorktree").value_or(false);
    const auto uncommitted = uncommitted_.find(stream.id.text);
    const bool at_risk = deletes && uncommitted != uncommitted_.end();
    json::object plan{{"steps", json::array{{{"step", "archive"}, {"subject", stream.id.text}}}},
                      {"atRisk", json::array()},
                      {"notes", json::array()}};
    if (deletes) plan["steps"].as_array().push_back({{"step", "delete_worktree"}, {"subject", stream.worktree_path}});
    if (at_risk)
      plan["atRisk"] = json::array{{{"kind", "uncommitted"},
                                    {"detail", fmt::format("{} files", uncommitted->second.size())},
                                    {"items", uncommitted->second}}};
    json::object answer{{"success", true}, {"streamId", stream.id.text}, {"deleted", false},  {"dryRun", false},
                        {"plan", plan},    {"retirement", nullptr},      {"report", nullptr}, {"keptRef", nullptr}};
    if (arguments.flag("dryRun").value_or(false)) {
      answer["dryRun"] = true;
      answer["message"] = "nothing was done";
      answer["stream"] = api::to_json(stream);
      return answer;
    }
    if (at_risk && !arguments.flag("force").value_or(false)) {
      Error error{ErrorCode::kWorkAtRisk, fmt::format("archive {}: work would be lost", stream.id.text)};
      error.data = {{"plan", plan}};
      return tl::make_unexpected(std::move(error));
    }
    domain::Update wanted;
    wanted.status = domain::Status::kArchived;
    wanted.note = arguments.text("completionSummary");
    for (const domain::Change& change : TRY(domain::plan_update(stream, wanted)))
      domain::apply(stream, change, ++revision_, tick());
    answer["message"] = "stream archived";
    answer["stream"] = api::to_json(stream);
    answer["retirement"] = {{"worktreeDeleted", deletes}, {"branchDeleted", deletes}, {"errors", json::array()}};
    if (at_risk) answer["keptRef"] = "refs/stream-status/" + stream.id.text;
    return answer;
  }

  /// Two streams that changed the same file are in conflict there.
  Result<json::object> conflicts(const api::Arguments& arguments) {
    const auto only = arguments.text("streamId");
    if (only) TRY(find(*only));
    json::array pairs;
    json::array streams;
    json::array order;
    for (auto a = changed_.begin(); a != changed_.end(); ++a) {
      streams.push_back({{"streamId", a->first}, {"againstMain", {{"state", "clean"}, {"conflicts", json::array()}}}});
      order.emplace_back(a->first);
      for (auto b = std::next(a); b != changed_.end(); ++b) {
        if (only && a->first != *only && b->first != *only) continue;
        json::array shared;
        json::array found;
        for (const std::string& file : a->second)
          if (b->second.contains(file)) {
            shared.emplace_back(file);
            found.push_back({{"file", file}, {"kind", "content"}, {"message", "both changed it"}});
          }
        if (!shared.empty())
          pairs.push_back({{"a", a->first},
                           {"b", b->first},
                           {"state", "conflict"},
                           {"files", shared},
                           {"conflicts", found},
                           {"detail", nullptr}});
      }
    }
    return json::object{{"mainBranch", "main"},      {"streams", std::move(streams)},
                        {"pairs", std::move(pairs)}, {"landingOrder", std::move(order)},
                        {"leftOut", json::array()},  {"warnings", json::array()}};
  }

  Result<json::object> sync() {
    json::array added;
    json::array errors;
    std::int64_t skipped = 0;
    for (const auto& [file, title] : plan_files_) {
      if (title.empty()) {
        errors.push_back({{"file", file}, {"line", 1}, {"reason", "there is no title"}});
        continue;
      }
      domain::Stream stream;
      stream.title = title;
      stream.id.text = domain::slug_of(title);
      if (find(stream.id.text)) {
        ++skipped;
        continue;
      }
      added.emplace_back(stream.id.text);
      put(std::move(stream));
    }
    return json::object{{"synced", added.size()},   {"skipped", skipped}, {"errors", std::move(errors)},
                        {"worktreesDiscovered", 1}, {"streams", added},   {"warnings", json::array()}};
  }

  Result<json::object> scan(const api::Arguments& arguments) {
    const auto only = arguments.text("streamId");
    if (only) TRY(find(*only));
    json::array rows;
    std::int64_t all = 0;
    for (const domain::Stream& stream : streams_) {
      if (only && stream.id.text != *only) continue;
      std::int64_t added = 0;
      std::int64_t total = 0;
      for (const auto& commit : git_commits_) {
        if (commit.first != stream.id.text) continue;
        ++total;
        if (std::find(commits_.begin(), commits_.end(), commit) != commits_.end()) continue;
        commits_.push_back(commit);
        ++added;
      }
      all += added;
      rows.push_back({{"streamId", stream.id.text},
                      {"branch", stream.branch},
                      {"added", added},
                      {"removed", 0},
                      {"total", total},
                      {"note", nullptr}});
    }
    return json::object{{"success", true},
                        {"added", all},
                        {"removed", 0},
                        {"streams", std::move(rows)},
                        {"skipped", json::array()},
                        {"warnings", json::array()}};
  }

  /// A stream whose branch has landed is completed; the others are active with a worktree and stale without one.
  Result<json::object> reconcile(const api::Arguments& arguments) {
    const bool dry_run = arguments.flag("dryRun").value_or(true);
    json::object answer{{"dryRun", dry_run},        {"mainBranch", {{"name", "main"}, {"why", "it is there"}}},
                        {"active", json::array()},  {"completed", json::array()},
                        {"stale", json::array()},   {"orphaned", json::array()},
                        {"errors", json::array()},  {"applied", json::array()},
                        {"warnings", json::array()}};
    for (domain::Stream& stream : streams_) {
      if (!domain::is_open(stream.status)) continue;
      const bool landed = landed_.contains(stream.branch);
      const std::string_view group = landed ? "completed" : stream.worktree_path.empty() ? "stale" : "active";
      answer[group].as_array().push_back({{"streamId", stream.id.text},
                                          {"previousStatus", name_of(stream.status)},
                                          {"newStatus", landed ? json::value("completed") : json::value(nullptr)},
                                          {"reason", landed             ? "merged into main"
                                                     : group == "stale" ? "no worktree"
                                                                        : "work goes on"}});
      if (!landed || dry_run) continue;
      domain::Update wanted;
      wanted.status = domain::Status::kCompleted;
      for (const domain::Change& change : TRY(domain::plan_update(stream, wanted)))
        domain::apply(stream, change, ++revision_, tick());
      answer["applied"].as_array().push_back({{"streamId", stream.id.text}, {"action", "completed"}});
    }
    return answer;
  }

  Result<json::object> stats() {
    domain::Stats stats;
    for (const domain::Stream& stream : streams_) {
      stats.active_streams += domain::is_open(stream.status) ? 1 : 0;
      stats.in_progress += stream.status == domain::Status::kActive ? 1 : 0;
      stats.blocked += stream.status == domain::Status::kBlocked ? 1 : 0;
      stats.ready_to_start += stream.status == domain::Status::kInitializing && stream.blockers.empty() ? 1 : 0;
      stats.completed_today += stream.status == domain::Status::kCompleted ? 1 : 0;
    }
    stats.total_commits = stats.commits_today = static_cast<std::int64_t>(commits_.size());
    return api::to_json(stats);
  }

  Result<domain::Stream*> find(std::string_view id) {
    for (domain::Stream& stream : streams_)
      if (stream.id.text == id) return &stream;
    return fail(ErrorCode::kStreamNotFound, fmt::format("find stream: there is no \"{}\"", id),
                streams_.empty() ? "there are no streams yet" : fmt::format("near it: {}", streams_.back().id.text));
  }

  Answers answers_ = Answers::kAtOnce;
  std::deque<Held> held_;
  int fail_in_ = 0;
  Error failure_;
  std::vector<Seen> seen_;
  std::string worktree_;

  WallTime now_ = *parse_rfc3339("2026-11-22T14:00:00Z");
  std::int64_t revision_ = 0;
  std::vector<domain::Stream> streams_;
  std::vector<std::pair<std::string, std::string>> commits_;  // stream, hash

  std::map<std::string, std::set<std::string>> changed_;
  std::map<std::string, json::array> uncommitted_;
  std::set<std::string> landed_;
  std::vector<std::pair<std::string, std::string>> plan_files_;   // file, title
  std::vector<std::pair<std::string, std::string>> git_commits_;  // stream, hash
};

}  // namespace stream_status::mcp
