// What stream-status offers over MCP: the tools are rows of the operations table, resources and prompts are views of
// the same operations' answers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mcp/backend.h"
#include "mcp/catalog.h"
#include "mcp/change_reader.h"

namespace stream_status::mcp {

class ProjectCatalog final : public Catalog {
 public:
  /// From here on a call that takes longer tells those who asked for progress that it goes on.
  static constexpr seconds kProgressEach{5};

  explicit ProjectCatalog(Backend& backend) : backend_(backend), changes_(backend) {}

  const Offer& offer() const override;
  void call_tool(const std::shared_ptr<Exchange>& exchange, std::string_view name) override;
  void read_resource(const std::shared_ptr<Exchange>& exchange, const std::string& uri) override;
  void get_prompt(const std::shared_ptr<Exchange>& exchange, std::string_view name) override;
  void complete(const std::shared_ptr<Exchange>& exchange) override;
  bool can_watch(std::string_view uri) const override { return ChangeReader::can_watch(uri); }
  std::shared_ptr<void> watch(Subscription wanted, Watcher watcher) override {
    return changes_.watch(std::move(wanted), std::move(watcher));
  }
  std::optional<MonotonicTime> wake_at() const override;
  void step(MonotonicTime now) override;

 private:
  struct ToolCall {
    std::shared_ptr<Exchange> exchange;
    const api::Operation& operation;
    json::object arguments;
  };
  /// A call whose client wants to hear of it while it takes its time.
  struct Watched {
    std::weak_ptr<Exchange> exchange;
    std::string_view doing;
    std::optional<double> total;         ///< seconds; absent: nobody knows
    std::optional<MonotonicTime> begun;  ///< set by the first step: here is no clock
    MonotonicTime next;
  };
  using Shown = std::function<void(const std::shared_ptr<Exchange>& exchange, const json::object& answer)>;

  void start(ToolCall call);
  void finish(ToolCall& call, Result<json::value> result);
  void keep_news(const json::value& answer);
  void watch_progress(const ToolCall& call);
  void get_standup(const std::shared_ptr<Exchange>& exchange);
  void ask(const std::shared_ptr<Exchange>& exchange, api::OperationId id, json::object arguments, Shown show);
  template <typename Handler>
  Backend::Done while_here(Handler handler);

  Backend& backend_;
  ChangeReader changes_;
  json::array unread_;  ///< news that came with a call that was cancelled
  std::vector<Watched> watched_;
  std::shared_ptr<void> here_ = std::make_shared<int>(0);  ///< answers may come when the catalog is gone
};

}  // namespace stream_status::mcp
