#include "service/founding_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace stream_status::service {
namespace {

using namespace std::chrono_literals;
using domain::Status;
using domain::Stream;
using store::FoundingDatabase;
using store::FoundingRemainder;
using store::FoundingTable;
using store::FoundingValue;

/// The founding program writes a row's time and its history's in one call, milliseconds apart: one event for both.
constexpr auto kOneCall = 2s;

/// One row of a founding table. What is read of it and can not be said again is noted in the remainders.
class Row {
 public:
  Row(const FoundingTable& table, const FoundingTable::Row& row, std::vector<FoundingRemainder>& remainders)
      : table_(table), row_(row), remainders_(remainders), name_(std::to_string(row.id)) {}

  std::int64_t number() const { return row_.id; }
  void set_name(std::string name) { name_ = std::move(name); }

  const FoundingValue& value(std::string_view column) const {
    static const FoundingValue kNone;
    const auto at = table_.find_column(column);
    return at ? row_.values[*at] : kNone;
  }
  /// Valid UTF-8; empty for NULL.
  std::string text(std::string_view column) const {
    const FoundingValue& raw = value(column);
    if (!raw) return {};
    if (is_utf8(*raw)) return *raw;
    keep(column);
    return to_utf8(*raw);
  }
  /// Whole and in its range; else the nearest that is.
  int number(std::string_view column, int lowest, int highest, int absent = 0) const;
  std::optional<WallTime> time(std::string_view column) const {
    const FoundingValue& raw = value(column);
    if (!raw) return std::nullopt;
    const auto parsed = parse_founding_time(*raw);
    if (!parsed) keep(column);
    return parsed;
  }

  void keep(std::string_view column) const {
    if (table_.find_column(column)) remainders_.push_back({table_.name, name_, std::string(column), value(column)});
  }
  void keep_all() const {
    for (const std::string& column : table_.columns) keep(column);
  }
  template <std::size_t N>
  void keep_unknown(const std::array<std::string_view, N>& known) const {
    for (const std::string& column : table_.columns)
      if (value(column) && std::find(known.begin(), known.end(), column) == known.end()) keep(column);
  }
  /// `stream_history 12: event_type "x", old_value null …`: every column as it is.
  std::string describe() const {
    std::string text = fmt::format("{} {}:", table_.name, name_);
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
      const FoundingValue& raw = row_.values[i];
      if (table_.columns[i] == "id" || table_.columns[i] == "stream_id") continue;
      text += fmt::format(" {} {},", table_.columns[i],
                          raw ? json::serialize(json::value(to_utf8(*raw))) : std::string("null"));
    }
    text.pop_back();
    return text;
  }

 private:
  const FoundingTable& table_;
  const FoundingTable::Row& row_;
  std::vector<FoundingRemainder>& remainders_;
  std::string name_;
};

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

int Row::number(std::string_view column, int lowest, int highest, int absent) const {
  const FoundingValue& raw = value(column);
  if (!raw) return absent;
  const auto parsed = parse_number(*raw);
  const double value = std::clamp<double>(std::round(parsed.value_or(absent)), lowest, highest);
  if (!parsed || *parsed != value) keep(column);
  return static_cast<int>(value);
}

