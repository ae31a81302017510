// Who is there, and who holds what.
#include <fmt/format.h>

#include "cli/render.h"
#include "cli/rows.h"
#include "cli/table.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

struct StateMark {
  std::string_view state;
  std::string_view glyph;
  Tone tone;
};
constexpr StateMark kStates[] = {{"live", "●", Tone::kLive}, {"quiet", "◐", Tone::kRisk}, {"gone", "○", Tone::kFaint}};

StateMark mark_of(std::string_view state) {
  for (const StateMark& mark : kStates)
    if (mark.state == state) return mark;
  return {state, " ", Tone::kInk};
}

}  // namespace

std::string render_agents(const json::object& answer, const Screen& screen) {
  const json::array& agents = array_of(answer, "agents");
  if (agents.empty()) return screen.style.paint(Tone::kFaint, "No agent has called since the server began.") + "\n";
  Table table({{.heading = "AGENT", .least = 12},
               {.heading = "STATE"},
               {.heading = "STREAM", .least = 12},
               {.heading = "LAST CALL"},
               {.heading = "PROGRAM", .drop_rank = 2},
               {.heading = "WORKTREE", .least = 12, .drop_rank = 1}});
  for (const json::value& each : agents) {
    const json::object* agent = each.if_object();
    if (agent == nullptr) continue;
    const std::string state = shown(*agent, "state");
    const StateMark mark = mark_of(state);
    table.add({{shown(*agent, "name"), Tone::kStrong},
               {fmt::format("{} {}", mark.glyph, state), mark.tone},
               {shown(*agent, "streamId"), Tone::kInk},
               {shown_ago(*agent, "lastCall", screen), Tone::kFaint},
               {shown(*agent, "client"), Tone::kFaint},
               {shown(*agent, "worktree"), Tone::kFaint}});
  }
  return table.render(screen.style, screen.columns);
}

std::string render_claim(const json::object& answer, const Screen& screen) {
  const json::object& stream = object_of(answer, "stream");
  const json::object& claim = object_of(answer, "claim");
  std::string text = fmt::format("{}  {}\n", shown(answer, "message"), shown(stream, "title"));
  if (!claim.empty())
    text += screen.style.paint(Tone::kFaint, fmt::format("held by {} until {}; each call of it moves that on",
                                                         shown(claim, "agent"), shown(claim, "expiresAt"))) +
            "\n";
  if (const std::string note = shown(stream, "lastNote"); !note.empty()) text += fmt::format("last note: {}\n", note);
  return text;
}

}  // namespace stream_status::cli
