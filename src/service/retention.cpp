#include "service/retention.h"

#include <algorithm>

#include "api/codec.h"
#include "domain/change.h"

namespace stream_status::service {
namespace {

constexpr int kStreamsAtOnce = 100;
constexpr std::int64_t kEventsAtOnce = 200;

/// One slice of one stream; 0: nothing is left to fold, or it has changed meanwhile.
Result<std::int64_t> fold_slice(const Ledger& ledger, const StreamId& id, WallTime before) {
  std::int64_t removed = 0;
  TRY(ledger.write([&](store::Transaction& transaction, WallTime) -> Result<void> {
    const auto stream = TRY(transaction.find_stream(id));
    if (!stream || domain::is_open(stream->status) || stream->updated_at >= before) return {};
    const domain::Change change = domain::Baseline{*stream};
    api::EncodedChange encoded = api::encode(change);
    store::EventRow baseline;
    baseline.revision = stream->revision;
    baseline.stream_id = id;
    baseline.type = domain::type_of(change);
    baseline.old_value = std::move(encoded.old_value);
    baseline.new_value = std::move(encoded.new_value);
    removed = TRY(transaction.fold_history(baseline, kEventsAtOnce));
    return {};
  }));
  return removed;
}

/// When the newest event happened, by the clock of then; `now` when there is none.
Result<WallTime> newest_event(store::Reader& reader, WallTime now) {
  const auto streams = TRY(reader.list_streams({})).streams;
  const auto newest =
      std::max_element(streams.begin(), streams.end(),
                       [](const domain::Stream& a, const domain::Stream& b) { return a.revision < b.revision; });
  return newest == streams.end() ? now : newest->updated_at;
}

}  // namespace

Result<std::int64_t> fold_history(store::Store& store, const Ledger& ledger, const project::Config& config,
                                  WallTime now, const std::atomic<bool>& cancelled) {
  if (config.retention_days <= 0) return 0;
  const auto reader = TRY(store.open_reader());
  // What is folded is gone for good, and a clock may be years ahead: nothing is older than the newest event says.
  const WallTime today = std::min(now, TRY(newest_event(*reader, now)));
  const WallTime before = today - std::chrono::days(config.retention_days);
  std::int64_t total = 0;
  for (;;) {
    std::int64_t removed = 0;
    for (const StreamId& id : TRY(reader->foldable_streams(before, kStreamsAtOnce))) {
      for (std::int64_t slice = 1; slice > 0 && !cancelled; removed += slice)
        slice = TRY(fold_slice(ledger, id, before));
    }
    total += removed;
    if (removed == 0 || cancelled) return total;
  }
}

}  // namespace stream_status::service