/// A percentage in a history value.
std::optional<int> parse_progress(const FoundingValue& text) {
  if (!text) return std::nullopt;
  const auto value = parse_number(*text);
  if (!value || *value < 0 || *value > 100 || *value != std::floor(*value)) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<Status> parse_status(const FoundingValue& text) {
  return text ? domain::parse_status(*text) : std::nullopt;
}

/// What one history row says.
struct Step {
  WallTime at;
  std::string row;  ///< its number
  FoundingValue told_at;
  std::optional<Status> from;
  std::optional<Status> to;
  std::optional<int> progress_from;
  std::optional<int> progress;
  std::optional<std::string> note;
};

/// One event of a stream. `order`: when it comes in the log, never before the stream's event before it.
struct Moment {
  WallTime order;
  WallTime at;
  domain::Change change;
  const Step* step = nullptr;  ///< the history row it tells; absent: none
};

constexpr std::array<std::string_view, 15> kStreamColumns = {
    "id",         "stream_number", "title",        "category",      "priority",
    "status",     "progress",      "branch",       "current_phase", "worktree_path",
    "blocked_by", "created_at",    "completed_at", "updated_at",    "phases"};
constexpr std::array<std::string_view, 7> kCommitColumns = {"id",     "stream_id",     "commit_hash", "message",
                                                            "author", "files_changed", "timestamp"};
constexpr std::array<std::string_view, 6> kHistoryColumns = {"id",        "stream_id", "event_type",
                                                             "old_value", "new_value", "timestamp"};

/// Everything of one stream id.
struct Thread {
  std::vector<Step> steps;
  std::vector<domain::Commit> commits;
  bool is_created_told = false;  ///< by a history row
};

class Carrier {
 public:
  Carrier(const FoundingDatabase& database, WallTime now) : database_(database), now_(now) {}

  Carried run() {
    find_streams();
    read_commits();
    read_history();
    for (StreamRow& row : rows_) carry_stream(row);
    for (auto& [id, thread] : threads_)
      if (known_.find(id) == known_.end()) carry_rest(id, thread);
    std::stable_sort(ordered_.begin(), ordered_.end(),
                     [](const Ordered& a, const Ordered& b) { return a.order < b.order; });
    carried_.events.reserve(ordered_.size());
    for (Ordered& one : ordered_) carried_.events.push_back(std::move(one.event));
    return std::move(carried_);
  }

 private:
  /// A stream as its row says it is, with the sentences about what was changed on the way.
  struct StreamRow {
    Stream end;
    std::vector<std::string> remarks;
  };
  struct Ordered {
    WallTime order;
    CarriedEvent event;
  };

  void find_streams();
  StreamRow read_stream(const FoundingTable::Row& raw);
  std::vector<std::string> read_phases(const Row& row, std::vector<std::string>& remarks) const;
  void read_status(const Row& row, StreamRow& result) const;
  void read_commits();
  void read_history();
  Step read_step(const Row& row, WallTime at, bool has_time) const;
  void carry_stream(StreamRow& row);
  void carry_rest(const std::string& id, Thread& thread);
  void append(const StreamId& id, Moment moment);
  void count_orphan(const std::string& id) { carried_.counts.without_stream += known_.count(id) == 0 ? 1 : 0; }
  /// When a row of this stream happened whose own time can not be read.
  WallTime fallback(const std::string& id) const {
    const auto found = known_.find(id);
    return found == known_.end() ? now_ : found->second;
  }

  const FoundingDatabase& database_;
  WallTime now_;
  Carried carried_;
  std::vector<StreamRow> rows_;                         ///< by time of creation
  std::map<std::string, WallTime, std::less<>> known_;  ///< stream ids → created
  std::map<std::string, Thread, std::less<>> threads_;
  std::vector<Ordered> ordered_;
};

void Carrier::find_streams() {
  for (const FoundingTable::Row& raw : database_.streams.rows) rows_.push_back(read_stream(raw));
  std::stable_sort(rows_.begin(), rows_.end(),
                   [](const StreamRow& a, const StreamRow& b) { return a.end.created_at < b.end.created_at; });
  for (const StreamRow& row : rows_) known_.emplace(row.end.id.text, row.end.created_at);
  carried_.counts.streams = static_cast<std::int64_t>(rows_.size());
}

std::vector<std::string> Carrier::read_phases(const Row& row, std::vector<std::string>& remarks) const {
  std::vector<std::string> phases;
  const FoundingValue& raw = row.value("phases");
  if (!raw || raw->empty()) return phases;
  const auto parsed = parse_json(*raw);
  const json::array* list = parsed ? parsed->if_array() : nullptr;
  bool all_texts = list != nullptr;
  if (list != nullptr)
    for (const json::value& item : *list) {
      all_texts = all_texts && item.is_string();
      phases.push_back(item.is_string() ? std::string(text_of(item.get_string())) : json::serialize(item));
    }
  if (!all_texts && !(parsed && parsed->is_null())) {
    row.keep("phases");
    remarks.push_back(fmt::format("phases {} is no list of names", json::serialize(json::value(to_utf8(*raw)))));
  }
  return phases;
}

void Carrier::read_status(const Row& row, StreamRow& result) const {
  Stream& stream = result.end;
  const std::string text = row.text("status");
  if (const auto status = domain::parse_status(text)) {
    stream.status = *status;
  } else {
    const auto meant = domain::parse_status(to_lower(text));
    stream.status = meant ? *meant : row.value("completed_at") ? Status::kCompleted : Status::kPaused;
    row.keep("status");
    result.remarks.push_back(fmt::format("status \"{}\" became {}", text, domain::name_of(stream.status)));
  }
  // The founding program keeps the commits of the main branch on an entry of its own, and hides it from lists.
  if (stream.id.text == "main" && stream.number == "main" && domain::is_open(stream.status)) {
    stream.status = Status::kArchived;
    row.keep("status");
    result.remarks.emplace_back("the founding program's own entry for commits of the main branch, archived");
  }
  stream.completed_at = row.time("completed_at");
  if (stream.completed_at && domain::is_open(stream.status)) {
    stream.completed_at.reset();  // it was taken up again
    row.keep("completed_at");
  }
}

Carrier::StreamRow Carrier::read_stream(const FoundingTable::Row& raw) {
  Row row(database_.streams, raw, carried_.remainders);
  StreamRow result;
  Stream& stream = result.end;
  const FoundingValue& id = row.value("id");
  if (id && !id->empty()) {
    stream.id.text = to_utf8(*id);
  } else {
    stream.id.text = fmt::format("founding-{}", raw.id);
    result.remarks.emplace_back("it had no id");
  }
  row.set_name(stream.id.text);
  row.keep_unknown(kStreamColumns);
  if (id && *id != stream.id.text) row.keep("id");
  stream.number = row.text("stream_number");
  stream.title = row.text("title");
  if (stream.title.empty()) stream.title = stream.id.text;
  stream.category = row.text("category");
  if (stream.category.empty()) stream.category = domain::kCategoryNames[1];
  const std::string priority = row.text("priority");
  if (const auto known = domain::parse_priority(to_lower(priority))) stream.priority = *known;
  if (!priority.empty() && priority != domain::name_of(stream.priority)) {
    row.keep("priority");
    result.remarks.push_back(fmt::format("priority \"{}\" became {}", priority, domain::name_of(stream.priority)));
  }
  stream.progress = row.number("progress", 0, 100);
  stream.current_phase = row.number("current_phase", 0, 999'999);
  stream.phases = read_phases(row, result.remarks);
  stream.worktree_path = row.text("worktree_path");
  stream.branch = row.text("branch");
  if (std::string blocker = row.text("blocked_by"); !blocker.empty()) stream.blockers.push_back({std::move(blocker)});
  read_status(row, result);
  const auto updated = row.time("updated_at");
  stream.created_at = row.time("created_at").value_or(updated.value_or(stream.completed_at.value_or(now_)));
  stream.updated_at = updated.value_or(stream.created_at);
  return result;
}

void Carrier::read_commits() {
  std::set<std::pair<std::string, std::string>> seen;
  for (const FoundingTable::Row& raw : database_.commits.rows) {
    const Row row(database_.commits, raw, carried_.remainders);
    ++carried_.counts.commits;
    domain::Commit commit;
    commit.id = raw.id;
    commit.stream_id.text = row.text("stream_id");
    commit.hash = row.text("commit_hash");
    const std::string lower = to_lower(commit.hash);
    if (lower != commit.hash && lower.find_first_not_of("0123456789abcdef") == std::string::npos) {
      row.keep("commit_hash");  // git prints hashes in lower case: a scan must find it again
      commit.hash = lower;
    }
    if (!seen.emplace(commit.stream_id.text, commit.hash).second) {
      row.keep_all();
      ++carried_.counts.double_commits;
      continue;
    }
    row.keep_unknown(kCommitColumns);
    count_orphan(commit.stream_id.text);
    commit.message = row.text("message");
    commit.author = row.text("author");
    commit.files_changed = row.number("files_changed", 0, 1'000'000'000);
    commit.timestamp = row.time("timestamp").value_or(fallback(commit.stream_id.text));
    threads_[commit.stream_id.text].commits.push_back(std::move(commit));
  }
}

void Carrier::read_history() {
  std::map<std::string, WallTime, std::less<>> latest;  // where a row without a readable time belongs
  for (const FoundingTable::Row& raw : database_.history.rows) {
    const Row row(database_.history, raw, carried_.remainders);
    ++carried_.counts.history_rows;
    const std::string id = row.text("stream_id");
    count_orphan(id);
    row.keep_unknown(kHistoryColumns);
    const FoundingValue& told = row.value("timestamp");
    const auto time = told ? parse_founding_time(*told) : std::nullopt;
    WallTime& before = latest.try_emplace(id, fallback(id)).first->second;
    if (time) before = *time;

    Thread& thread = threads_[id];
    const auto created = known_.find(id);
    if (row.value("event_type") == "created" && created != known_.end() && !thread.is_created_told && time) {
      thread.is_created_told = true;  // our `created` says it; what differs is kept beside
      if (*time != created->second) row.keep("timestamp");
      for (const char* column : {"old_value", "new_value"})
        if (row.value(column)) row.keep(column);
      continue;
    }
    thread.steps.push_back(read_step(row, before, time.has_value()));
    if (thread.steps.back().note) ++carried_.counts.notes;
  }
}

Step Carrier::read_step(const Row& row, WallTime at, bool has_time) const {
  Step step;
  step.at = at;
  step.row = std::to_string(row.number());
  step.told_at = row.value("timestamp");
  const std::string type = row.value("event_type").value_or("");
  const FoundingValue& before = row.value("old_value");
  const FoundingValue& after = row.value("new_value");
  const auto as_it_is = [&] {
    step.note = row.describe();
    return step;
  };
  if (!has_time) return as_it_is();
  if (type == "status_changed") {
    step.from = parse_status(before);
    step.to = parse_status(after);
    if (!step.to || (before && !step.from)) {
      step.to.reset();
      return as_it_is();
    }
    return step;
  }
  if (type == "progress_updated") {
    step.progress_from = parse_progress(before);
    step.progress = parse_progress(after);
    if (!step.progress || (before && !step.progress_from)) {
      step.progress.reset();
      return as_it_is();
    }
    return step;
  }
  if (type == "completed" || type == "archived") {
    // The new value is a sentence: the summary that the stream was completed with.
    step.from = parse_status(before);
    if (before && !step.from) return as_it_is();
    step.to = type == "completed" ? Status::kCompleted : Status::kArchived;
    if (after && !after->empty() && *after != type) step.note = row.text("new_value");
    return step;
  }
  return as_it_is();
}

void Carrier::append(const StreamId& id, Moment moment) {
  ordered_.push_back({moment.order, {id, std::move(moment.change), moment.at}});
}

/// The events of history rows and commits, by time. `state` supplies what a row leaves out, and is moved along.
std::vector<Moment> moments_of(Thread& thread, Stream& state) {
  std::stable_sort(thread.steps.begin(), thread.steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  std::stable_sort(thread.commits.begin(), thread.commits.end(), [](const domain::Commit& a, const domain::Commit& b) {
    return std::pair(a.timestamp, a.id) < std::pair(b.timestamp, b.id);
  });
  std::vector<Moment> moments;
  WallTime order = state.created_at;
  const auto add = [&](WallTime at, domain::Change change, const Step* step) {
    order = std::max(order, at);
    domain::apply(state, change, 0, at);
    moments.push_back({order, at, std::move(change), step});
  };
  auto commit = thread.commits.begin();
  const auto add_commits = [&](WallTime until) {
    // Nobody recorded when a commit became known: not before it was made, nor before there was a stream.
    for (; commit != thread.commits.end() && commit->timestamp < until; ++commit)
      add(std::max(commit->timestamp, state.created_at), domain::CommitAdded{*commit}, nullptr);
  };
  for (const Step& step : thread.steps) {
    add_commits(step.at);
    if (step.progress)
      add(step.at, domain::ProgressChanged{step.progress_from.value_or(state.progress), *step.progress}, &step);
    const bool is_news = step.to && (*step.to != state.status || !step.note);
    if (is_news) add(step.at, domain::StatusChanged{step.from.value_or(state.status), *step.to}, &step);
    if (step.note) add(step.at, domain::NoteAdded{*step.note}, &step);
  }
  add_commits(WallTime::max());
  return moments;
}

/// The state that the history began with: what its first rows say was there before, else what is there at the end.
Stream beginning_of(const Stream& end, const std::vector<Step>& steps) {
  Stream begin = end;
  begin.updated_at = end.created_at;
  const auto first_status =
      std::find_if(steps.begin(), steps.end(), [](const Step& step) { return step.to.has_value(); });
  if (first_status != steps.end()) begin.status = first_status->from.value_or(Status::kInitializing);
  const auto first_progress =
      std::find_if(steps.begin(), steps.end(), [](const Step& step) { return step.progress.has_value(); });
  if (first_progress != steps.end()) begin.progress = first_progress->progress_from.value_or(0);
  if (domain::is_open(begin.status)) begin.completed_at.reset();
  return begin;
}

/// Gives the last history row that completes the stream, and the last event of all, the row's own time where one call
/// wrote both.
void snap_times(std::vector<Moment>& moments, const Stream& end, std::vector<FoundingRemainder>& remainders) {
  const Step* kept = nullptr;
  const auto snap = [&](Moment& moment, WallTime to) {
    const auto apart = moment.at < to ? to - moment.at : moment.at - to;
    if (moment.step == nullptr || moment.at == to || apart > kOneCall) return;
    if (moment.step != kept)
      remainders.push_back({"stream_history", moment.step->row, "timestamp", moment.step->told_at});
    kept = moment.step;
    moment.at = to;
  };
  const auto completes = [](const Moment& moment) {
    const auto* status = std::get_if<domain::StatusChanged>(&moment.change);
    return status != nullptr && status->to == Status::kCompleted;
  };
  const auto completing = std::find_if(moments.rbegin(), moments.rend(), completes);
  const bool is_told = end.completed_at && completing != moments.rend();
  if (is_told) snap(*completing, *end.completed_at);
  if (!moments.empty() && !(is_told && completing == moments.rbegin())) snap(moments.back(), end.updated_at);
}

void Carrier::carry_stream(StreamRow& row) {
  const Stream& end = row.end;
  Thread& thread = threads_[end.id.text];
  std::stable_sort(thread.steps.begin(), thread.steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  const Stream begin = beginning_of(end, thread.steps);

  Stream state = begin;
  std::vector<Moment> moments = moments_of(thread, state);
  snap_times(moments, end, carried_.remainders);
  append(end.id, {begin.created_at, begin.created_at, domain::Created{begin}});
  state = begin;
  domain::apply(state, domain::Created{begin}, 0, begin.created_at);
  WallTime order = begin.created_at;
  const auto add = [&](Moment moment) {
    order = std::max(order, moment.order);
    moment.order = order;
    domain::apply(state, moment.change, 0, moment.at);
    append(end.id, std::move(moment));
  };
  for (Moment& moment : moments) add(std::move(moment));

  // What the history does not lead to.
  const WallTime last = std::max(order, end.updated_at);
  const auto correct = [&](WallTime at, domain::Change change) { add({last, at, std::move(change)}); };
  if (!row.remarks.empty()) {
    ++carried_.counts.notes;
    std::string text = "Carried over from the founding implementation: ";
    for (std::size_t i = 0; i < row.remarks.size(); ++i) text += (i > 0 ? "; " : "") + row.remarks[i];
    correct(end.updated_at, domain::NoteAdded{std::move(text)});
  }
  if (state.progress != end.progress) correct(end.updated_at, domain::ProgressChanged{state.progress, end.progress});
  if (end.completed_at && state.completed_at != end.completed_at)
    correct(*end.completed_at,
            domain::StatusChanged{state.status == Status::kArchived ? Status::kCompleted : state.status,
                                  Status::kCompleted});
  if (state.status != end.status) correct(end.updated_at, domain::StatusChanged{state.status, end.status});
  if (state.updated_at != end.updated_at) correct(end.updated_at, domain::DetailsChanged{});
  // Some ages of the founding program completed a stream without writing when; its history knows.
  if (state.completed_at && !end.completed_at && !domain::is_open(end.status))
    carried_.remainders.push_back({"streams", end.id.text, "completed_at", std::nullopt});
  carried_.streams.push_back(std::move(state));
}

/// Rows whose stream is gone: events of an id that has no stream.
void Carrier::carry_rest(const std::string& id, Thread& thread) {
  Stream state;
  state.id.text = id;
  state.created_at = WallTime::min();
  for (Moment& moment : moments_of(thread, state)) append({id}, std::move(moment));
}

}  // namespace

std::optional<WallTime> parse_founding_time(std::string_view text) {
  if (const auto time = parse_rfc3339(text)) return time;
  std::string with_zone(text);
  if (text.size() == std::string_view("2025-12-11").size()) with_zone += "T00:00:00";
  return parse_rfc3339(with_zone + "Z");
}

Carried carry_over(const FoundingDatabase& database, WallTime now) { return Carrier(database, now).run(); }

}  // namespace stream_status::service
