// compare_streams: the files that two streams both change, the places in them, and which of the two to land first.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "git/commits.h"
#include "git/differences.h"
#include "git/overlaps.h"
#include "service/find_stream.h"
#include "service/lines.h"
#include "service/work_handlers.h"

namespace stream_status::service {
namespace {

/// One of the two: who it is, and which of the forecast's lines.
struct Side {
  domain::Stream stream;
  std::optional<std::size_t> line = std::nullopt;
  const std::string& id() const { return stream.id.text; }
};

Result<Side> find_side(WorkContext& context, const api::Arguments& arguments, std::string_view name) {
  return Side{TRY(get_stream_by_id(context.reader, *arguments.text(name), Matching::kPrefix))};
}

// ---- which one first -----------------------------------------------------------------------------------------------

/// What git::Forecast::landing_order weighs, when the first of the two is chosen.
struct Weight {
  std::int64_t conflicts = 0;
  std::int64_t shared = 0;
  std::int64_t files = 0;
};

Weight weigh(std::size_t line, const git::Forecast& forecast, std::vector<std::size_t>::const_iterator still_to_land) {
  Weight weight;
  for (const git::Pair& pair : forecast.pairs) {
    if (pair.a != line && pair.b != line) continue;
    const std::size_t other = pair.a == line ? pair.b : pair.a;
    if (std::find(still_to_land, forecast.landing_order.end(), other) == forecast.landing_order.end()) continue;
    weight.conflicts += pair.state == git::PairState::kConflict ? 1 : 0;
    weight.shared += static_cast<std::int64_t>(pair.shared_files.size()) + pair.more_shared_files;
  }
  const git::ChangedFiles& files = forecast.files[line];
  weight.files = static_cast<std::int64_t>(files.committed.size());
  for (const std::string& file : files.uncommitted)
    weight.files += std::binary_search(files.committed.begin(), files.committed.end(), file) ? 0 : 1;
  return weight;
}

bool waits_for(const domain::Stream& stream, const domain::Stream& other) {
  return std::find(stream.blockers.begin(), stream.blockers.end(), other.id) != stream.blockers.end();
}

std::string files_text(std::int64_t count) { return fmt::format("{} file{}", count, count == 1 ? "" : "s"); }

/// A sentence, of what weighs most for a person.
std::string why_first(const Side& first, const Side& other, const Weight& lighter, const Weight& heavier,
                      const Leases* leases) {
  const auto is_abandoned = [&](const Side& side) {
    return leases != nullptr && side.stream.claim && leases->has_run_out(*side.stream.claim);
  };
  const auto is_blocked = [](const Side& side) { return side.stream.status == domain::Status::kBlocked; };
  if (waits_for(other.stream, first.stream)) return fmt::format("{} waits for {}", other.id(), first.id());
  std::string reason;
  if (is_blocked(other) && !is_blocked(first))
    reason = fmt::format("{} is blocked anyway", other.id());
  else if (is_abandoned(other) && !is_abandoned(first))
    reason = fmt::format("{} is abandoned: the claim of {} has run out", other.id(), other.stream.claim->agent.text);
  else if (lighter.conflicts < heavier.conflicts)
    reason = fmt::format("{} conflicts with {} of the streams still to land, {} with {}", first.id(), lighter.conflicts,
                         other.id(), heavier.conflicts);
  else if (lighter.shared < heavier.shared)
    reason = fmt::format("{} shares {} with other streams, {} {}", first.id(), files_text(lighter.shared), other.id(),
                         heavier.shared);
  else if (lighter.files < heavier.files)
    reason = fmt::format("{} is the smaller change: {}, {} changes {}", first.id(), files_text(lighter.files),
                         other.id(), heavier.files);
  else if (first.stream.progress > other.stream.progress)
    reason = fmt::format("{} is further: {} %, {} {} %", first.id(), first.stream.progress, other.id(),
                         other.stream.progress);
  else
    reason = fmt::format("nothing speaks for one of them; {} is the newer stream", first.id());
  if (waits_for(first.stream, other.stream)) reason += fmt::format("; but {} waits for {}", first.id(), other.id());
  return reason;
}

struct Landing {
  const Side* first = nullptr;  ///< none: one of them has nothing to land
  std::string reason;
};

/// As the order that check_conflicts gives.
Landing find_landing(const Side& a, const Side& b, const git::Forecast& forecast, const Leases* leases) {
  const auto& order = forecast.landing_order;
  const auto place_of_side = [&](const Side& side) {
    return side.line ? std::find(order.begin(), order.end(), *side.line) : order.end();
  };
  const auto of_a = place_of_side(a);
  const auto of_b = place_of_side(b);
  for (const auto& [side, place] : {std::pair(&a, of_a), std::pair(&b, of_b)})
    if (place == order.end()) return {nullptr, fmt::format("{} has nothing to land", side->id())};
  const Side& first = of_a < of_b ? a : b;
  const Side& other = of_a < of_b ? b : a;
  const auto still_to_land = std::min(of_a, of_b);
  return {&first, why_first(first, other, weigh(*first.line, forecast, still_to_land),
                            weigh(*other.line, forecast, still_to_land), leases)};
}

// ---- places
// ----------------------------------------------------------------------------------------------------------

using HunksByPath = std::map<std::string, git::FileHunks, std::less<>>;

/// The places that a line changes in these files; where something is uncommitted, as it lies in the worktree.
Result<HunksByPath> read_places(const git::Git& git, const git::ObjectId& base, const git::Line& line,
                                const git::ChangedFiles& changed, const std::vector<std::string>& paths) {
  std::vector<std::string> uncommitted;
  if (line.worktree != nullptr)
    std::set_intersection(paths.begin(), paths.end(), changed.uncommitted.begin(), changed.uncommitted.end(),
                          std::back_inserter(uncommitted));
  HunksByPath places;
  for (git::FileHunks& file : TRY(git::read_hunks(git, base, line.tip, paths)))
    places.insert_or_assign(file.path, std::move(file));
  if (!uncommitted.empty())
    for (git::FileHunks& file : TRY(git::read_hunks(git, base, *line.worktree, uncommitted)))
      places.insert_or_assign(file.path, std::move(file));
  return places;
}

struct Places {
  HunksByPath a;
  HunksByPath b;
  std::map<std::string, std::optional<std::int64_t>, std::less<>> lines;  ///< of each file at the merge base

