#include "cli/mcp_command.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "cli/location.h"
#include "os/process_key.h"
#include "os/random.h"
#include "os/stdio.h"

namespace stream_status::cli {
namespace {

constexpr std::size_t kNameLimit = 100;

/// Looks for the project on the first call, not before: initialize and tools/list need none. A project that can not be
/// found is that call's error, and is looked for again by the next.
class ClientBackend final : public DrivenBackend {
 public:
  explicit ClientBackend(const Call& call) : call_(call) {}

  void set_session(const mcp::Session& session) { session_ = &session; }

  Ticket call(const api::Operation& operation, json::object arguments, As as, Done done) override {
    if (auto ready = prepare(); !ready) {
      done(tl::make_unexpected(std::move(ready).error()));
      return 0;
    }
    const auto caller = as == As::kAgent ? client::InNameOf::kAgent : client::InNameOf::kNobody;
    return client_->call(operation, std::move(arguments), caller, std::move(done));
  }
  void cancel(Ticket ticket) override {
    if (client_) client_->cancel(ticket);
  }

  void add_wait(std::vector<os::PollEntry>& entries) const override {
    if (client_) client_->add_wait(entries);
  }
  std::optional<MonotonicTime> wake_at() const override { return client_ ? client_->wake_at() : std::nullopt; }
  void step(MonotonicTime now, const std::vector<os::PollEntry>& entries) override {
    if (client_) client_->step(now, entries);
  }

 private:
  Result<void> prepare() {
    if (!client_) {
      const Location location = TRY(locate(call_));
      worktree_ = location.project.worktree;
      client_.emplace(make_client(call_, location, "", client::StartPolicy::kStartServer));
      client_->stay_connected();
      process_ = os::make_process_key();
      client_->set_agent(agent());
    } else if (session_->client_name() != named_for_) {
      client_->set_agent(agent());
    }
    return {};
  }

  client::Agent agent() {
    named_for_ = session_->client_name();
    return {mcp_agent_name(call_.world, call_.options, named_for_, worktree_), process_,
            shorten(named_for_, kNameLimit)};
  }

  const Call& call_;
  const mcp::Session* session_ = nullptr;
  std::optional<client::Client> client_;
  std::string worktree_;
  std::string process_;    ///< made for the first call: most clients only look what there is
  std::string named_for_;  ///< the client name that the agent's name was made of
};

}  // namespace

std::string mcp_agent_name(const World& world, const Options& options, std::string_view client_name,
                           std::string_view worktree) {
  if (const auto given = options.text("--agent"); given && !given->empty()) return *given;
  if (const auto set = variable(world, "STREAM_STATUS_AGENT"); !set.empty()) return std::string(set);
  const std::string_view place = worktree.substr(worktree.rfind('/') + 1);
  return fmt::format("{}@{}", client_name.empty() ? "agent" : shorten(client_name, kNameLimit),
                     place.empty() ? "/" : place);
}

Command mcp_command() {
  return {.name = "mcp",
          .group = Group::kServer,
          .summary = "serve MCP on stdin and stdout; agents start this",
          .examples = {"mcp", "mcp --project ~/shop --agent reviewer"},
          .details =
              "The server of the project is found, or started, on the first tool call. The name "
              "mcp-stream-workflow-status is the same program in this role.",
          .run = [](const Call& call) {
            if (call.world.out.columns)
              call.report.remark("serving MCP on stdin and stdout, for an agent; end with Ctrl-D");
            StdioStreams streams{os::kStandardInput, os::kStandardOutput, -1};
            const auto parent = os::watch_process(os::parent_pid());
            if (parent) streams.parent = parent->get();
            return run_mcp(call, streams);
          }};
}

int run_mcp(const Call& call, StdioStreams streams) {
  ClientBackend backend(call);
  StdioHost host(streams, backend);
  backend.set_session(host.session());
  run_until_end(host, call.world.clock);
  return kExitOk;
}

}  // namespace stream_status::cli
