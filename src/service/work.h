// The service's threads beside the writer: one observes the repository, one does what calls ask of git and files, one
// runs the summary command, one answers what takes long without git. Handlers of kLook and kWork operations run here.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "api/arguments.h"
#include "base/log.h"
#include "project/home.h"
#include "service/call.h"
#include "service/leases.h"
#include "service/ledger.h"
#include "service/live_config.h"
#include "service/observer.h"
#include "service/past.h"
#include "service/progress.h"
#include "service/repository.h"
#include "service/retirement.h"
#include "service/summaries.h"
#include "service/worker.h"

namespace stream_status::service {

/// `run`, `status` and `look_again` from any thread; the rest from the owner's.
class Work {
 public:
  struct Parts {
    store::Store& store;
    Writer& writer;
    const LiveConfig& config;
    const os::Clock& clock;
    const Log& log;
    std::string project_root;
    os::Environment environment;      ///< for git
    os::Environment inherited;        ///< what the server was started with: commands may get more of it
    std::string scratch_directory;    ///< private; exists
    project::Home home = {};          ///< where this project's directory and those of others are
    std::string directory_name = {};  ///< of this project's in it
  };
  static Result<std::unique_ptr<Work>> open(Parts parts);
  ~Work() { stop(); }

  /// Fills an empty store from plan files, then starts the threads: what a crash left open is resumed, and the
  /// repository is scanned. After the writer has started.
  void start();
  /// Ends commands that run and refuses what waits. Before the writer stops.
  void stop();

  /// A kLook or kWork call with its bound arguments. `done` is called through `lane`.
  void run(const Call& call, api::Arguments arguments, const Leases& leases, Lane& lane, Completion done);

  /// Something may have changed where streams are: the next look comes soon.
  void look_again() {
    if (observer_.ask()) observing_thread_.nudge();
  }

  /// {work: {doing, done, total}?, git: {watching, problem?, scannedAt?}} for health.
  json::object status() const;

 private:
  struct Readers {
    std::unique_ptr<store::Reader> observing;
    std::unique_ptr<store::Reader> acting;
    std::unique_ptr<store::Reader> summing;
    std::unique_ptr<store::Reader> recalling;
  };
  Work(Parts parts, Readers readers);
  Worker& worker_for(api::OperationId id);
  Result<Outcome> carry_out(const Call& call, const api::Arguments& arguments, const AnswerOnce& once,
                            const Leases& leases);
  Result<Answer> answer(const Call& call, const api::Arguments& arguments, const Leases& leases);
  void begin_with_plan();
  MonotonicTime begin_acting(MonotonicTime now);

  Parts parts_;
  std::atomic<bool> cancelled_{false};
  Ledger ledger_;
  Progress progress_;

  Readers readers_;

  Repository observed_;
  CommitScan scan_;
  Observer observer_;

  Repository repository_;
  Retirement retirement_;
  bool has_begun_ = false;  // acting thread only

  Summaries summaries_;

  Past past_;

  Worker observing_thread_;
  Worker acting_thread_;
  Worker summing_thread_;
  Worker recalling_thread_;
};

}  // namespace stream_status::service
