// What people see of an operation's answer: tables, one card, a line or two after a write.
#pragma once

#include <string>

#include "api/operation.h"
#include "base/json.h"
#include "cli/report.h"

namespace stream_status::cli {

/// Text with its newlines. Never fails: what an answer lacks is left out.
std::string render_answer(api::OperationId id, const json::object& answer, const Screen& screen);

std::string render_streams(const json::object& answer, const Screen& screen);
std::string render_stream(const json::object& stream, const Screen& screen);
std::string render_stats(const json::object& stats, const Screen& screen);
std::string render_history(const json::object& answer, const Screen& screen);
/// Of all streams, oldest first.
std::string render_changes(const json::object& answer, const Screen& screen);
std::string render_commits(const json::object& answer, const Screen& screen);
std::string render_retirement(const json::object& answer, const Screen& screen);
std::string render_retirements(const json::object& answer, const Screen& screen);
/// The plan within a refusal: what would be lost. Empty when it names nothing.
std::string render_risks(const json::object& refusal, const Screen& screen);
std::string render_conflicts(const json::object& answer, const Screen& screen);
std::string render_sync(const json::object& answer, const Screen& screen);
std::string render_scan(const json::object& answer, const Screen& screen);
std::string render_reconciliation(const json::object& answer, const Screen& screen);
std::string render_worktrees(const json::object& answer, const Screen& screen);
std::string render_agents(const json::object& answer, const Screen& screen);
std::string render_claim(const json::object& answer, const Screen& screen);
std::string render_landed(const json::object& answer, const Screen& screen);
/// One line of what an agent is told besides.
std::string render_news(const json::object& news);
std::string render_write(api::OperationId id, const json::object& answer, const Screen& screen);

/// The member as printable text; empty when it is absent or null. Numbers as people write them.
std::string shown(const json::object& object, std::string_view key);
/// Only the first line of it: commit messages.
std::string shown_first_line(const json::object& object, std::string_view key);
/// "3 h" since the instant in this member, or "3 h ago"; empty when there is none.
std::string shown_age(const json::object& object, std::string_view key, const Screen& screen);
std::string shown_ago(const json::object& object, std::string_view key, const Screen& screen);
const json::array& array_of(const json::object& object, std::string_view key);
const json::object& object_of(const json::object& object, std::string_view key);

}  // namespace stream_status::cli
