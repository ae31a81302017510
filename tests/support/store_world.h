// A real SQLite store in a directory of the test's own, and the service over it, driven without threads of a server.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "api/operation.h"
#include "os/file.h"
#include "service/service.h"
#include "service/work.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temporary_directory.h"

namespace stream_status::testing {

/// Stands still until it is moved.
class StillClock final : public os::Clock {
 public:
  WallTime wall() const override { return from_unix_ms(wall_ms_); }
  MonotonicTime monotonic() const override { return MonotonicTime{} + milliseconds{wall_ms_}; }
  WallTime local_midnight(WallTime now) const override { return std::chrono::floor<std::chrono::days>(now); }
  void advance(milliseconds by) { wall_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_ms_{1'790'000'000'000};
};

class StoreWorld {
 public:
  explicit StoreWorld() : directory_(open_directory(files_.path())) { open(); }

  void open() {
    report = {};
    auto opened = store::SqliteStore::open(
        {&directory_, files_.path(), "streams.db"},
        [](store::SqliteStore&, std::int64_t) -> Result<void> { return {}; }, report);
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
    reader = std::move(*store->open_reader());
  }
  /// Another server opens the same file.
  Result<std::unique_ptr<store::SqliteStore>> open_second() {
    store::OpenReport ignored;
    return store::SqliteStore::open(
        {&directory_, files_.path(), "streams.db"},
        [](store::SqliteStore&, std::int64_t) -> Result<void> { return {}; }, ignored);
  }
  void close() {
    reader.reset();
    store.reset();
  }
  WallTime today() const { return clock.local_midnight(clock.wall()); }
  const std::string& path() const { return files_.path(); }

  StillClock clock;
  store::OpenReport report;
  std::unique_ptr<store::SqliteStore> store;
  std::unique_ptr<store::Reader> reader;

 private:
  static os::Fd open_directory(const std::string& path) {
    const std::string parent = path.substr(0, path.rfind('/'));
    return std::move(*os::open_private_directory(path, parent, os::IfMissing::kFail));
  }

  TemporaryDirectory files_;
  os::Fd directory_;
};

/// Answers on the thread that delivers.
class DirectLane final : public service::Lane {
 public:
  void deliver(std::vector<service::Delivery> batch, std::shared_ptr<const void>) override {
    for (service::Delivery& delivery : batch) delivery.done(std::move(delivery.answer));
  }
};

/// Store, writer thread and service, as a server composes them.
class ServiceWorld {
 public:
  ServiceWorld()
      : config(make_config()),
        writer(*world.store, feed, world.clock, log, {[this] { return ours.load(); }, [this] { ++custody_lost; }}),
        work(std::move(*service::Work::open(
            {*world.store, writer, config, world.clock, log, files.path(), {}, {}, files.path()}))),
        service({"fieldnote", "/repo", "instance", 1}, *world.store, writer, *work, config, world.clock) {
    writer.start();
    work->start();
  }
  ~ServiceWorld() {
    if (work) work->stop();
    writer.stop();
  }

  Result<json::object> call(std::string_view operation, std::string_view arguments,
                            const service::Caller& caller = {{"tester"}, "", ""}) {
    service::Call call{api::find_operation(operation), *parse_json_object(arguments), caller};
    const auto answer = call.operation->access == api::Access::kRead ? service.read(call, *world.reader) : submit(call);
    if (!answer) return tl::make_unexpected(answer.error());
    last_status = answer->status;
    last_body = answer->body;
    return parse_json_object(answer->body);
  }

  json::object must(std::string_view operation, std::string_view arguments) {
    auto answer = call(operation, arguments);
    EXPECT_TRUE(answer) << operation << " " << arguments << ": " << answer.error().message;
    return answer ? std::move(*answer) : json::object{};
  }

  StoreWorld world;
  TemporaryDirectory files;  ///< the project: no git repository
  feed::Feed feed;
  Log log;
  std::atomic<bool> ours{true};
  std::atomic<int> custody_lost{0};
  int last_status = 0;
  std::string last_body;
  service::LiveConfig config;
  service::Writer writer;
  std::unique_ptr<service::Work> work;
  service::Service service;

 private:
  static project::Config make_config() {
    project::Config config;
    config.project_root = "/repo";
    config.categories = {"research"};
    return config;
  }

  Result<service::Answer> submit(const service::Call& call) {
    std::promise<Result<service::Answer>> answered;
    service.submit(call, lane_, [&](Result<service::Answer> answer) { answered.set_value(std::move(answer)); });
    return answered.get_future().get();
  }

  DirectLane lane_;
};

}  // namespace stream_status::testing
