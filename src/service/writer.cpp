#include "service/writer.h"

#include <algorithm>

#include "os/process.h"

#include "base/fault_point.h"

namespace stream_status::service {
namespace {

constexpr std::size_t kQueueLimit = 10'000;
constexpr std::size_t kGroupLimit = 512;

/// As a draining server answers: clients send the call again, under the same request id, to the next one. It may have
/// been committed to files that are still the project's (only server.lock was replaced); then it takes effect once.
Error not_ours() {
  return {ErrorCode::kDraining, "write: the project's files were replaced under this server, which leaves now",
          "send the call again with the same request id: it reaches the next server"};
}

}  // namespace

Writer::Writer(store::Store& store, const feed::Feed& feed, const os::Clock& clock, const Log& log, Custody custody)
    : store_(store), feed_(feed), clock_(clock), log_(log), custody_(std::move(custody)) {}

Writer::~Writer() { stop(); }

void Writer::start() {
  thread_ = std::thread([this] { run(); });
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Writer::submit(WriteJob job) {
  std::unique_lock lock(mutex_);
  if (stopping_ || queue_.size() >= kQueueLimit) {
    const bool stopping = stopping_;
    lock.unlock();
    job.done(stopping
                 ? Result<Answer>(fail(ErrorCode::kDraining, "write: the server is stopping", "send the call again"))
                 : Result<Answer>(fail(ErrorCode::kTooManyRequests, "write: too many calls are waiting",
                                       "wait a second and send the call again")));
    return;
  }
  queue_.push_back(std::move(job));
  const bool was_empty = queue_.size() == 1;
  lock.unlock();
  if (was_empty) queued_.notify_one();
}

Writer::Activity Writer::activity() {
  const std::lock_guard lock(mutex_);
  return activity_;
}

void Writer::run() {
  std::vector<WriteJob> jobs;
  const std::int64_t thread = os::this_thread();
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      activity_ = {thread, activity_.groups + 1, false};
      queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      activity_.has_work = true;
      if (queue_.size() <= kGroupLimit) {
        jobs.swap(queue_);
      } else {
        const auto end = queue_.begin() + kGroupLimit;
        jobs.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
        queue_.erase(queue_.begin(), end);
      }
    }
    run_group(jobs);
    jobs.clear();
  }
}

void Writer::run_group(std::vector<WriteJob>& jobs) {
  std::vector<Result<Answer>> answers(jobs.size());
  if (!has_custody_) {
    fail_all(answers, not_ours());
    deliver(jobs, answers, nullptr);
    return;
  }
  const Result<bool> changed = apply_group(jobs, answers);
  if (!changed) {
    log_.error("write_failed jobs={} error=\"{}\"", jobs.size(), changed.error().message);
    fail_all(answers, changed.error());
    if (changed.error().code == ErrorCode::kStorageFailed || changed.error().code == ErrorCode::kStorageFull)
      if (const auto reopened = store_.reopen(); !reopened)
        log_.error("store_reopen_failed error=\"{}\"", reopened.error().message);
  }
  if (!custody_.is_ours()) {
    has_custody_ = false;
    log_.error("custody_lost jobs={}", jobs.size());
    fail_all(answers, not_ours());
  }
  // After the answers: whoever wrote waits for one, whoever listens only looks on.
  std::shared_ptr<const void> unanswered;
  if (has_custody_ && changed && *changed)
    unanswered = std::shared_ptr<const void>(
        nullptr, [&feed = feed_, revision = store_.head()](const void*) { feed.publish(revision); });
  SS_FAULT_POINT("before_answer");
  deliver(jobs, answers, unanswered);
  if (!has_custody_) custody_.lost_custody();
}

/// True: the group changed something and is durable. False: every job was refused or changed nothing.
Result<bool> Writer::apply_group(std::vector<WriteJob>& jobs, std::vector<Result<Answer>>& answers) {
  const WallTime now = clock_.wall();
  const auto transaction = TRY(store_.begin(clock_.local_midnight(now)));
  bool any = false;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    TRY(transaction->savepoint());
    answers[i] = jobs[i].apply(*transaction, now);
    if (!transaction->is_open())
      return answers[i]
                 ? fail(ErrorCode::kStorageFailed, "write: the database rolled the group back", "send the call again")
                 : tl::make_unexpected(answers[i].error());
    if (answers[i]) {
      TRY(transaction->release());
      any = true;
    } else {
      TRY(transaction->rollback_to_savepoint());
    }
  }
  if (!any) return false;
  SS_FAULT_POINT("before_commit");
  TRY(transaction->commit());
  SS_FAULT_POINT("after_commit");
  return true;
}

void Writer::fail_all(std::vector<Result<Answer>>& answers, const Error& error) const {
  for (Result<Answer>& answer : answers) answer = tl::make_unexpected(error);
}

void Writer::deliver(std::vector<WriteJob>& jobs, std::vector<Result<Answer>>& answers,
                     const std::shared_ptr<const void>& unanswered) const {
  std::vector<std::pair<Lane*, std::vector<Delivery>>> batches;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Lane* const lane = jobs[i].lane;
    auto batch =
        std::find_if(batches.begin(), batches.end(), [lane](const auto& entry) { return entry.first == lane; });
    if (batch == batches.end()) batch = batches.insert(batches.end(), {lane, {}});
    batch->second.push_back({std::move(jobs[i].done), std::move(answers[i])});
  }
  for (auto& [lane, batch] : batches) lane->deliver(std::move(batch), unanswered);
}

}  // namespace stream_status::service
