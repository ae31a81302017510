// What all lanes of one server share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/log.h"
#include "mcp/project_catalog.h"
#include "os/clock.h"
#include "server/guard.h"
#include "server/place.h"
#include "service/maintenance.h"
#include "service/service.h"
#include "store/store.h"

namespace stream_status::server {

/// Other than these only in tests of the protocol.
struct ServingSettings {
  std::size_t lanes = 2;  ///< threads that serve connections
  /// What POST /mcp offers.
  std::function<std::unique_ptr<mcp::Catalog>(mcp::Backend&)> make_catalog = [](mcp::Backend& backend) {
    return std::make_unique<mcp::ProjectCatalog>(backend);
  };
};

/// References are immutable; the rest is atomic.
struct ServerState {
  ServerState(service::Service& the_service, service::Maintenance& the_maintenance, store::Store& the_store,
              Guard& the_guard, const os::Clock& the_clock, const Log& the_log,
              std::function<void(std::string_view reason)> stop, std::uint16_t tcp_port)
      : service(the_service),
        maintenance(the_maintenance),
        store(the_store),
        guard(the_guard),
        clock(the_clock),
        log(the_log),
        request_stop(std::move(stop)),
        port(tcp_port) {}

  service::Service& service;
  service::Maintenance& maintenance;
  store::Store& store;
  Guard& guard;
  const os::Clock& clock;
  const Log& log;
  std::function<void(std::string_view reason)> request_stop;
  ServingSettings serving;
  std::uint16_t port = 0;
  std::size_t connection_limit = 1024;  ///< half of it for TCP at most: agents, on the socket, always have room

  /// Absent: there is no room for one more. Any thread.
  std::optional<Admission> admit_connection(Transport transport) {
    const auto limit = static_cast<std::int64_t>(connection_limit);
    auto of_all = Place::take(connections, limit);
    if (!of_all) return std::nullopt;
    Admission admission{std::move(*of_all), std::nullopt};
    if (transport == Transport::kUnixSocket) return admission;
    admission.of_tcp = Place::take(tcp_connections, limit / 2);
    if (!admission.of_tcp) return std::nullopt;
    return admission;
  }

  /// Once a second. Any thread.
  bool may_log_refusal() {
    const MonotonicTime now = clock.monotonic();
    MonotonicTime last = refusal_logged_.load(std::memory_order_relaxed);
    return now - last >= std::chrono::seconds{1} && refusal_logged_.compare_exchange_strong(last, now);
  }

  std::atomic<bool> draining{false};
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::int64_t> tcp_connections{0};
  std::atomic<std::int64_t> foreign_connections{0};  ///< TCP, of other users or of nobody known
  std::atomic<std::int64_t> listeners{0};
  std::atomic<std::int64_t> waiters{0};
  std::atomic<MonotonicTime> last_call{MonotonicTime{}};  ///< when the last one came, health aside

 private:
  std::atomic<MonotonicTime> refusal_logged_{MonotonicTime{}};
};

}  // namespace stream_status::server
