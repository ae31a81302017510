#include "cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/release.h"
#include "cli/program.h"
#include "cli/survey.h"
#include "cli/text.h"
#include "os/file.h"

namespace stream_status::cli {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kTooLittle = 16 * kMiB;
constexpr std::uint64_t kLittle = 256 * kMiB;
constexpr milliseconds kGitTime{3000};

/// Collects findings; each check_ looks at one thing.
class Examination {
 public:
  explicit Examination(const Call& call) : call_(call) {}

  std::vector<Finding> run() {
    check_programs();
    auto home = locate_home(call_);
    if (!home) {
      fail_with("home", home.error());
      return std::move(findings_);
    }
    check_home(*home);
    auto location = locate(call_);
    if (location)
      check_project(*location);
    else
      warn("project", location.error().message, location.error().hint);
    check_other_directories(*home);
    return std::move(findings_);
  }

 private:
  void ok(std::string subject, std::string text) {
    findings_.push_back({std::move(subject), Verdict::kOk, std::move(text)});
  }
  void warn(std::string subject, std::string text, std::string remedy) {
    findings_.push_back({std::move(subject), Verdict::kWarn, std::move(text), std::move(remedy)});
  }
  void fail_with(std::string subject, const Error& error) {
    findings_.push_back({std::move(subject), Verdict::kFail, error.message, error.hint});
  }

  void check_programs() {
    if (const auto server = client::find_server_program(call_.world.executable))
      ok("server program", *server);
    else
      fail_with("server program", server.error());
    const std::string git = find_program(call_.world, "git");
    if (git.empty())
      return warn("git", "not found on the PATH",
                  "install git: without it branches, worktrees and commits are not seen");
    const std::string version = ask_version(call_.world, git, kGitTime);
    if (version.empty())
      warn("git", git + " did not say its version", "run `git --version` and see");
    else
      ok("git", fmt::format("{} ({})", version, git));
  }

  /// A private directory of ours: owner, modes, symlinks, read-only disk. Absent when it is not usable or not there
  /// yet.
  std::optional<os::Fd> check_directory(const std::string& subject, const std::string& path,
                                        const std::string& trusted) {
    auto directory = os::open_private_directory(path, trusted, os::IfMissing::kFail);
    if (!directory && directory.error().code == ErrorCode::kNotFound) {
      ok(subject, path + "  (made on first use)");
      return std::nullopt;
    }
    if (!directory) {
      fail_with(subject, directory.error());
      return std::nullopt;
    }
    if (os::is_writable(path))
      ok(subject, path);
    else
      fail_with(subject, {ErrorCode::kPermissionDenied, path + " can not be written",
                          "make it writable, or choose another home: --home DIR or STREAM_STATUS_HOME=DIR"});
    return std::move(*directory);
  }

  void check_home(const project::Home& home) {
    const auto directory = check_directory("home", home.base, home.trusted);
    if (!home.note.empty()) warn("home", home.note, "STREAM_STATUS_HOME=DIR on a local disk chooses another place");
    if (os::is_network_filesystem(home.base))
      warn("filesystem", home.base + " is on a network filesystem: its locks can not be trusted",
           "choose a local disk: --home DIR or STREAM_STATUS_HOME=DIR");
    check_directory("backups", home.backups, home.trusted);
    if (!directory) return;
    const std::uint64_t free = os::free_bytes(*directory);
    const std::string text = fmt::format("{} MiB free for {}", free / kMiB, home.base);
    if (free < kTooLittle)
      fail_with("disk space", {ErrorCode::kStorageFull, text, "free some space: writes fail soon"});
    else if (free < kLittle)
      warn("disk space", text, "free some space before writes fail");
    else
      ok("disk space", text);
  }

  void check_project(const Location& location) {
    ok("project",
       fmt::format("{}{}", location.project.root, location.project.is_git ? "  (git)" : "  (no git repository)"));
    const auto found = project::find_project_directory(location.home, location.project);
    if (!found) return fail_with("directory", found.error());
    if (!*found) {
      const auto namesake = project::find_namesake(location.home, location.project);
      if (namesake && *namesake && (*namesake)->kind == project::Namesake::Kind::kFoundingData)
        return ok("directory", fmt::format("none yet; {} holds data of the founding Node implementation, which the "
                                           "first start backs up and takes over",
                                           (*namesake)->path));
      return ok("directory", "none yet; made on first use");
    }
    const project::ProjectDirectory& directory = **found;
    ok("directory", directory.path);
    check_server(directory);
    check_config(directory, location.project);
    const std::string log = location.home.logs() + "/" + directory.log_name();
    ok("log", os::kind_of(log) == os::FileKind::kRegular ? log : log + "  (none yet)");
  }

