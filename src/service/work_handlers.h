// One handler per row of the operations table that looks at git and files, or acts on them. They run on a worker
// thread, and may take their time.
#pragma once

#include "api/arguments.h"
#include "project/config.h"
#include "service/answer.h"
#include "service/call.h"
#include "service/handlers.h"
#include "service/leases.h"
#include "service/ledger.h"
#include "service/observer.h"
#include "service/progress.h"
#include "service/repository.h"
#include "service/retirement.h"
#include "store/store.h"

namespace stream_status::service {

struct WorkContext {
  Repository& repository;
  store::Reader& reader;
  const Ledger& ledger;
  Retirement& retirement;
  const project::Config& config;
  const Caller& caller;
  const os::Clock& clock;
  Progress& progress;
  const AnswerOnce& once;  ///< of the call
  const Leases* leases;    ///< none for what nobody asked for
};

using WorkHandler = Result<Outcome> (*)(WorkContext&, const api::Arguments&);

Result<Outcome> check_conflicts(WorkContext&, const api::Arguments&);
Result<Outcome> compare_streams(WorkContext&, const api::Arguments&);
Result<Outcome> stream_files(WorkContext&, const api::Arguments&);
Result<Outcome> resume(WorkContext&, const api::Arguments&);
Result<Outcome> sync_from_files(WorkContext&, const api::Arguments&);
Result<Outcome> reconcile_worktrees(WorkContext&, const api::Arguments&);
Result<Outcome> reconciliation_status(WorkContext&, const api::Arguments&);
Result<Outcome> list_worktrees(WorkContext&, const api::Arguments&);
Result<Outcome> list_merged(WorkContext&, const api::Arguments&);
Result<Outcome> remove_stream(WorkContext&, const api::Arguments&);
Result<Outcome> archive_bulk(WorkContext&, const api::Arguments&);
Result<Outcome> unretire(WorkContext&, const api::Arguments&);

/// {success, added, removed, …}: the answer of scan_commits. Runs on the observing thread.
Result<Outcome> scan_commits(Observer& observer, const api::Arguments& arguments);

}  // namespace stream_status::service