  const std::vector<git::Hunk>& hunks(const HunksByPath& side, const std::string& path) const {
    static const std::vector<git::Hunk> kNone;
    const auto found = side.find(path);
    return found == side.end() ? kNone : found->second.hunks;
  }
};

Result<Places> find_places(const git::Git& git, const git::Forecast& forecast, const Lines& lines, std::size_t a,
                           std::size_t b, const std::vector<std::string>& paths) {
  Places places;
  const git::ObjectId base = TRY(git::merge_base(git, lines.lines[a].tip, lines.lines[b].tip));
  if (base.empty()) return places;
  places.a = TRY(read_places(git, base, lines.lines[a], forecast.files[a], paths));
  places.b = TRY(read_places(git, base, lines.lines[b], forecast.files[b], paths));
  std::vector<git::ObjectId> objects;
  for (const std::string& path : paths) {
    git::ObjectId object;
    for (const HunksByPath* side : {&places.a, &places.b})
      if (const auto file = side->find(path); file != side->end() && object.empty()) object = file->second.old_object;
    objects.push_back(std::move(object));
  }
  const auto counts = TRY(git::count_lines(git, objects));
  for (std::size_t i = 0; i < paths.size(); ++i) places.lines.emplace(paths[i], counts[i]);
  return places;
}

// ---- the answer
// ------------------------------------------------------------------------------------------------------

json::array to_json(const std::vector<git::Hunk>& hunks) {
  json::array array;
  for (const git::Hunk& hunk : hunks)
    array.push_back(json::object{{"start", hunk.start}, {"lines", hunk.lines}, {"newLines", hunk.new_lines}});
  return array;
}

struct FileOutcome {
  std::string_view outcome;
  std::string message;
};

FileOutcome outcome_of(const git::Pair& pair, const std::string& file) {
  for (const git::Conflict& conflict : pair.conflicts)
    if (conflict.file == file)
      return {"conflict",
              conflict.message.empty() ? fmt::format("git would stop: {}", conflict.kind) : to_utf8(conflict.message)};
  if (std::find(pair.uncommitted_files.begin(), pair.uncommitted_files.end(), file) != pair.uncommitted_files.end())
    return {"possible", "not all of it is committed: it can not be tried"};
  if (pair.state == git::PairState::kUnknown) return {"unknown", to_utf8(pair.detail)};
  if (pair.more_conflicts > 0) return {"unknown", "more conflicts than are listed"};
  return {"merges", "git merges it"};
}

/// The shared files, and those where git would stop although only one side has that name: it was renamed, say.
std::vector<std::string> files_of(const git::Pair& pair) {
  std::vector<std::string> files = pair.shared_files;
  for (const git::Conflict& conflict : pair.conflicts) files.push_back(conflict.file);
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

struct Rework {
  std::int64_t a = 0;
  std::int64_t b = 0;
};

json::object file_to_json(const std::string& path, const git::Pair& pair, const Places& places, Rework& rework) {
  const auto& a = places.hunks(places.a, path);
  const auto& b = places.hunks(places.b, path);
  json::array overlaps;
  for (const git::Overlap& overlap : git::find_overlaps(a, b)) {
    overlaps.push_back(json::object{{"start", overlap.start}, {"end", overlap.end}});
    rework.a += overlap.a_lines;
    rework.b += overlap.b_lines;
  }
  const auto lines = places.lines.find(path);
  FileOutcome outcome = outcome_of(pair, path);
  return json::object{
      {"path", to_utf8(path)},
      {"lines", lines != places.lines.end() && lines->second ? json::value(*lines->second) : json::value(nullptr)},
      {"a", to_json(a)},
      {"b", to_json(b)},
      {"overlaps", std::move(overlaps)},
      {"outcome", outcome.outcome},
      {"message", std::move(outcome.message)}};
}

/// Why nothing is known of a side; empty: it is.
std::string problem_of(const Side& side, const Lines& lines, const git::Forecast& forecast) {
  if (side.line) return to_utf8(forecast.files[*side.line].problem);
  for (const json::value& each : lines.left_out)
    if (find_string(each.get_object(), "streamId") == side.id())
      return std::string(find_string(each.get_object(), "reason").value_or(""));
  return "it is completed or archived";
}

}  // namespace

Result<Outcome> compare_streams(WorkContext& context, const api::Arguments& arguments) {
  Side a = TRY(find_side(context, arguments, "a"));
  Side b = TRY(find_side(context, arguments, "b"));
  if (a.id() == b.id())
    return fail(ErrorCode::kInvalidArgument, fmt::format("b: it is {} as well", a.id()), "name two streams");
  context.progress.set("forecasting conflicts", 0, 0);
  const Look look = TRY(context.repository.look(context.config));
  const Lines lines = lines_of(TRY(context.reader.list_streams({})).streams, look);
  const git::Git& git = context.repository.git();
  // All of them, as in check_conflicts: what it has found is remembered, and the order to land is the same.
  const git::Forecast forecast = TRY(context.repository.forecaster().forecast(
      git, look.main, lines.lines, context.clock.monotonic(),
      [&](std::int64_t done, std::int64_t total) { context.progress.set("trying merges", done, total); }));
  for (std::size_t i = 0; i < lines.streams.size(); ++i)
    for (Side* side : {&a, &b})
      if (lines.streams[i].id == side->stream.id) side->line = i;

  const auto pair = std::find_if(forecast.pairs.begin(), forecast.pairs.end(), [&](const git::Pair& each) {
    return (each.a == a.line && each.b == b.line) || (each.a == b.line && each.b == a.line);
  });
  json::array files;
  Rework rework;
  std::string problem;
  git::PairState state = git::PairState::kClean;
  std::int64_t left_out = 0;
  if (pair != forecast.pairs.end()) {
    const std::vector<std::string> paths = files_of(*pair);
    const Places places = TRY(find_places(git, forecast, lines, *a.line, *b.line, paths));
    for (const std::string& path : paths) files.emplace_back(file_to_json(path, *pair, places, rework));
    state = pair->state;
    left_out = pair->more_shared_files;
    problem = to_utf8(pair->detail);
  }
  for (const Side* side : {&a, &b})
    if (const std::string why = problem_of(*side, lines, forecast); !why.empty() && pair == forecast.pairs.end()) {
      state = git::PairState::kUnknown;
      problem = fmt::format("{}: {}", side->id(), why);
    }
  const Landing landing = find_landing(a, b, forecast, context.leases);
  return Outcome{{{"a", a.id()},
                  {"b", b.id()},
                  {"state", git::name_of(state)},
                  {"detail", text_or_null(problem)},
                  {"files", std::move(files)},
                  {"leftOut", left_out},
                  {"landFirst", landing.first == nullptr ? json::value(nullptr) : json::value(landing.first->id())},
                  {"reason", landing.reason},
                  {"reworkLines", json::object{{"a", rework.a}, {"b", rework.b}}}}};
}

}  // namespace stream_status::service
