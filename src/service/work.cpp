#include "service/work.h"

#include <fmt/format.h>

#include "api/arguments.h"
#include "service/answer.h"
#include "service/plan_files.h"
#include "service/projects.h"
#include "service/work_handlers.h"

namespace stream_status::service {
namespace {

using namespace std::chrono_literals;

constexpr auto kNothingToDo = 3600s;

WorkHandler work_handler(api::OperationId id) {
  using enum api::OperationId;
  switch (id) {
    case kCheckConflicts: return &check_conflicts;
    case kCompareStreams: return &compare_streams;
    case kStreamFiles: return &stream_files;
    case kResume: return &resume;
    case kSyncFromFiles: return &sync_from_files;
    case kReconcileWorktrees: return &reconcile_worktrees;
    case kReconciliationStatus: return &reconciliation_status;
    case kListWorktrees: return &list_worktrees;
    case kListMerged: return &list_merged;
    case kRemoveStream: return &remove_stream;
    case kArchiveBulk: return &archive_bulk;
    case kUnretire: return &unretire;
    default: return nullptr;  // the store's own, and those of carry_out
  }
}

Error refused() {
  return {ErrorCode::kDraining, "call: the server is stopping", "send the call again with the same request id"};
}

}  // namespace

Result<std::unique_ptr<Work>> Work::open(Parts parts) {
  auto observing = TRY(parts.store.open_reader());
  auto acting = TRY(parts.store.open_reader());
  auto summing = TRY(parts.store.open_reader());
  auto recalling = TRY(parts.store.open_reader());
  Readers readers{std::move(observing), std::move(acting), std::move(summing), std::move(recalling)};
  return std::unique_ptr<Work>(new Work(std::move(parts), std::move(readers)));
}

Work::Work(Parts parts, Readers readers)
    : parts_(std::move(parts)),
      ledger_(parts_.writer),
      readers_(std::move(readers)),
      observed_({parts_.project_root, parts_.environment, &cancelled_, parts_.scratch_directory}),
      scan_({observed_, *readers_.observing, ledger_, parts_.log, progress_}),
      observer_({observed_, scan_, parts_.config, parts_.clock, parts_.log, progress_}),
      repository_({parts_.project_root, parts_.environment, &cancelled_, parts_.scratch_directory}),
      retirement_({repository_, *readers_.acting, ledger_, parts_.config, parts_.clock, parts_.log, progress_,
                   parts_.project_root, [this] { summing_thread_.nudge(); }}),
      summaries_({*readers_.summing, ledger_, parts_.config, parts_.clock, parts_.log, parts_.project_root,
                  parts_.inherited, &cancelled_}),
      past_(parts_.store, *readers_.recalling, cancelled_),
      observing_thread_(parts_.clock, {[this](MonotonicTime now) { return observer_.step(now); },
                                       [this] { return observer_.descriptor(); }}),
      acting_thread_(parts_.clock, {[this](MonotonicTime now) { return begin_acting(now); }, [] { return -1; }}),
      summing_thread_(parts_.clock, {[this](MonotonicTime now) { return summaries_.step(now); }, [] { return -1; }}),
      recalling_thread_(parts_.clock, {[](MonotonicTime now) { return now + kNothingToDo; }, [] { return -1; }}) {}

void Work::start() {
  begin_with_plan();
  acting_thread_.start();
  observing_thread_.start();
  summing_thread_.start();
  recalling_thread_.start();
}

void Work::stop() {
  cancelled_ = true;
  for (Worker* worker : {&observing_thread_, &acting_thread_, &summing_thread_, &recalling_thread_})
    for (Worker::Job& job : worker->stop()) job();  // sees `cancelled_` and refuses
}

/// A new project that has a plan has its streams before anybody asks for them.
void Work::begin_with_plan() {
  if (parts_.store.head() != 0 || !has_plan(parts_.project_root)) return;
  const Caller caller{AgentName{"plan files"}, "", ""};
  const auto config = parts_.config.get();
  WorkContext context{repository_, *readers_.acting, ledger_,   retirement_,  *config,
                      caller,      parts_.clock,     progress_, AnswerOnce(), nullptr};
  const auto synced = sync_from_files(context, {});
  progress_.clear();
  if (synced)
    parts_.log.info("plan_synced answer={}", json::serialize(synced->body));
  else
    parts_.log.error("plan_sync_failed error=\"{}\"", synced.error().message);
}

MonotonicTime Work::begin_acting(MonotonicTime now) {
  if (!has_begun_) retirement_.resume();
  has_begun_ = true;
  return now + kNothingToDo;
}

/// What needs no git does not wait for it.
Worker& Work::worker_for(api::OperationId id) {
  switch (id) {
    case api::OperationId::kScanCommits: return observing_thread_;
    case api::OperationId::kGetPast:
    case api::OperationId::kListProjects: return recalling_thread_;
    default: return acting_thread_;
  }
}

Result<Outcome> Work::carry_out(const Call& call, const api::Arguments& arguments, const AnswerOnce& once,
                                const Leases& leases) {
  switch (call.operation->id) {
    case api::OperationId::kScanCommits: return scan_commits(observer_, arguments);
    case api::OperationId::kGetPast: return Outcome{TRY(past_.get(arguments))};
    case api::OperationId::kListProjects: return Outcome{TRY(list_projects(parts_.home, parts_.directory_name))};
    default: break;
  }
  const auto config = parts_.config.get();
  WorkContext context{repository_, *readers_.acting, ledger_,   retirement_, *config,
                      call.caller, parts_.clock,     progress_, once,        &leases};
  auto done = work_handler(call.operation->id)(context, arguments);
  progress_.clear();
  if (done && !api::is_read_only(call.operation->access)) look_again();
  return done;
}

Result<Answer> Work::answer(const Call& call, const api::Arguments& arguments, const Leases& leases) {
  if (cancelled_) return tl::make_unexpected(refused());
  const AnswerOnce once(call, arguments);
  std::optional<Answer> known;
  if (once.has_id())
    TRY(ledger_.write([&](store::Transaction& transaction, WallTime) -> Result<void> {
      known = TRY(once.find(transaction));
      return {};
    }));
  if (known) return *known;

  Outcome outcome = TRY(carry_out(call, arguments, once, leases));
  Answer answer = once.render(std::move(outcome));
  if (once.has_id())
    TRY(ledger_.write([&](store::Transaction& transaction, WallTime now) -> Result<void> {
      if (TRY(once.find(transaction))) return {};  // saved with the outcome
      return once.save(transaction, answer, now);
    }));
  return answer;
}

void Work::run(const Call& call, api::Arguments arguments, const Leases& leases, Lane& lane, Completion done) {
  // Shared: std::function wants what it holds to be copied.
  auto shared_done = std::make_shared<Completion>(std::move(done));
  const bool taken = worker_for(call.operation->id)
                         .submit([this, call, arguments = std::move(arguments), &leases, &lane, shared_done] {
                           std::vector<Delivery> batch;
                           batch.push_back({std::move(*shared_done), answer(call, arguments, leases)});
                           lane.deliver(std::move(batch), nullptr);
                         });
  if (!taken)
    (*shared_done)(cancelled_ ? tl::make_unexpected(refused())
                              : Result<Answer>(fail(ErrorCode::kTooManyRequests, "call: too many calls like it wait",
                                                    "wait a few seconds and send the call again")));
}

json::object Work::status() const {
  json::object status;
  if (const auto state = progress_.get())
    status["work"] = json::object{{"doing", state->doing}, {"done", state->done}, {"total", state->total}};
  const Observer::State observed = observer_.state();
  json::object git{{"watching", observed.watching}};
  if (!observed.problem.empty()) git["problem"] = observed.problem;
  if (observed.scanned_at) git["scannedAt"] = format_rfc3339(*observed.scanned_at);
  status["git"] = std::move(git);
  return status;
}

}  // namespace stream_status::service
