// How each kind of answer looks to an agent. Called by the presenter only; see presenter.h.
#pragma once

#include "mcp/presenter.h"
#include "mcp/tokens.h"

namespace stream_status::mcp {

/// Most rows of one list, whatever the caller asks for; fewer if they are long.
inline constexpr std::int64_t kMaxRows = 200;
inline constexpr std::int64_t kDefaultRows = 20;

/// What a stream of this answer still waits for, as far as the answer says so.
json::array open_blockers(const json::object& answer, const json::object& stream);

/// `0104 auth-rotation  blocked 64%  critical  "Rotate refresh tokens"  by key-escrow`
void append_stream_line(std::string& out, const json::object& answer, const json::object& stream);

// `budget`: tokens that each face may cost.
Presentation list_view(const json::object& arguments, const json::object& answer, std::size_t budget);
Presentation stream_view(const json::object& arguments, const json::object& stream, std::size_t budget);
/// "Where was I?": a stream and what is around it, in at most 400 tokens.
Presentation resume_view(const json::object& stream);

// Writes answer with the id, what changed, the new revision and the next step; never with the board.
Presentation added_view(const json::object& answer);
Presentation updated_view(const json::object& arguments, const json::object& answer);
Presentation claimed_view(const json::object& arguments, const json::object& answer);
Presentation commit_view(const json::object& arguments, const json::object& answer);
Presentation archived_view(const json::object& arguments, const json::object& answer);

/// What others did, a line each; what the budget does not hold comes with the next call.
Presentation changes_view(const json::object& arguments, const json::object& answer, std::size_t budget);

Presentation stats_view(const json::object& answer);

/// Most rows of an answer about git, and they cost at most half of its budget; the rest is counted.
inline constexpr std::size_t kGitRows = 40;

Presentation conflicts_view(const json::object& answer, std::size_t budget);
Presentation reconciliation_view(const json::object& answer, std::size_t budget);
Presentation scan_view(const json::object& answer, std::size_t budget);
Presentation sync_view(const json::object& answer, std::size_t budget);

/// What a retirement plan says would be lost, one line each, as `atRisk` into the structured face and as text.
std::string add_risks(json::object& structured, const json::object& plan);

}  // namespace stream_status::mcp
