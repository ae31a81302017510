// What the tests of the guard share: a server, plain connections to it, and what no answer may have.
#pragma once

#include <fmt/format.h>

#include <string>

#include "lifecycle/lifecycle_test.h"

namespace stream_status::testing {

class GuardTest : public LifecycleTest {
 protected:
  void SetUp() override {
    world.ask({"list"});
    port_ = world.port();
    ASSERT_NE(port_, 0);
  }

  std::uint16_t port() const { return port_; }
  /// A new connection whose requests have the right Host.
  HttpConnection http() const { return HttpConnection::to_port(port_); }
  /// One for bytes that the test writes itself.
  HttpConnection bare() const { return {connect_to_port(port_), ""}; }

  std::string with_port(std::string text) const {
    for (std::size_t at = text.find("PORT"); at != std::string::npos; at = text.find("PORT"))
      text.replace(at, 4, std::to_string(port_));
    return text;
  }
  std::int64_t revision() const { return number_at(http().get("/api/health").json(), "revision"); }

  static void expect_no_cors(const HttpAnswer& answer) {
    for (const auto& [name, value] : answer.headers) EXPECT_FALSE(name.starts_with("access-control-")) << name;
  }

 private:
  std::uint16_t port_ = 0;
};

}  // namespace stream_status::testing
