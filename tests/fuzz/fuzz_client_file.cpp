// The configuration of an agent's client, as people and the client wrote it: what init puts in, uninstall takes out.
#include "cli/setup/edits.h"
#include "cli/setup/json_text.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"

namespace stream_status::fuzz {
namespace {

using namespace cli::setup;
using State = Edited::State;

void require_left(const Edited& edited, std::string_view text) {
  if (edited.state == State::kChanged) return;
  require(edited.text == text, "what is not changed is as it was");
  require(edited.state == State::kAsItIs || !edited.reason.empty(), "what is left has a reason");
}

template <typename Put, typename Take>
void require_inverse(std::string_view text, Put put, Take take) {
  const Edited with = put(text);
  require_left(with, text);
  require_left(take(text), text);
  if (with.state != State::kChanged) return;
  require(put(with.text).state == State::kAsItIs, "what is put in is there", with.text);
  if (take(text).state != State::kAsItIs) return;  // one of ours was there, for another place
  const Edited without = take(with.text);
  require(without.state == State::kChanged, "what was put in can be taken out", with.text);
  require(without.text == text, "and every byte is as before", with.text);
}

}  // namespace

void fuzz_client_file(std::string_view input) {
  Choices choices(input);
  const std::size_t which = choices.next() % 10;
  const std::string_view text = choices.rest();
  if (!text.empty() && text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return;  // refused before it comes here
  const Program program{"/opt/bin/stream-status", {"--home", "/h"}};
  if (which == 8) return require_inverse(text, put_section, take_section);
  if (which == 9)
    return require_inverse(
        text, [&](std::string_view file) { return put_hook(program, file); }, take_hook);
  const AgentClient& client = agent_clients()[which];
  require_inverse(
      text, [&](std::string_view file) { return put_server(client, program, "stream-status", file); },
      [&](std::string_view file) { return take_server(client, "stream-status", file); });
}

}  // namespace stream_status::fuzz
