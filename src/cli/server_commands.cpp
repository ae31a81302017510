// Commands about a running server: dashboard, serve, stop, restart, mcp.
#include <fmt/format.h>

#include <charconv>

#include "cli/location.h"
#include "cli/mcp_command.h"
#include "cli/program.h"
#include "cli/stop.h"
#include "cli/stop_all.h"
#include "cli/text.h"
#include "os/file.h"
#include "project/directory.h"
#include "project/record.h"

namespace stream_status::cli {
namespace {

std::string dashboard_url(std::uint16_t port) { return fmt::format("http://127.0.0.1:{}/", port); }

// ── dashboard ────────────────────────────────────────────────────────────────────────────────────────────────────────

/// `pnpm run project-dashboard` starts in the package's directory; INIT_CWD is where the user stands. Only PROJECT_ROOT
/// and
/// --project are stronger.
World world_of_dashboard(const World& world) {
  World here = world;
  if (const std::string_view directory = variable(world, "INIT_CWD"); !directory.empty()) {
    here.current_directory = directory;
    here.environment.erase("CLAUDE_PROJECT_DIR");
  }
  return here;
}

struct Dashboard {
  std::string url;
  std::string project_root;
  std::string login_url = {};  ///< one-time; empty: not asked for
  bool opened = false;
  bool other_network = false;
};

Result<Dashboard> find_dashboard(const Call& call) {
  const World world = world_of_dashboard(call.world);
  const Call here{world, call.options, call.report, call.log};
  const Location location = TRY(locate(here));
  client::Client client = make_client(here, location, agent_name(here), client::StartPolicy::kStartServer);
  TRY(client::request_and_wait(client, world.clock, api::Method::kGet, std::string(api::kHealthPath), {}));
  const project::Record* server = client.server();
  if (server == nullptr || server->port == 0)
    return fail(ErrorCode::kServerUnavailable,
                fmt::format("dashboard: {}: its server has no loopback port; agents reach it by its socket",
                            location.project.root),
                "allow listening on 127.0.0.1, then `stream-status restart`");
  Dashboard dashboard{.url = dashboard_url(server->port), .project_root = location.project.root};
  dashboard.other_network = server->network_namespace != 0 && server->network_namespace != os::network_namespace();
  const bool explicit_login = call.options.has("login");
  if (explicit_login || world.out.columns) {
    const auto link =
        client::request_and_wait(client, world.clock, api::Method::kPost, std::string(api::kLoginLinkPath), {});
    if (link && link->is_object())
      dashboard.login_url = std::string(find_string(link->get_object(), "url").value_or(""));
    else if (explicit_login && !link)
      return tl::make_unexpected(link.error());
  }
  if (world.out.columns && !call.options.has("no-open")) dashboard.opened = open_browser(world, dashboard.url);
  return dashboard;
}

int run_dashboard(const Call& call) {
  const auto dashboard = find_dashboard(call);
  if (!dashboard) return call.report.failure(dashboard.error());
  if (dashboard->other_network)
    call.report.remark("note: the server runs in another network namespace; a browser here can not reach it");
  return call.report.answer(
      {{"url", dashboard->url},
       {"projectRoot", dashboard->project_root},
       {"loginUrl", text_or_null(dashboard->login_url)},
       {"opened", dashboard->opened}},
      [&](const Screen& screen) {
        // The URL comes first and alone: scripts take the first line.
        std::string text = screen.style.paint(Tone::kLive, dashboard->url) + "\n";
        text += screen.style.paint(Tone::kFaint, "project  ") + printable(dashboard->project_root) + "\n";
        if (!dashboard->login_url.empty())
          text += screen.style.paint(Tone::kFaint, fmt::format("once, for another user, WSL or a container:  {}",
                                                               printable(dashboard->login_url))) +
                  "\n";
        return text;
      });
}

// ── serve ────────────────────────────────────────────────────────────────────────────────────────────────────────────

Result<void> become_server(const Call& call) {
  os::Environment environment = call.world.environment;
  if (const auto port = call.options.text("port")) {
    int number = 0;
    const auto [end, failure] = std::from_chars(port->data(), port->data() + port->size(), number);
    if (failure != std::errc{} || end != port->data() + port->size() || number < 1 || number > 65535)
      return fail(ErrorCode::kInvalidArgument, fmt::format("--port: \"{}\" is not a port", printable(*port)),
                  "give --port as a whole number from 1 to 65535");
    environment["API_PORT"] = *port;
  }
  const Location location = TRY(locate(call));
  if (const auto directory = TRY(project::find_project_directory(location.home, location.project))) {
    const client::Probe probe = TRY(client::probe(*directory, call.world.clock));
    if (probe.record)
      return fail(ErrorCode::kAlreadyClaimed,
                  fmt::format("serve: {}: its server already runs (pid {}, port {})", location.project.root,
                              probe.record->pid, probe.record->port),
                  "`stream-status stop` ends it; `stream-status logs -f` shows what it does");
  }
  const std::string program = TRY(client::find_server_program(call.world.executable));
  std::vector<std::string> arguments = {"--project", location.project.worktree};
  using Chosen = project::Home::Chosen;
  if (location.home.chosen == Chosen::kFlag || location.home.chosen == Chosen::kEnvironment)
    arguments.insert(arguments.end(), {"--home", location.home.base});
  arguments.emplace_back("--foreground");
  return tl::make_unexpected(os::execute(program, arguments, environment));
}

// ── stop, restart ────────────────────────────────────────────────────────────────────────────────────────────────────

Result<std::vector<StoppedServer>> stop_one(const Call& call) {
  const Location location = TRY(locate(call));
  const auto directory = TRY(project::find_project_directory(location.home, location.project));
  if (!directory) return std::vector<StoppedServer>{};
  if (TRY(stop_server(call, location, *directory)) == Stopped::kNothingToStop) return std::vector<StoppedServer>{};
  return std::vector<StoppedServer>{{.project_root = location.project.root}};
}

int run_stop(const Call& call) {
  const auto servers = call.options.has("all") ? stop_all(call) : stop_one(call);
  if (!servers) return call.report.failure(servers.error());
  return report_stopped(call, *servers);
}

Result<project::Record> restart(const Call& call) {
  TRY(stop_one(call));
  const Location location = TRY(locate(call));
  client::Client client = make_client(call, location, agent_name(call), client::StartPolicy::kStartServer);
  TRY(client::request_and_wait(client, call.world.clock, api::Method::kGet, std::string(api::kHealthPath), {}));
  if (client.server() == nullptr)
    return fail(ErrorCode::kServerUnavailable,
                fmt::format("restart: {}: the new server is gone again", location.project.root),
                "`stream-status logs` says why");
  return *client.server();
}

int run_restart(const Call& call) {
  const auto server = restart(call);
  if (!server) return call.report.failure(server.error());
  const std::string url = server->port == 0 ? "" : dashboard_url(server->port);
  return call.report.answer(
      {{"projectRoot", server->project_root}, {"pid", server->pid}, {"port", server->port}, {"url", text_or_null(url)}},
      [&](const Screen& screen) {
        return fmt::format("{} restarted the server of {}  pid {}  {}\n", screen.style.paint(Tone::kDone, "✓"),
                           printable(server->project_root), server->pid, screen.style.paint(Tone::kLive, url));
      });
}

}  // namespace

std::vector<Command> server_commands() {
  return {
      {.name = "dashboard",
       .group = Group::kServer,
       .summary = "find or start the server, print the URL, open the browser",
       .options = {{.key = "no-open", .names = {"--no-open"}, .form = Form::kFlag, .description = "open no browser"},
                   {.key = "login",
                    .names = {"--login"},
                    .form = Form::kFlag,
                    .description = "print a one-time URL for another user, WSL or a container"}},
       .examples = {"dashboard", "dashboard --no-open"},
       .details = "PROJECT_ROOT, else INIT_CWD, counts as the directory, so that it works as a script of package.json.",
       .run = run_dashboard},
      {.name = "serve",
       .group = Group::kServer,
       .summary = "run the server in the foreground",
       .options = {{.key = "port",
                    .names = {"--port"},
                    .value_name = "N",
                    .description = "preferred port; another is taken when it is busy"}},
       .examples = {"serve", "serve --port 3005"},
       .details = "Seldom needed: every command that needs the server starts it.",
       .run = [](const Call& call) { return call.report.failure(become_server(call).error()); }},
      {.name = "stop",
       .group = Group::kServer,
       .summary = "stop this project's server and wait until it is gone",
       .options =
           {{.key = "all", .names = {"--all"}, .form = Form::kFlag, .description = "the servers of all projects"}},
       .examples = {"stop", "stop --all"},
       .details = "With --all also servers whose record or files are gone; what hangs is ended once it is proved which "
                  "process it is. Exits 5 when one remains.",
       .run = run_stop},
      {.name = "restart",
       .group = Group::kServer,
       .summary = "stop the server and start it again",
       .examples = {"restart"},
       .run = run_restart},
      mcp_command(),
  };
}

}  // namespace stream_status::cli
