#include "domain/retirement_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "domain/markdown_text.h"

namespace stream_status::domain {
namespace {

constexpr std::string_view kNone = "N/A";
constexpr std::size_t kSubjectLimit = 200;  // characters of a commit's first line, and of a value in the history
constexpr std::size_t kHashShown = 10;

std::string or_none(const std::string& text) { return text.empty() ? std::string(kNone) : text; }

std::string prose(std::string_view text) { return or_none(escape_markdown(text)); }

std::string code(std::string_view text) { return or_none(code_span(text)); }

std::string first_line(std::string_view text) {
  return escape_markdown(shorten(clean_text(text.substr(0, text.find('\n'))), kSubjectLimit));
}

/// "2026-11-22 14:00": of an instant in UTC.
std::string minute_of(WallTime time) {
  std::string text = format_rfc3339(time).substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string counted(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

void add_head(const RetirementReport& report, std::string& text) {
  const Stream& stream = report.stream;
  text += fmt::format("# Stream Retired: {}\n\n", prose(stream.id.text));
  text += fmt::format("- **Date**: {}\n", prose(report.local_date));
  text += fmt::format("- **Stream**: {} - {}\n", prose(stream.number), prose(stream.title));
  text += fmt::format("- **Branch**: {}\n", code(stream.branch));
  text += fmt::format("- **Category**: {}\n", prose(stream.category));
  text += fmt::format("- **Priority**: {}\n", name_of(stream.priority));
  text += "- **Status**: Retired\n\n---\n\n";
}

void add_summary(const RetirementReport& report, std::string& text) {
  const std::string summary = quote_block(report.summary);
  text += fmt::format("## Summary\n\n{}\n", summary == ">\n" ? "No summary was given.\n" : summary);
  if (const std::string longer = quote_block(report.long_summary); longer != ">\n")
    text += fmt::format("### In detail\n\n{}\n", longer);
}

std::string phases_of(const Stream& stream) {
  std::string names;
  for (const std::string& phase : stream.phases) names += (names.empty() ? "" : ", ") + escape_markdown(phase);
  if (names.empty()) return std::string(kNone);
  return fmt::format("{} (at {} of {})", names, stream.current_phase + 1, stream.phases.size());
}

std::string blockers_of(const Stream& stream) {
  std::string ids;
  for (const StreamId& id : stream.blockers) ids += (ids.empty() ? "" : ", ") + code(id.text);
  return or_none(ids);
}

std::string_view fate_of(RetirementReport::Worktree worktree) {
  switch (worktree) {
    case RetirementReport::Worktree::kNone: return "";
    case RetirementReport::Worktree::kKept: return " (kept)";
    case RetirementReport::Worktree::kRemoved: return " (removed)";
  }
  return "";
}

void add_details(const RetirementReport& report, std::string& text) {
  const Stream& stream = report.stream;
  text += "## Stream Details\n\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    text += fmt::format("- **{}**: {}\n", name, value);
  };
  add("Created", format_rfc3339(stream.created_at));
  add("Completed", stream.completed_at ? format_rfc3339(*stream.completed_at) : std::string(kNone));
  add("Worktree Path", code(stream.worktree_path) + std::string(fate_of(report.worktree)));
  add("Status before", name_of(stream.status));
  add("Progress", fmt::format("{} %", stream.progress));
  add("Phases", phases_of(stream));
  add("Blocked by", blockers_of(stream));
  add("Revision", std::to_string(stream.revision));
  text += '\n';
  if (!stream.goal.empty()) text += fmt::format("### Goal\n\n{}\n", quote_block(stream.goal));
  if (!stream.last_note.empty()) text += fmt::format("### Last note\n\n{}\n", quote_block(stream.last_note));
}

void add_merge(const RetirementReport& report, std::string& text) {
  text += "## Merge Details\n\n";
  text += fmt::format("- **State**: {}\n", report.landing.empty() ? "not looked at" : prose(report.landing));
  if (!report.landing_evidence.empty()) text += fmt::format("- **Evidence**: {}\n", prose(report.landing_evidence));
  text += fmt::format("- **Branch tip**: {}\n", code(report.branch_tip));
  if (!report.kept_ref.empty()) text += fmt::format("- **Kept as**: {}\n", code(report.kept_ref));
  text += '\n';
}

void add_uncommitted(const RetirementReport& report, std::string& text) {
  if (report.uncommitted_files.empty() && report.uncommitted_ref.empty()) return;
  text += "## Uncommitted Files\n\n";
  text += report.uncommitted_ref.empty() ? std::string("They stay where they are.\n\n")
                                         : fmt::format("Kept as a commit under {}.\n\n", code(report.uncommitted_ref));
  for (const std::string& file : report.uncommitted_files) text += fmt::format("- {}\n", code(file));
  text += '\n';
}

void add_commits(const RetirementReport& report, std::string& text) {
  text += "## Commits\n\n";
  if (report.commits.empty()) text += "None.\n";
  const std::size_t shown = std::min(report.commits.size(), kReportCommits);
  for (std::size_t i = 0; i < shown; ++i) {
    const Commit& commit = report.commits[i];
    text += fmt::format("- {} {} ({}, {}, {}, +{} -{})\n", code(commit.hash.substr(0, kHashShown)),
                        or_none(first_line(commit.message)), minute_of(commit.timestamp), prose(commit.author),
                        counted(static_cast<std::size_t>(std::max<std::int64_t>(commit.files_changed, 0)), "file"),
                        commit.insertions, commit.deletions);
  }
  const std::size_t more = report.commits.size() - shown + report.commits_left_out;
  if (more > 0) text += fmt::format("- … and {} more\n", more);
  text += '\n';
}

void add_history(const RetirementReport& report, std::string& text) {
  text += "## History\n\n";
  if (report.history.empty()) text += "None.\n";
  const std::size_t first = report.history.size() - std::min(report.history.size(), kReportHistory);
  if (first > 0) text += fmt::format("- … {} before these\n", counted(first, "event"));
  for (std::size_t i = first; i < report.history.size(); ++i) {
    const RetirementReport::HistoryLine& line = report.history[i];
    text += fmt::format("- {} {}", minute_of(line.at), prose(line.type));
    if (!line.from.empty() || !line.to.empty()) {
      const std::string to = or_none(first_line(line.to));
      text += line.from.empty() ? ": " + to : fmt::format(": {} → {}", first_line(line.from), to);
    }
    if (!line.agent.empty()) text += fmt::format(" ({})", prose(line.agent));
    text += '\n';
  }
  text += '\n';
}

void add_plan_files(const RetirementReport& report, std::string& text) {
  if (report.plan_files.empty()) return;
  text += "## Plan Files Removed\n\n";
  for (const RetirementReport::PlanText& plan : report.plan_files)
    text += fmt::format("From {}:\n\n{}\n", code(plan.path), code_block(plan.text, "markdown"));
}

bool is_plain_id(std::string_view id) {
  return !id.empty() && id.front() != '-' && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

/// As one word of a shell command.
std::string shell_word(std::string_view text) {
  if (is_plain_id(text)) return std::string(text);
  std::string word = text.starts_with('-') ? "-- '" : "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// FNV-1a, 32 bits: for telling cut names apart, not for safety.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2'166'136'261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619u;
  return hash;
}

}  // namespace

std::string render_retirement_report(const RetirementReport& report) {
  std::string text;
  add_head(report, text);
  add_summary(report, text);
  add_details(report, text);
  add_merge(report, text);
  add_uncommitted(report, text);
  add_commits(report, text);
  add_history(report, text);
  add_plan_files(report, text);
  text += fmt::format("## Bringing It Back\n\nIn the project: {}\n\n---\n\n",
                      code("stream-status unretire " + shell_word(report.stream.id.text)));
  text += fmt::format("- **Retired by**: {}\n", prose(report.retired_by.text));
  text += fmt::format("- **Archived**: {}\n", format_rfc3339(report.retired_at));
  return text;
}

std::string retirement_report_name(const StreamId& id, std::string_view local_date) {
  constexpr std::size_t kLongestName = 200;  // of the 255 bytes that file systems take
  std::string name;
  for (const char c : local_date)
    if (c >= '0' && c <= '9') name += c;
  name += '_';
  bool is_cut = false;
  for (const char c : id.text) {
    const bool is_plain = is_plain_id(std::string_view(&c, 1)) || c == '-';
    const std::string piece = is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    is_cut = name.size() + piece.size() > kLongestName;
    if (is_cut) break;
    name += piece;
  }
  if (is_cut) name += fmt::format("~{:08x}", hash_of(id.text));
  return name + "-RETIRED.md";
}

}  // namespace stream_status::domain
