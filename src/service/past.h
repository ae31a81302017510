// The streams as they were at an earlier revision, rebuilt from the log alone. Reads a slice at a time, so that no read
// transaction lasts; the last answer's state is kept, so that whoever plays forward pays for what is new.
#pragma once

#include <atomic>
#include <map>
#include <string>

#include "api/arguments.h"
#include "base/json.h"
#include "domain/stream.h"
#include "store/store.h"

namespace stream_status::service {

/// One thread.
class Past {
 public:
  /// `cancelled`: a look that goes on is ended.
  Past(const store::Store& store, store::Reader& reader, const std::atomic<bool>& cancelled)
      : store_(store), reader_(reader), cancelled_(cancelled) {}

  /// {streams, revision, timestamp}. Errors: kInvalidArgument (a revision above the newest, or below what the log still
  /// tells; data.floor and data.revision are the ends of what can be asked), kDraining.
  Result<json::object> get(const api::Arguments& arguments);

 private:
  Result<void> go_to(std::int64_t revision);
  void start_over();

  const store::Store& store_;
  store::Reader& reader_;
  const std::atomic<bool>& cancelled_;
  std::map<std::string, domain::Stream, std::less<>> streams_;  ///< at `at_`
  std::int64_t at_ = 0;
  std::optional<WallTime> newest_;  ///< when the newest event until `at_` happened
};

}  // namespace stream_status::service
