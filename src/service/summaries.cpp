#include "service/summaries.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "domain/change.h"
#include "os/document.h"
#include "os/program.h"
#include "service/find_stream.h"
#include "service/journal.h"
#include "service/payload.h"

namespace stream_status::service {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSummary = "summary";
constexpr std::int64_t kMostAttempts = 3;
constexpr auto kTimeLimit = 120s;
constexpr auto kFirstPause = 30s;
constexpr auto kIdle = 600s;
constexpr std::size_t kOutputLimit = 256u << 10;
constexpr std::size_t kReportLimit = 4u << 20;
constexpr std::size_t kEventsShown = 100;
constexpr std::int64_t kCommitsShown = 200;

/// What the command is asked: the facts, then the question.
Result<std::string> prompt_for(store::Reader& reader, const domain::Stream& stream, const std::string& summary) {
  std::string prompt = fmt::format(
      "Summarise a finished stream of work for the project's history, in at most 30 lines of Markdown without a "
      "heading: "
      "what was achieved, which decisions were made and why, what was left open. Use only what stands below.\n\n"
      "Title: {}\nId: {}\nBranch: {}\nGoal: {}\nSummary by the agent: {}\n\nCommits, newest first:\n",
      stream.title, stream.id.text, stream.branch, stream.goal, summary);
  for (const domain::Commit& commit : TRY(reader.list_commits(stream.id, kCommitsShown, 0)).commits)
    prompt += fmt::format("- {} ({}, {} files)\n", commit.message, commit.author, commit.files_changed);
  prompt += "\nHistory, newest first (type: new value as JSON):\n";
  for (const store::EventRow& event : TRY(reader.history(stream.id, {}, kEventsShown)).events)
    if (!event.type.starts_with("commit_"))
      prompt += fmt::format("- {} {}: {}\n", format_rfc3339(event.at), event.type, shorten(event.new_value, 500));
  return prompt;
}

std::string trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

}  // namespace

store::IntentRow summary_intent(const StreamId& id, const std::string& payload, WallTime now) {
  store::IntentRow intent;
  intent.kind = kSummary;
  intent.stream_id = id;
  intent.payload = payload;
  intent.due = now;
  return intent;
}

MonotonicTime Summaries::step(MonotonicTime now) {
  const auto intents = parts_.reader.open_intents();
  if (!intents) {
    parts_.log.error("summaries_failed error=\"{}\"", intents.error().message);
    return now + kIdle;
  }
  milliseconds pause = kIdle;
  const WallTime wall = parts_.clock.wall();
  for (const store::IntentRow& intent : *intents) {
    if (intent.kind != kSummary) continue;
    if (intent.due <= wall) {
      attempt(intent);
      return now;  // it took its time: look again
    }
    pause = std::min(pause, intent.due - wall);
  }
  return now + pause;
}

void Summaries::attempt(store::IntentRow intent) {
  const auto stream = get_stream_by_id(parts_.reader, intent.stream_id.text, Matching::kExact);
  const auto payload = parse_json_object(intent.payload);
  Result<std::string> summary = !stream    ? tl::make_unexpected(stream.error())
                                : !payload ? tl::make_unexpected(payload.error())
                                           : write_summary(*stream, *payload);
  if (!summary && summary.error().code == ErrorCode::kServerUnavailable) return;  // the next server goes on
  Result<void> saved;
  if (summary) {
    saved = save(intent, *stream, *payload, *summary);
    if (saved) return parts_.log.info("summary_written stream={}", intent.stream_id.text);
  }
  intent.error = summary ? saved.error().message : summary.error().message;
  ++intent.attempts;
  if (intent.attempts >= kMostAttempts) intent.state = store::IntentState::kFailed;
  intent.due = parts_.clock.wall() + kFirstPause * (std::int64_t{1} << (2 * (intent.attempts - 1)));
  parts_.log.warn("summary_failed stream={} attempt={} of={} error=\"{}\"", intent.stream_id.text, intent.attempts,
                  kMostAttempts, intent.error);
  (void)parts_.ledger.write(
      [&](store::Transaction& transaction, WallTime now) { return transaction.update_intent(intent, now); });
}

Result<std::string> Summaries::write_summary(const domain::Stream& stream, const json::object& payload) {
  const auto config = parts_.config.get();
  if (config->summary_command.empty())
    return fail(ErrorCode::kNotFound, "write summary: config.json names no summaryCommand any more");
  os::ProgramCall call;
  call.program = "/bin/sh";
  call.arguments = {"-c", config->summary_command};
  call.environment = os::server_environment(parts_.inherited, config->command_environment);
  call.directory = parts_.project_root;
  call.input = TRY(prompt_for(parts_.reader, stream, text_in(payload, "summary")));
  call.deadline = kTimeLimit;
  call.output_limit = kOutputLimit;
  call.cancelled = parts_.cancelled;
  const os::ProgramResult result = TRY(os::run_program(call));
  using os::Ending;
  if (result.ending == Ending::kCancelled)
    return fail(ErrorCode::kServerUnavailable, "write summary: the server is stopping");
  if (result.ending == Ending::kTimedOut)
    return fail(ErrorCode::kInternal,
                fmt::format("write summary: the command took more than {} s", kTimeLimit.count()));
  if (result.ending != Ending::kExited || result.exit_code != 0)
    return fail(ErrorCode::kInternal,
                fmt::format("write summary: the command failed ({}): {}",
                            result.ending == Ending::kExited ? fmt::format("exit code {}", result.exit_code)
                                                             : std::string("ended or too much output"),
                            shorten(to_utf8(trim(result.error_output)), 300)));
  std::string summary = shorten(trim(to_utf8(result.output)), static_cast<std::size_t>(domain::kTextLimit));
  if (summary.empty()) return fail(ErrorCode::kInternal, "write summary: the command printed nothing");
  return summary;
}

/// As a note of the stream, and at the end of its report, if that is still where it was written.
Result<void> Summaries::save(store::IntentRow intent, const domain::Stream& stream, const json::object& payload,
                             const std::string& summary) {
  const std::string path = text_in(payload, "report");
  if (auto report = TRY(os::read_document(parts_.project_root, path, kReportLimit))) {
    constexpr std::string_view kHeading = "\n## Longer summary\n\n";
    report->resize(std::min(report->size(), report->find(kHeading)));
    *report += fmt::format("{}{}\n", kHeading, summary);
    TRY(os::write_document(parts_.project_root, path, *report));
  }
  return parts_.ledger.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
    const auto before = TRY(transaction.find_stream(stream.id));
    if (before) TRY(change_stream(transaction, *before, {domain::NoteAdded{summary}}, AgentName{kSummary}, now));
    intent.state = store::IntentState::kDone;
    ++intent.attempts;
    return transaction.update_intent(intent, now);
  });
}

}  // namespace stream_status::service
