// Writes: what changed, the new revision, and the call that usually comes next.
#include <fmt/format.h>

#include "mcp/phrase.h"
#include "mcp/views.h"

namespace stream_status::mcp {
namespace {

constexpr std::size_t kIdLimit = 200;
constexpr std::size_t kChangesTokens = 3'000;
constexpr std::size_t kNoteLimit = 30;
constexpr std::size_t kValueLimit = 80;  // of an old or new value: the caller knows what it sent

const json::object& stream_of(const json::object& answer) {
  static const json::object kNone;
  const json::value* stream = answer.if_contains("stream");
  return stream != nullptr && stream->is_object() ? stream->get_object() : kNone;
}

/// The id of the stream that a write was about, by whoever says it.
std::string_view id_of(const json::object& arguments, const json::object& answer) {
  if (const auto id = text_member(stream_of(answer), "id"); !id.empty()) return id;
  if (const auto id = text_member(answer, "streamId"); !id.empty()) return id;
  if (const auto id = text_member(arguments, "streamId"); !id.empty()) return id;
  return text_member(arguments, "id");
}

std::optional<std::int64_t> revision_of(const json::object& answer) {
  if (const auto revision = find_integer(stream_of(answer), "revision")) return revision;
  return find_integer(answer, "revision");
}

std::string update_call(std::string_view id, std::string_view status) {
  return call_text("update_stream", {{"streamId", id}, {"status", status}});
}

/// The step that usually follows a stream's state.
std::string step_after(const json::object& answer, std::string_view id) {
  const json::object& stream = stream_of(answer);
  const std::string_view status = text_member(stream, "status");
  if (status == "active" && find_integer(stream, "progress") == 100)
    return update_call(id, "completed") + " if it is done";
  if (status == "active")
    return fmt::format("add_commit after each commit; {} when it is done", update_call(id, "completed"));
  if (status == "blocked") {
    const json::array blockers = open_blockers(answer, stream);
    if (blockers.empty()) return "name what it waits for: update_stream with blockedBy or note";
    return fmt::format("{} shows what it waits for; it opens by itself when that is completed",
                       call_text("get_stream", {{"streamId", blockers.front()}}));
  }
  if (status == "completed") return call_text("remove_stream", {{"streamId", id}}) + " archives it";
  if (status == "archived") return "list_streams {} shows what is left";
  // Claiming begins it as well, and keeps others off.
  const json::value* claim = stream.if_contains("claim");
  const bool is_held = claim != nullptr && claim->is_object();
  return (is_held ? update_call(id, "active") : call_text("claim_stream", {{"streamId", id}})) + " when work begins";
}

/// Adds revision and next step to both faces.
void close(Presentation& view, std::optional<std::int64_t> revision, std::string_view next) {
  if (revision) {
    view.text += fmt::format("{}revision {}", view.text.find('\n') == std::string::npos ? "; " : "\n", *revision);
    view.structured["revision"] = *revision;
  }
  view.text.append("\nNext: ").append(next);
  view.structured["next"] = next;
}

/// "status active → blocked", or "note …" for a change that names only the new value.
std::string change_text(std::string_view field, const json::value& change) {
  if (const json::object* both = change.if_object(); both != nullptr && both->contains("from") && both->contains("to"))
    return fmt::format("{} {} → {}", field, phrase(both->at("from"), kValueLimit), phrase(both->at("to"), kValueLimit));
  return fmt::format("{} {}", field, phrase(change, kValueLimit));
}

/// "phases 2 of 3 done, now tests"
std::string phases_text(const json::object& stream) {
  const auto list = [&](std::string_view key) -> const json::array& {
    static const json::array kNone;
    const json::value* found = stream.if_contains(key);
    return found != nullptr && found->is_array() ? found->get_array() : kNone;
  };
  const json::array& phases = list("phases");
  const std::size_t done = list("completedPhases").size();
  std::string text = fmt::format("phases {} of {} done", done, phases.size());
  const auto current = find_integer(stream, "currentPhase").value_or(0);
  if (done < phases.size() && current >= 0 && static_cast<std::size_t>(current) < phases.size())
    text += fmt::format(", now {}", phrase(phases[static_cast<std::size_t>(current)], kValueLimit));
  return text;
}

/// Old and new values short enough to be read in passing.
void abridge(json::value& change, std::size_t limit) {
  constexpr std::size_t kItems = 10;
  shorten_texts(change, limit);
  if (json::array* items = change.if_array(); items != nullptr && items->size() > kItems) {
    const std::size_t more = items->size() - kItems;
    items->resize(kItems);
    items->emplace_back(fmt::format("… {} more", more));
  }
  if (json::object* members = change.if_object())
    for (auto& member : *members) abridge(member.value(), limit);
}

}  // namespace

Presentation added_view(const json::object& answer) {
  const json::object& stream = stream_of(answer);
  const std::string_view id = id_of({}, answer);
  Presentation view;
  view.text = "Created ";
  append_stream_line(view.text, answer, stream);
  view.structured["id"] = id;
  constexpr std::pair<std::string_view, std::string_view> kFilledIn[] = {
      {"streamNumber", "number"}, {"status", "status"}, {"branch", "branch"}, {"worktreePath", "worktreePath"}};
  for (const auto& [member, shown] : kFilledIn)
    if (const auto text = text_member(stream, member); !text.empty()) view.structured[shown] = text;
  for (const std::string_view place : {"branch", "worktreePath"})
    if (const auto text = text_member(stream, place); !text.empty())
      view.text += fmt::format("  {} {}", place, one_line(text, 4'096));
  close(view, revision_of(answer), step_after(answer, id));
  return view;
}

Presentation updated_view(const json::object& arguments, const json::object& answer) {
  const std::string_view id = id_of(arguments, answer);
  json::object changes;
  if (const json::value* found = answer.if_contains("changes"); found != nullptr && found->is_object())
    changes = found->get_object();
  for (auto& change : changes) abridge(change.value(), change.key() == "note" ? kNoteLimit : kValueLimit);
  if (!costs_at_most(json::serialize(changes), kChangesTokens))
    for (auto& change : changes) abridge(change.value(), kValueLimit / 4);

  Presentation view;
  view.text = one_line(id, kIdLimit) + ": ";
  std::string_view separator;
  const bool moves_phase = changes.contains("completedPhases");
  const bool goes_on = !changes.empty() && !changes.contains("status") &&
                       text_member(stream_of(answer), "status") == "active" &&
                       find_integer(stream_of(answer), "progress") != 100;
  for (const auto& [field, change] : changes) {
    if (field == "currentPhase" && moves_phase) continue;  // said by the phases that are done
    view.text.append(separator).append(field == "completedPhases" ? phases_text(stream_of(answer))
                                                                  : change_text(field, change));
    separator = ", ";
  }
  if (changes.empty()) view.text += "nothing changed, it was so already";
  view.structured["id"] = id;
  view.structured["changes"] = std::move(changes);
  if (const json::value* opened = answer.if_contains("opened"); opened != nullptr && opened->is_array()) {
    view.text += "; no longer blocked: " + phrase(*opened, 200);
    view.structured["opened"] = *opened;
  }
  if (const auto holder = text_member(answer, "heldBy"); !holder.empty()) {
    view.text += fmt::format("; but {} holds it", one_line(holder, kIdLimit));
    view.structured["heldBy"] = holder;
  }
  // Said in full when work began; each report need not repeat it.
  close(view, revision_of(answer),
        goes_on ? "add_commit after each commit; status completed when it is done" : step_after(answer, id));
  return view;
}

Presentation claimed_view(const json::object& arguments, const json::object& answer) {
  constexpr std::size_t kTitleLimit = 100;
  constexpr std::size_t kTextLimit = 400;
  constexpr std::size_t kTextTokens = 800;
  const json::object& stream = stream_of(answer);
  const std::string_view id = id_of(arguments, answer);
  const auto member = [&](std::string_view key) -> const json::object* {
    const json::value* found = answer.if_contains(key);
    return found == nullptr ? nullptr : found->if_object();
  };
  Presentation view;
  view.text = one_line(text_member(answer, "message"), kTextLimit) + "\n";
  append_stream_line(view.text, answer, stream);
  view.structured["id"] = id;
  view.structured["message"] = one_line(text_member(answer, "message"), kTextLimit);
  view.structured["title"] = one_line(text_member(stream, "title"), kTitleLimit);
  view.structured["status"] = text_member(stream, "status");
  view.structured["progress"] = find_integer(stream, "progress").value_or(0);
  const json::object* claim = member("claim");
  if (claim != nullptr) {
    view.structured["claimedBy"] = text_member(*claim, "agent");
    view.structured["expiresAt"] = text_member(*claim, "expiresAt");
    view.text += fmt::format("\nYours until {}; each of your calls moves that on", text_member(*claim, "expiresAt"));
  }
  if (const json::object* before = member("takenFrom"); before != nullptr)
    view.structured["takenFrom"] = text_member(*before, "agent");
  for (const std::string_view key : {"branch", "worktreePath", "goal", "lastNote"})
    if (const auto text = text_member(stream, key); claim != nullptr && !text.empty()) {
      const std::string shown = shorten_to_tokens(one_line(text, kTextLimit), kTextTokens);
      view.structured[key] = shown;
      view.text += fmt::format("\n{}: {}", key, shown);
    }
  close(view, revision_of(answer),
        claim == nullptr ? std::string("list_streams {} shows what is left") : step_after(answer, id));
  return view;
}

Presentation commit_view(const json::object& arguments, const json::object& answer) {
  const std::string_view id = id_of(arguments, answer);
  std::string_view hash = text_member(arguments, "commitHash");
  if (hash.empty()) hash = text_member(arguments, "hash");
  const json::value* added = answer.if_contains("added");
  const bool is_new = added == nullptr || *added != false;

  Presentation view;
  view.text = is_new ? fmt::format("Recorded commit {} on {}", one_line(hash, 64), one_line(id, kIdLimit))
                     : fmt::format("Commit {} was recorded on {} before; nothing changed", one_line(hash, 64),
                                   one_line(id, kIdLimit));
  view.structured = {{"id", id}, {"commit", one_line(hash, 64)}, {"added", is_new}};
  close(view, revision_of(answer),
        fmt::format("update_stream {{\"streamId\":\"{}\",\"progress\":…}} if it moved the work on",
                    one_line(id, kIdLimit)));
  return view;
}

namespace {

/// What stays beside the record, by what was deleted.
std::string_view what_stays(const json::object& retirement) {
  const auto deleted = [&](std::string_view key) {
    const json::value* value = retirement.if_contains(key);
    return value != nullptr && *value == true;
  };
  if (deleted("worktreeDeleted") && deleted("branchDeleted")) return "history stays; worktree and branch are deleted";
  if (deleted("worktreeDeleted")) return "history and branch stay; the worktree is deleted";
  return "history, branch and worktree stay";
}

Presentation plan_view(std::string_view id, const json::object& plan) {
  constexpr std::size_t kSteps = 20;
  Presentation view;
  json::array steps;
  const json::value* planned = plan.if_contains("steps");
  if (planned != nullptr && planned->is_array())
    for (const json::value& each : planned->get_array()) {
      const json::object* step = each.if_object();
      if (step == nullptr || steps.size() == kSteps) continue;
      std::string line = one_line(text_member(*step, "step"), 60);
      if (const auto subject = text_member(*step, "subject"); !subject.empty()) line += " " + one_line(subject, 400);
      steps.emplace_back(shorten_to_tokens(line, 150));
    }
  view.text = fmt::format("Would archive {}: {}", one_line(id, kIdLimit), phrase(steps, 500));
  view.structured = {{"id", id}, {"dryRun", true}, {"steps", std::move(steps)}};
  const std::string risks = add_risks(view.structured, plan);
  view.text += risks.empty() ? "\nNothing would be lost" : risks;
  return view;
}

}  // namespace

Presentation archived_view(const json::object& arguments, const json::object& answer) {
  const std::string_view id = id_of(arguments, answer);
  const auto member = [&](std::string_view key) -> const json::object& {
    static const json::object kNone;
    const json::value* found = answer.if_contains(key);
    return found != nullptr && found->is_object() ? found->get_object() : kNone;
  };
  const json::value* dry = answer.if_contains("dryRun");
  if (dry != nullptr && *dry == true) return plan_view(id, member("plan"));

  Presentation view;
  view.text = fmt::format("Archived {}; {}", one_line(id, kIdLimit), what_stays(member("retirement")));
  view.structured = {{"id", id}, {"status", "archived"}};
  for (const std::string_view key : {"worktreeDeleted", "branchDeleted"})
    if (const json::value* value = member("retirement").if_contains(key); value != nullptr && *value == true)
      view.structured[key] = true;
  for (const std::string_view key : {"report", "keptRef"})
    if (const auto text = text_member(answer, key); !text.empty()) {
      view.text += fmt::format("; {} {}", key == "report" ? "report" : "kept under", one_line(text, 400));
      view.structured[key] = one_line(text, 400);
    }
  if (const json::value* errors = member("retirement").if_contains("errors");
      errors != nullptr && errors->is_array() && !errors->get_array().empty()) {
    view.text += "; not done: " + phrase(*errors, 200);
    view.structured["errors"] = *errors;
    shorten_texts(view.structured["errors"], 200);
  }
  close(view, revision_of(answer), "list_streams {} shows what is left");
  return view;
}

}  // namespace stream_status::mcp