  void check_server(const project::ProjectDirectory& directory) {
    const auto survey = survey_server(call_, directory);
    if (!survey) return fail_with("server", survey.error());
    switch (survey->state) {
      case ServerState::kNone: return ok("server", "not running; starts when it is needed");
      case ServerState::kLeftover:
        return warn("server", "not running; its record was left behind: " + survey->problem,
                    "nothing to do: the next server replaces it");
      case ServerState::kSilent:
        return fail_with("server",
                         {ErrorCode::kServerUnavailable,
                          fmt::format("{} holds {} and does not answer{}{}", survey->holder, project::kServerLockName,
                                      survey->problem.empty() ? "" : ": ", survey->problem),
                          "it may be starting or stopping: look again in a moment; `stream-status logs` says more"});
      case ServerState::kRunning: break;
    }
    const project::Record& record = *survey->record;
    ok("server", fmt::format("running, pid {}, {}", record.pid,
                             record.port == 0 ? std::string("no loopback port") : fmt::format("port {}", record.port)));
    if (record.port == 0)
      warn("port", "the dashboard can not be reached: no loopback port could be had; agents use the socket",
           "allow listening on 127.0.0.1, then `stream-status restart`");
    if (record.network_namespace != 0 && record.network_namespace != os::network_namespace())
      warn("network", "the server runs in another network namespace: the dashboard can not be reached from here",
           "run `stream-status restart` from where the browser runs");
    if (!survey->notice.empty())
      warn("data", survey->notice,
           "`stream-status restore` lists the backups; `stream-status restore FILE` takes another");
    if (!survey->git_problem.empty())
      warn("refs", survey->git_problem,
           survey->watching == "polling"
               ? "raise the sysctls fs.inotify.max_user_instances and fs.inotify.max_user_watches, then `stream-status "
                 "restart`"
               : "streams work all the same; commits and worktrees are not seen until this is mended");
    else if (survey->watching == "inotify")
      ok("refs", "watched (inotify)");
    if (record.server_version != kVersion)
      warn("version", fmt::format("the server is {}, this program {}", record.server_version, kVersion),
           "`stream-status restart` brings them together");
  }

  void check_config(const project::ProjectDirectory& directory, const project::Project& project) {
    const ConfigSurvey config = survey_config(directory, project);
    const std::string path = directory.path + "/" + project::kConfigName;
    if (config.problem) return fail_with("config", *config.problem);
    for (const std::string& warning : config.warnings) warn("config", warning, "correct it in " + path);
    if (config.warnings.empty()) ok("config", config.there ? path : "none yet; written with defaults on first use");
  }

  void check_other_directories(const project::Home& home) {
    const auto known = project::list_project_directories(home);
    if (!known) {
      if (known.error().code != ErrorCode::kNotFound) fail_with("projects", known.error());
      return;
    }
    std::size_t gone = 0;
    for (const project::KnownDirectory& one : *known) {
      if (one.owner_key.empty() || os::kind_of(one.owner_key) != os::FileKind::kMissing) continue;
      ++gone;
      warn("projects", fmt::format("{} belongs to {}, which is gone", one.directory.path, one.owner_key),
           "remove the directory when nobody needs its streams any more");
    }
    if (gone == 0) ok("projects", fmt::format("{} known, none of them gone", known->size()));
  }

  const Call& call_;
  std::vector<Finding> findings_;
};

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kWarn: return "warn";
    case Verdict::kFail: return "fail";
  }
  return "";
}

}  // namespace

std::vector<Finding> examine(const Call& call) { return Examination(call).run(); }

std::string render_findings(const std::vector<Finding>& findings, const Screen& screen) {
  std::size_t widest = 0;
  for (const Finding& finding : findings) widest = std::max(widest, columns_of(finding.subject));
  const auto count = [&](Verdict verdict) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const Finding& finding) { return finding.verdict == verdict; });
  };
  std::string text;
  for (const Finding& finding : findings) {
    const Tone tone = finding.verdict == Verdict::kOk     ? Tone::kDone
                      : finding.verdict == Verdict::kWarn ? Tone::kRisk
                                                          : Tone::kStuck;
    const std::string_view glyph = finding.verdict == Verdict::kOk     ? "✓"
                                   : finding.verdict == Verdict::kWarn ? "!"
                                                                       : "✗";
    text +=
        fmt::format("{}  {}  {}\n", screen.style.paint(tone, fmt::format("{} {:<4}", glyph, name_of(finding.verdict))),
                    pad(finding.subject, widest, Align::kLeft), printable(finding.text));
    if (!finding.remedy.empty())
      text += fmt::format("{}{}\n", std::string(widest + 10, ' '),
                          screen.style.paint(Tone::kFaint, "→ " + printable(finding.remedy)));
  }
  const auto failed = count(Verdict::kFail);
  const auto warned = count(Verdict::kWarn);
  const std::string summary =
      failed == 0 && warned == 0 ? "all is well" : fmt::format("{} failed, {} warned", failed, warned);
  return text + "\n" +
         screen.style.paint(failed > 0   ? Tone::kStuck
                            : warned > 0 ? Tone::kRisk
                                         : Tone::kDone,
                            summary) +
         "\n";
}

int run_doctor(const Call& call) {
  const std::vector<Finding> findings = examine(call);
  const bool failed = std::any_of(findings.begin(), findings.end(),
                                  [](const Finding& finding) { return finding.verdict == Verdict::kFail; });
  json::array rows;
  for (const Finding& finding : findings)
    rows.push_back(json::object{{"subject", finding.subject},
                                {"verdict", name_of(finding.verdict)},
                                {"text", finding.text},
                                {"remedy", text_or_null(finding.remedy)}});
  call.report.answer({{"ok", !failed}, {"findings", std::move(rows)}},
                     [&](const Screen& screen) { return render_findings(findings, screen); });
  return failed ? kExitFailed : kExitOk;
}

}  // namespace stream_status::cli
