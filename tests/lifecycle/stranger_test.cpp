// server.lock is held by a server that hangs, and its text names a process that is not provably the holder: nobody but
// the holder is ever signalled, and the client says who holds the lock. What counts as hung takes 12 s of the real
// clock, so all of them hang at once.
#include <signal.h>
#include <unistd.h>

#include "lifecycle/lifecycle_test.h"
#include "support/hung_server.h"

namespace stream_status::testing {
namespace {

/// What the lock's text says about a living stranger, but for one thing.
struct Claim {
  const char* name;
  std::function<void(json::object& about_stranger)> change;
  bool of_another_user = false;
};

class NamedInTheLock : public LifecycleTest {
 protected:
  struct Case {
    std::unique_ptr<Program> stranger;
    std::unique_ptr<HungServer> holder;
  };

  Case make_case(const Claim& claim) const {
    const std::string root = world.make_repository(claim.name);
    world.ask({"list"}, root);
    world.ask({"stop"}, root);
    Start start{{"/bin/sleep", "600"}, {}};
    if (claim.of_another_user) start.in_child = [] { [[maybe_unused]] const int changed = ::setuid(65'534); };
    Case made{std::make_unique<Program>(start), nullptr};
    const auto identity = os::find_process(made.stranger->pid());
    made.holder = std::make_unique<HungServer>(
        HungServer::Plan{world.directory(claim.name), root, HungServer::Sigterm::kLeaves, [&](json::object text) {
                           text["pid"] = identity->pid;
                           text["startTicks"] = identity->start_ticks;
                           claim.change(text);
                           return json::serialize(text);
                         }});
    return made;
  }
};

TEST_F(NamedInTheLock, AStrangerIsNeverSignalled) {
  std::vector<Claim> claims = {
      {"reused-number", [](json::object& text) { text["startTicks"] = text["startTicks"].to_number<int>() - 1; }},
      {"other-boot", [](json::object& text) { text["bootId"] = "00000000-0000-4000-8000-000000000000"; }},
      {"other-namespace", [](json::object& text) { text["pidNamespace"] = 1; }},
      {"no-start-time", [](json::object& text) { text.erase("startTicks"); }},
      {"number-of-a-group", [](json::object& text) { text["pid"] = -text["pid"].to_number<int>(); }},
      {"everybody", [](json::object& text) { text["pid"] = -1; }},
      {"own-group", [](json::object& text) { text["pid"] = 0; }},
      {"text-for-a-number", [](json::object& text) { text["pid"] = std::to_string(text["pid"].to_number<int>()); }},
  };
  if (::geteuid() == 0) claims.push_back({"other-user", [](json::object&) {}, true});

  std::vector<Case> cases;
  Agents agents;
  std::vector<int> calls;
  for (const Claim& claim : claims) {
    cases.push_back(make_case(claim));
    agents.push_back(std::make_unique<Agent>(world, world.root() + "/" + claim.name));
    calls.push_back(agents.back()->send("list_streams"));
  }
  const auto stranger_is_gone = [&] {
    return std::any_of(cases.begin(), cases.end(),
                       [](const Case& each) { return each.stranger->wait_exit(Deadline(milliseconds{0})) != -1; });
  };
  listen_until(
      agents,
      [&] {
        bool all = true;
        for (std::size_t i = 0; i < agents.size(); ++i) all = all && agents[i]->has_answer(calls[i]);
        return all || stranger_is_gone();
      },
      Deadline(seconds{45}), milliseconds{100});
  ASSERT_FALSE(stranger_is_gone()) << "a process was ended that only has the number";
  for (std::size_t i = 0; i < agents.size(); ++i) {
    SCOPED_TRACE(claims[i].name);
    const ToolAnswer answer = agents[i]->take(calls[i]);
    EXPECT_EQ(text_at(answer.data, "code"), "server_unavailable") << answer.text;
    EXPECT_NE(answer.text.find(world.directory(claims[i].name) + "/server.lock"), std::string::npos) << answer.text;
    EXPECT_TRUE(cases[i].holder->runs());
    EXPECT_EQ(cases[i].holder->terms(), 0);
  }
}

}  // namespace
}  // namespace stream_status::testing
