// From an outcome to an answer, and the memory that makes a call with a request id happen once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/arguments.h"
#include "service/call.h"
#include "service/handlers.h"
#include "store/store.h"

namespace stream_status::service {

/// The answer of a call; arguments that the operation does not know are named in it.
Answer render(const api::Operation& operation, Outcome outcome, const std::vector<std::string>& ignored);

/// How long a request id is remembered at least.
inline constexpr std::chrono::hours kAnswersKept{24};

/// The first answer of a request id is every later call's, too. It is saved in the transaction of the effect; work that
/// outlives a crash carries it in its intent, so that whoever finishes the work answers the call as well.
class AnswerOnce {
 public:
  /// Of work that nobody's request id stands for.
  AnswerOnce() = default;
  AnswerOnce(const Call& call, const api::Arguments& arguments);

  /// What an intent keeps of it; empty without a request id.
  json::object to_json() const;
  static AnswerOnce from_json(const json::object& kept);

  bool has_id() const { return id_.has_value(); }
  /// Error: kRequestIdReused when the id came with other arguments.
  Result<std::optional<Answer>> find(store::Transaction& transaction) const;
  Result<void> save(store::Transaction& transaction, const Answer& answer, WallTime now) const;
  /// Only when it was made of a call.
  Answer render(Outcome outcome) const { return service::render(*operation_, std::move(outcome), ignored_); }

 private:
  const api::Operation* operation_ = nullptr;
  std::vector<std::string> ignored_;
  std::optional<RequestId> id_;
  std::string fingerprint_;
};

}  // namespace stream_status::service
