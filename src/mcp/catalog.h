// What one MCP server offers: its tools, resources and prompts. The protocol layer knows no other side of a server;
// the project's own catalog is project_catalog.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/time.h"
#include "mcp/exchange.h"

namespace stream_status::mcp {

/// The same as long as the program runs. JSON texts.
struct Offer {
  std::string instructions;
  std::string tools = "[]";
  std::string resources = "[]";
  std::string resource_templates = "[]";
  std::string prompts = "[]";
  bool tools_change = false;    ///< their list: its watchers are told
  bool prompts_change = false;  ///< likewise
};

/// What a client wants to be told of.
struct Subscription {
  std::set<std::string> uris;
  bool tools = false;
  bool prompts = false;
};
struct Watcher {
  std::function<void()> ready;  ///< nothing that happens from now on is missed
  std::function<void(const std::string& uri)> updated;
  std::function<void()> tools_changed;
  std::function<void()> prompts_changed;
};

/// Single-threaded. Each method answers its exchange once, at once or later.
class Catalog {
 public:
  virtual ~Catalog() = default;

  virtual const Offer& offer() const = 0;
  /// params: {name, arguments}. An unknown name is refused, wrong arguments are a result with isError.
  virtual void call_tool(const std::shared_ptr<Exchange>& exchange, std::string_view name) = 0;
  virtual void read_resource(const std::shared_ptr<Exchange>& exchange, const std::string& uri) = 0;
  virtual void get_prompt(const std::shared_ptr<Exchange>& exchange, std::string_view name) = 0;
  /// params: {ref, argument: {name, value}}.
  virtual void complete(const std::shared_ptr<Exchange>& exchange) = 0;

  /// Is this a resource whose changes are told?
  virtual bool can_watch(std::string_view uri) const = 0;
  /// Until the handle goes. `watcher` is called from within step() or a back-end's answer, or at once.
  virtual std::shared_ptr<void> watch(Subscription wanted, Watcher watcher) = 0;

  /// When step() is to be called next.
  virtual std::optional<MonotonicTime> wake_at() const { return std::nullopt; }
  virtual void step(MonotonicTime /*now*/) {}
};

/// "resource not found", as both eras say it.
inline void refuse_resource(Exchange& exchange, const std::string& uri) {
  exchange.refuse(RpcCode::kResourceNotFound,
                  "there is no such resource; resources/list and resources/templates/list name those that are",
                  {{"uri", uri}});
}

}  // namespace stream_status::mcp
