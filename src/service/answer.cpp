#include "service/answer.h"

#include <fmt/format.h>

#include "service/payload.h"

namespace stream_status::service {
namespace {

/// 64 bits that tell apart what one request id asked for: FNV-1a over operation and arguments.
std::string fingerprint_of(const api::Operation& operation, const api::Arguments& arguments) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  add(operation.name);
  add(arguments.canonical());
  return fmt::format("{:016x}", hash);
}

}  // namespace

Answer render(const api::Operation& operation, Outcome outcome, const std::vector<std::string>& ignored) {
  if (!ignored.empty()) outcome.body["ignored"] = json::array(ignored.begin(), ignored.end());
  return {outcome.status.value_or(operation.success_status), json::serialize(outcome.body)};
}

AnswerOnce::AnswerOnce(const Call& call, const api::Arguments& arguments)
    : operation_(call.operation), ignored_(arguments.ignored()) {
  if (auto id = arguments.text("requestId")) {
    id_ = RequestId{std::move(*id)};
    fingerprint_ = fingerprint_of(*call.operation, arguments);
  }
}

json::object AnswerOnce::to_json() const {
  if (!id_) return {};
  return {{"id", id_->text},
          {"fingerprint", fingerprint_},
          {"operation", operation_->name},
          {"ignored", json::array(ignored_.begin(), ignored_.end())}};
}

AnswerOnce AnswerOnce::from_json(const json::object& kept) {
  AnswerOnce once;
  once.operation_ = api::find_operation(text_in(kept, "operation"));
  if (once.operation_ == nullptr) return {};
  once.id_ = RequestId{text_in(kept, "id")};
  once.fingerprint_ = text_in(kept, "fingerprint");
  if (const json::value* names = kept.if_contains("ignored"); names != nullptr && names->is_array())
    for (const json::value& name : names->get_array())
      if (name.is_string()) once.ignored_.emplace_back(text_of(name.get_string()));
  return once;
}

Result<std::optional<Answer>> AnswerOnce::find(store::Transaction& transaction) const {
  if (!id_) return std::nullopt;
  auto known = TRY(transaction.find_answer(*id_));
  if (!known) return std::nullopt;
  if (known->fingerprint != fingerprint_)
    return fail(ErrorCode::kRequestIdReused, fmt::format("requestId {}: it was used for another call", id_->text),
                "use a new id for a new call; keep the id only when you send the same call again");
  return Answer{known->status, std::move(known->body)};
}

Result<void> AnswerOnce::save(store::Transaction& transaction, const Answer& answer, WallTime now) const {
  if (!id_) return {};
  return transaction.save_answer(*id_, {fingerprint_, answer.status, answer.body}, now);
}

}  // namespace stream_status::service
