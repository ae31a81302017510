// What each operation does. Reads are answered on the calling thread, writes by the writer. Every door calls
// this and nothing below it.
#pragma once

#include <memory>
#include <string>

#include "api/arguments.h"
#include "os/clock.h"
#include "service/call.h"
#include "service/leases.h"
#include "service/live_config.h"
#include "service/mailbox.h"
#include "service/notice.h"
#include "service/presence.h"
#include "service/writer.h"
#include "store/store.h"

namespace stream_status::service {

class Work;

/// Which server this is, for health and get_version.
struct Identity {
  std::string project_name;
  std::string project_root;
  std::string instance_id;
  std::int64_t pid = 0;
};

/// Callable from any thread, with a reader of that thread.
class Service {
 public:
  Service(Identity identity, store::Store& store, Writer& writer, Work& work, const LiveConfig& config,
          const os::Clock& clock)
      : identity_(std::move(identity)),
        store_(store),
        writer_(writer),
        work_(work),
        config_(config),
        clock_(clock),
        presence_(clock),
        leases_(presence_, config, clock),
        mailbox_(store, writer, presence_) {}

  /// A read operation. Errors: kInvalidArgument, kStreamNotFound, kStorageFailed.
  Result<Answer> read(const Call& call, store::Reader& reader) const;

  /// An operation that needs no reader: kWrite by the writer, kLook and kWork by the workers. `done` is called through
  /// `lane` after the commit, or at once when the arguments do not fit. A request id (argument requestId) makes the
  /// effect happen once: the same id again gets the first answer; with other arguments it is kRequestIdReused.
  void submit(const Call& call, Lane& lane, Completion done) const;

  /// {status:"ok", …} (contract §6): never waits for the store. `configProblem` is there while an edit of config.json
  /// is not in force, `notice` while there is something to know about the data. `waiting`: calls of wait_for_change.
  std::string health(std::int64_t waiting) const;

  Notice& notice() { return notice_; }
  Presence& presence() { return presence_; }
  Mailbox& mailbox() { return mailbox_; }
  const Leases& leases() const { return leases_; }
  /// What health says of the storage. Before the first call.
  void set_storage_status(std::function<json::object()> status) { storage_status_ = std::move(status); }

  /// The page that board_app gives; must outlive the service. Before the first call.
  void set_board_app(std::string_view html) { board_app_ = html; }

  /// The local day that "today" means now.
  WallTime day_start() const { return clock_.local_midnight(clock_.wall()); }
  std::int64_t revision() const { return store_.head(); }
  Result<domain::Stats> stats() const;
  const Identity& identity() const { return identity_; }

 private:
  Identity identity_;
  Notice notice_;
  std::function<json::object()> storage_status_;
  store::Store& store_;
  void write(const Call& call, api::Arguments arguments, Lane& lane, Completion done) const;

  Writer& writer_;
  Work& work_;
  const LiveConfig& config_;
  const os::Clock& clock_;
  Presence presence_;
  Leases leases_;
  Mailbox mailbox_;
  std::string_view board_app_;
};

}  // namespace stream_status::service
