#include "service/ledger.h"

#include <future>

namespace stream_status::service {
namespace {

/// Answers on the writer thread: whoever waits only needs to be told.
class DirectLane final : public Lane {
 public:
  void deliver(std::vector<Delivery> batch, std::shared_ptr<const void> unanswered) override {
    for (Delivery& delivery : batch) delivery.done(std::move(delivery.answer));
    unanswered.reset();
  }
};

}  // namespace

Result<void> Ledger::write(Change change) const {
  static DirectLane lane;  // has no state
  std::promise<Result<Answer>> promise;
  std::future<Result<Answer>> answer = promise.get_future();
  writer_.submit({[change = std::move(change)](store::Transaction& transaction, WallTime now) -> Result<Answer> {
                    TRY(change(transaction, now));
                    return Answer{};
                  },
                  [&promise](Result<Answer> done) { promise.set_value(std::move(done)); }, &lane});
  const Result<Answer> done = answer.get();
  if (!done) return tl::make_unexpected(done.error());
  return {};
}

}  // namespace stream_status::service
