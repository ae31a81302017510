#include "base/result.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace stream_status {
namespace {

struct KindRow {
  ErrorCode code;
  const char* name;
  bool retryable;
};

constexpr KindRow kKinds[] = {
    {ErrorCode::kInvalidArgument, "invalid_argument", false},
    {ErrorCode::kStreamNotFound, "stream_not_found", false},
    {ErrorCode::kStreamExists, "stream_exists", false},
    {ErrorCode::kRevisionConflict, "revision_conflict", false},
    {ErrorCode::kAlreadyClaimed, "already_claimed", false},
    {ErrorCode::kClaimExpired, "claim_expired", false},
    {ErrorCode::kRequestIdReused, "request_id_reused", false},
    {ErrorCode::kProjectNotFound, "project_not_found", false},
    {ErrorCode::kServerUnavailable, "server_unavailable", true},
    {ErrorCode::kDraining, "draining", true},
    {ErrorCode::kStorageFull, "storage_full", true},
    {ErrorCode::kStorageFailed, "storage_failed", true},
    {ErrorCode::kGitError, "git_error", false},
    {ErrorCode::kWorkAtRisk, "work_at_risk", false},
    {ErrorCode::kPermissionDenied, "permission_denied", false},
    {ErrorCode::kIncompatible, "incompatible", false},
    {ErrorCode::kForbidden, "forbidden", false},
    {ErrorCode::kNotFound, "not_found", false},
    {ErrorCode::kMethodNotAllowed, "method_not_allowed", false},
    {ErrorCode::kPayloadTooLarge, "payload_too_large", false},
    {ErrorCode::kUnsupportedMediaType, "unsupported_media_type", false},
    {ErrorCode::kTooManyRequests, "too_many_requests", true},
    {ErrorCode::kInternal, "internal", false},
};

TEST(Result, EveryKindHasItsWireNameAndIsFoundByIt) {
  std::set<std::string> names;
  for (const KindRow& row : kKinds) {
    EXPECT_EQ(error_name(row.code), row.name);
    EXPECT_EQ(error_code_from_name(row.name), row.code);
    EXPECT_EQ(is_retryable(row.code), row.retryable) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::kInternal) + 1);
}

TEST(Result, AnUnknownWireNameIsInternal) {
  EXPECT_EQ(error_code_from_name("of_a_later_version"), ErrorCode::kInternal);
}

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::kInvalidArgument, "odd", "double it");
  return number / 2;
}

Result<void> check_even(int number) {
  TRY(half(number));
  return {};
}

Result<int> quarter(int number) {
  const int halved = TRY(half(number));
  return TRY(half(halved));
}

TEST(Result, TryPassesTheValueOrTheWholeError) {
  EXPECT_EQ(quarter(12).value(), 3);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(failed.error().message, "odd");
  EXPECT_EQ(failed.error().hint, "double it");
  EXPECT_TRUE(check_even(2));
  EXPECT_FALSE(check_even(3));
}

TEST(Result, ContextIsPutInFrontAndTheRestStays) {
  const Error error = add_context("start server", half(1).error()).value();
  EXPECT_EQ(error.message, "start server: odd");
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.hint, "double it");
}

}  // namespace
}  // namespace stream_status
