#include "cli/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/errors.h"
#include "cli/text.h"

namespace stream_status::cli {
namespace {

constexpr int kEnvelopeVersion = 1;

}  // namespace

Screen Report::screen_of(const Sink& sink) const {
  return {Style(colours_for(sink, world_)), sink.columns, world_.clock.wall()};
}

int Report::answer(json::value data, const Render& render) const {
  if (format_ == Format::kText) {
    world_.out.write(render(screen()));
    return kExitOk;
  }
  const json::object envelope{{"version", kEnvelopeVersion}, {"command", command_}, {"data", std::move(data)}};
  world_.out.write(json::serialize(envelope) + "\n");
  return kExitOk;
}

int Report::failure(const Error& error) const {
  const int code = api::exit_code(error.code);
  if (format_ == Format::kJson) {
    json::object body{{"code", error_name(error.code)},
                      {"message", error.message},
                      {"hint", text_or_null(error.hint)},
                      {"retryable", is_retryable(error.code)}};
    if (!error.data.is_null()) body["data"] = error.data;
    const json::object envelope{{"version", kEnvelopeVersion}, {"command", command_}, {"error", std::move(body)}};
    world_.err.write(json::serialize(envelope) + "\n");
    return code;
  }
  const Style style(colours_for(world_.err, world_));
  std::string text = style.paint(Tone::kStuck, "error:");
  std::string_view indent = " ";
  // A crashed server's last log lines come in one message: they stay lines.
  for (const std::string& line : wrap(error.message, std::string::npos)) {
    text += fmt::format("{}{}\n", indent, line);
    indent = "  ";
  }
  for (const std::string& line : wrap(error.hint, std::string::npos)) text += fmt::format("  {}\n", line);
  world_.err.write(text);
  return code;
}

void Report::remark(std::string_view text) const {
  if (format_ == Format::kText) world_.err.write(printable(text) + "\n");
}

std::string render_facts(const std::vector<Fact>& facts, const Screen& screen) {
  std::size_t widest = 0;
  for (const Fact& fact : facts) widest = std::max(widest, columns_of(fact.label));
  std::string text;
  for (const Fact& fact : facts)
    text += fmt::format("  {}  {}\n", screen.style.paint(Tone::kFaint, pad(fact.label, widest, Align::kLeft)),
                        screen.style.paint(fact.tone, fact.value));
  return text;
}

}  // namespace stream_status::cli
