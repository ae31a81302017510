// From an outcome to an answer, and the memory that makes a call with a request id happen once.
#pragma once

#include <optional>
#include <string>

#include "api/arguments.h"
#include "service/call.h"
#include "service/handlers.h"
#include "store/store.h"

namespace stream_status::service {

/// The answer of a call; arguments that the operation does not know are named in it.
Answer render(const api::Operation& operation, Outcome outcome, const api::Arguments& arguments);

/// The first answer of a request id is every later call's, too.
class AnswerOnce {
 public:
  AnswerOnce(const Call& call, const api::Arguments& arguments);
  bool has_id() const { return id_.has_value(); }
  /// Error: kRequestIdReused when the id came with other arguments.
  Result<std::optional<Answer>> find(store::Transaction& transaction) const;
  Result<void> save(store::Transaction& transaction, const Answer& answer, WallTime now) const;

 private:
  std::optional<RequestId> id_;
  std::string fingerprint_;
};

}  // namespace stream_status::service
