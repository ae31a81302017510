#include "cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/rows.h"
#include "cli/text.h"
#include "os/file.h"

namespace stream_status::cli {
namespace {

void check_config(const Examination& examination, const project::ProjectDirectory& directory,
                  const project::Project& project) {
  Findings& findings = examination.findings;
  const ConfigSurvey config = survey_config(directory, project);
  const std::string path = directory.path + "/" + project::kConfigName;
  if (config.problem) return findings.fail("config", *config.problem);
  for (const std::string& warning : config.warnings) findings.warn("config", warning, "correct it in " + path);
  if (config.warnings.empty())
    findings.ok("config", config.there ? "config.json is valid" : "none yet; written with defaults on first use");
}

void check_project(const Examination& examination, const Location& location, const FoundServers& servers) {
  Findings& findings = examination.findings;
  findings.ok("project", location.project.root + (location.project.is_git ? "  (git)" : "  (no git repository)"));
  const auto found = project::find_project_directory(location.home, location.project);
  if (!found) return findings.fail("directory", found.error());
  if (!*found) {
    const auto namesake = project::find_namesake(location.home, location.project);
    if (namesake && *namesake && (*namesake)->kind == project::Namesake::Kind::kFoundingData)
      return findings.ok("directory",
                         fmt::format("none yet; {} holds data of the founding Node implementation, which the first "
                                     "start backs up and takes over",
                                     (*namesake)->path));
    return findings.ok("directory", "none yet; made on first use");
  }
  const project::ProjectDirectory& directory = **found;
  const auto one = std::find_if(servers.servers.begin(), servers.servers.end(), [&](const FoundServer& server) {
    return !server.is_orphan() && server.path == directory.path;
  });
  const FoundServer* server = one == servers.servers.end() ? nullptr : &*one;
  check_project_files(examination, location, directory);
  check_server(examination, directory, server);
  check_leftovers(examination, location, directory, server);
  check_storage(examination, location, directory, server);
  check_config(examination, directory, location.project);
}

void check_other_directories(const Examination& examination, const project::Home& home) {
  Findings& findings = examination.findings;
  const auto known = project::list_project_directories(home);
  if (!known) {
    if (known.error().code != ErrorCode::kNotFound) findings.fail("projects", known.error());
    return;
  }
  std::size_t gone = 0;
  for (const project::KnownDirectory& one : *known) {
    if (one.owner_key.empty() || os::kind_of(one.owner_key) != os::FileKind::kMissing) continue;
    ++gone;
    findings.warn("known", fmt::format("{} belongs to {}, which is gone", one.directory.path, one.owner_key),
                  "remove the directory when nobody needs its streams any more");
  }
  if (gone > 0) return;
  const std::size_t count = known->size();
  findings.ok("known", count == 0 ? "no project yet"
                                  : fmt::format("{} project{}, all of them there", count, count == 1 ? "" : "s"));
}

std::vector<Finding> examine(const Call& call, Fixing fixing) {
  Findings findings(fixing);
  const Examination examination{call, findings};
  check_programs(examination);
  const auto home = locate_home(call);
  if (!home) {
    findings.fail("home", home.error());
    return findings.rows();
  }
  const bool can_look = check_home(examination, *home);
  const auto location = locate(call);
  if (!location) findings.warn("project", location.error().message, location.error().hint);
  const auto servers = find_servers(call, *home);
  if (!servers && can_look) findings.fail("servers", servers.error());
  if (servers)
    for (const FoundServer& server : servers->servers)
      if (server.problem) findings.fail("server", *server.problem);
  if (servers && location) check_project(examination, *location, *servers);
  if (servers) check_orphans(examination, *home, *servers);
  check_other_directories(examination, *home);
  check_clients(examination, location ? location->project.root : std::string());
  return findings.rows();
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk: return "ok";
    case Verdict::kWarn: return "warn";
    case Verdict::kFail: return "fail";
  }
  return "";
}

/// How a row looks: glyph, word and colour. What was mended needs nobody any more.
struct Look {
  std::string_view glyph;
  std::string_view word;
  Tone tone;
};
Look look_of(const Finding& finding) {
  if (finding.fixed) return {"✓", "fixed", Tone::kDone};
  switch (finding.verdict) {
    case Verdict::kOk: return {"✓", "ok", Tone::kDone};
    case Verdict::kWarn: return {"!", "warn", Tone::kRisk};
    case Verdict::kFail: break;
  }
  return {"✗", "fail", Tone::kStuck};
}

bool is_left(const Finding& finding, Verdict verdict) { return finding.verdict == verdict && !finding.fixed; }

std::string summary_of(const std::vector<Finding>& findings, const Screen& screen) {
  const auto count = [&](auto&& holds) { return std::count_if(findings.begin(), findings.end(), holds); };
  const auto failed = count([](const Finding& finding) { return is_left(finding, Verdict::kFail); });
  const auto warned = count([](const Finding& finding) { return is_left(finding, Verdict::kWarn); });
  const auto fixed = count([](const Finding& finding) { return finding.fixed; });
  const auto fixable = count([](const Finding& finding) { return finding.can_be_fixed && finding.repair.empty(); });
  std::string text;
  for (const auto& [number, what] : {std::pair{failed, "failed"}, {warned, "warned"}, {fixed, "fixed"}})
    if (number > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", number, what);
  if (failed == 0 && warned == 0) text = "all is well" + (text.empty() ? "" : "; " + text);
  const Tone tone = failed > 0 ? Tone::kStuck : warned > 0 ? Tone::kRisk : Tone::kDone;
  text = screen.style.paint(tone, text);
  if (fixable > 0) text += fmt::format("; `stream-status doctor --fix` mends {} of them", fixable);
  return text + "\n";
}

int run_doctor(const Call& call) {
  const std::vector<Finding> findings = examine(call, call.options.has("fix") ? Fixing::kYes : Fixing::kNo);
  const bool failed = std::any_of(findings.begin(), findings.end(),
                                  [](const Finding& finding) { return is_left(finding, Verdict::kFail); });
  json::array rows;
  for (const Finding& finding : findings)
    rows.push_back(json::object{{"subject", finding.subject},
                                {"verdict", name_of(finding.verdict)},
                                {"text", finding.text},
                                {"remedy", text_or_null(finding.remedy)},
                                {"canBeFixed", finding.can_be_fixed},
                                {"fixed", finding.fixed},
                                {"repair", text_or_null(finding.repair)}});
  call.report.answer({{"ok", !failed}, {"findings", std::move(rows)}},
                     [&](const Screen& screen) { return render_findings(findings, screen); });
  return failed ? kExitFailed : kExitOk;
}

}  // namespace

std::string render_findings(const std::vector<Finding>& findings, const Screen& screen) {
  constexpr std::size_t kWordColumns = 5;
  std::size_t widest = 0;
  for (const Finding& finding : findings) widest = std::max(widest, columns_of(finding.subject));
  const std::size_t begin = 2 + kWordColumns + 2 + widest + 2;  // "✓ fixed  subject  "
  const std::size_t width = text_width(screen);
  constexpr std::size_t kLongestLine = 100'000;  // without a terminal a row stays one line, for grep
  const std::size_t room = !screen.columns ? kLongestLine : width > begin + 20 ? width - begin : 20;
  const std::string indent(begin, ' ');
  std::string text;
  const auto add = [&](std::string_view words, std::string first, std::string_view mark, Tone tone) {
    for (const std::string& line : wrap(words, room - columns_of(mark))) {
      text += first + screen.style.paint(tone, std::string(mark) + line) + "\n";
      first = indent;
      mark = columns_of(mark) == 0 ? "" : "  ";
    }
  };
  for (const Finding& finding : findings) {
    const Look look = look_of(finding);
    add(finding.text,
        fmt::format("{}  {}  ", screen.style.paint(look.tone, fmt::format("{} {:<5}", look.glyph, look.word)),
                    pad(finding.subject, widest, Align::kLeft)),
        "", Tone::kInk);
    if (finding.fixed)
      add(finding.repair, indent, "✓ ", Tone::kDone);
    else if (finding.can_be_fixed && !finding.repair.empty())
      add(finding.repair, indent, "✗ ", Tone::kStuck);
    if (!finding.fixed && !finding.remedy.empty()) add(finding.remedy, indent, "→ ", Tone::kFaint);
  }
  return text + "\n" + summary_of(findings, screen);
}

Command doctor_command() {
  return {.name = "doctor",
          .group = Group::kDiagnosis,
          .summary = "check everything that has to be right; --fix mends what is safe to mend",
          .options = {{.key = "fix",
                       .names = {"--fix"},
                       .form = Form::kFlag,
                       .description = "mend modes, stale records, partial files and orphaned servers; never data"}},
          .examples = {"doctor", "doctor --fix", "doctor --json"},
          .details = "Exits 1 when something fails that was not mended.",
          .run = run_doctor};
}

}  // namespace stream_status::cli
