// The report of a retired stream: one Markdown file under .project/history that says what it was, what became of its
// work and how to bring it back. Values to text; the caller gathers the values and writes the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/stream.h"

namespace stream_status::domain {

inline constexpr std::size_t kReportCommits = 200;  ///< more are counted, not listed
inline constexpr std::size_t kReportHistory = 100;  ///< the last ones

struct RetirementReport {
  struct HistoryLine {
    WallTime at = {};
    std::string type = {};
    std::string from = {};  ///< as a person reads it; empty: nothing to say
    std::string to = {};
    std::string agent = {};  ///< empty: nobody named
  };
  struct PlanText {
    std::string path = {};  ///< relative to the project
    std::string text = {};
  };
  enum class Worktree { kNone, kKept, kRemoved };

  Stream stream = {};             ///< as it was before
  std::string summary = {};       ///< completionSummary; Markdown; may be empty
  std::string long_summary = {};  ///< of the summary command; Markdown; may be empty
  AgentName retired_by = {};      ///< empty: nobody named
  WallTime retired_at = {};
  std::string local_date = {};            ///< "2026-11-22", in the project's time zone
  std::vector<Commit> commits = {};       ///< newest first
  std::size_t commits_left_out = 0;       ///< that the caller did not read
  std::vector<HistoryLine> history = {};  ///< oldest first
  std::string landing = {};               ///< "merged"; empty: not looked at
  std::string landing_evidence = {};      ///< a sentence; may be empty
  std::string branch_tip = {};            ///< a commit; empty: there was no branch
  std::string kept_ref = {};              ///< keeps the tip; empty: the branch itself stays
  Worktree worktree = Worktree::kNone;    ///< what became of stream.worktree_path
  std::vector<std::string> uncommitted_files = {};
  std::string uncommitted_ref = {};       ///< keeps them; empty: they stay where they are
  std::vector<PlanText> plan_files = {};  ///< that were removed
};

/// The Markdown text, ending in a line break. Valid UTF-8 whatever the fields hold. Nothing in a field changes the
/// structure around it: one-line fields are escaped, paths stand in code spans, summaries in quotes (where their own
/// Markdown counts, and HTML does not), plan files in code blocks.
std::string render_retirement_report(const RetirementReport& report);

/// "20261122_auth-RETIRED.md" of an id and "2026-11-22" (or "20261122"). What is not [A-Za-z0-9._-] in the id is
/// percent-encoded; a name longer than file systems take is cut, and stays distinct by a hash of the id.
std::string retirement_report_name(const StreamId& id, std::string_view local_date);

}  // namespace stream_status::domain
