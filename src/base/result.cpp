#include "base/result.h"

#include <array>

namespace stream_status {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  bool retryable;
};

constexpr std::array kRows = {
    Row{ErrorCode::kInvalidArgument, "invalid_argument", false},
    Row{ErrorCode::kStreamNotFound, "stream_not_found", false},
    Row{ErrorCode::kStreamExists, "stream_exists", false},
    Row{ErrorCode::kRevisionConflict, "revision_conflict", false},
    Row{ErrorCode::kAlreadyClaimed, "already_claimed", false},
    Row{ErrorCode::kClaimExpired, "claim_expired", false},
    Row{ErrorCode::kRequestIdReused, "request_id_reused", false},
    Row{ErrorCode::kProjectNotFound, "project_not_found", false},
    Row{ErrorCode::kServerUnavailable, "server_unavailable", true},
    Row{ErrorCode::kDraining, "draining", true},
    Row{ErrorCode::kStorageFull, "storage_full", true},
    Row{ErrorCode::kStorageFailed, "storage_failed", true},
    Row{ErrorCode::kGitError, "git_error", false},
    Row{ErrorCode::kWorkAtRisk, "work_at_risk", false},
    Row{ErrorCode::kPermissionDenied, "permission_denied", false},
    Row{ErrorCode::kIncompatible, "incompatible", false},
    Row{ErrorCode::kForbidden, "forbidden", false},
    Row{ErrorCode::kNotFound, "not_found", false},
    Row{ErrorCode::kMethodNotAllowed, "method_not_allowed", false},
    Row{ErrorCode::kPayloadTooLarge, "payload_too_large", false},
    Row{ErrorCode::kUnsupportedMediaType, "unsupported_media_type", false},
    Row{ErrorCode::kTooManyRequests, "too_many_requests", true},
    Row{ErrorCode::kInternal, "internal", false},
};

const Row& row_of(ErrorCode code) {
  for (const Row& row : kRows)
    if (row.code == code) return row;
  return kRows.back();
}

}  // namespace

std::string_view error_name(ErrorCode code) { return row_of(code).name; }

ErrorCode error_code_from_name(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name) return row.code;
  return ErrorCode::kInternal;
}

bool is_retryable(ErrorCode code) { return row_of(code).retryable; }

tl::unexpected<Error> add_context(std::string_view doing, Error error) {
  error.message.insert(0, ": ").insert(0, doing);
  return tl::make_unexpected(std::move(error));
}

}  // namespace stream_status
