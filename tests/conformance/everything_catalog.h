// What the MCP conformance suite wants of a server under test: its tools, resources and prompts by the names that its
// scenarios call. Over the same protocol layer and HTTP host as the real catalog.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mcp/catalog.h"

namespace stream_status::conformance {

/// Open subscriptions of all conversations. Single-threaded.
class Subscribers {
 public:
  std::shared_ptr<void> add(mcp::Subscription wanted, mcp::Watcher watcher);
  void tell_tools_changed() const;
  void tell_prompts_changed() const;

 private:
  struct Entry {
    mcp::Subscription wanted;
    mcp::Watcher watcher;
  };
  std::vector<std::weak_ptr<Entry>> entries_;
};

class EverythingCatalog final : public mcp::Catalog {
 public:
  explicit EverythingCatalog(Subscribers& subscribers) : subscribers_(subscribers) {}

  const mcp::Offer& offer() const override;
  void call_tool(const std::shared_ptr<mcp::Exchange>& exchange, std::string_view name) override;
  void read_resource(const std::shared_ptr<mcp::Exchange>& exchange, const std::string& uri) override;
  void get_prompt(const std::shared_ptr<mcp::Exchange>& exchange, std::string_view name) override;
  void complete(const std::shared_ptr<mcp::Exchange>& exchange) override;
  bool can_watch(std::string_view uri) const override { return uri == "test://watched-resource"; }
  std::shared_ptr<void> watch(mcp::Subscription wanted, mcp::Watcher watcher) override {
    return subscribers_.add(std::move(wanted), std::move(watcher));
  }

 private:
  Subscribers& subscribers_;
};

/// The tools that answer with InputRequired; false: it is none of them.
bool call_input_tool(mcp::Exchange& exchange, std::string_view name);

std::string text_result(std::string_view text);

}  // namespace stream_status::conformance
