// The text of server.lock, as a client reads it: to say who holds the lock, whether it shows life, and, before it would
// be ended, which process it is. @PID@, @TICKS@, @BOOT@ and @NAMESPACE@ stand for those of this process.
#include "client/patience.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"
#include "project/holder.h"

namespace stream_status::fuzz {
namespace {

std::string with_own_identity(std::string_view input) {
  static const os::ProcessIdentity me = os::this_process();
  std::string text(input);
  for (const auto& [word, value] : {std::pair(std::string_view("@PID@"), std::to_string(me.pid)),
                                    {"@TICKS@", std::to_string(me.start_ticks)},
                                    {"@BOOT@", me.boot_id},
                                    {"@NAMESPACE@", std::to_string(me.pid_namespace)}})
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + value.size()))
      text.replace(at, word.size(), value);
  return text;
}

}  // namespace

void fuzz_lock_text(std::string_view input) {
  const std::string text = with_own_identity(input);
  client::HolderWatch holder;
  holder.look(MonotonicTime{seconds{100}}, text);
  require(holder.held(), "a lock that was looked at is held");
  const std::string shown = holder.describe();
  require(!shown.empty() && is_printable(shown), "the holder is described in one line of text", shown);
  require(shown.size() <= 200, "the description does not repeat the whole file", shown);
  require(!holder.hung(MonotonicTime{seconds{1000}}), "one look is not enough to call anybody hung");

  // Every 4 s the same: it shows no life. One other sign of it, and all begins again.
  for (int at = 104; at <= 112; at += 4) holder.look(MonotonicTime{seconds{at}}, text);
  require(holder.hung(MonotonicTime{seconds{112}}), "whoever shows no life for 12 s hangs");
  holder.look(MonotonicTime{seconds{113}}, text + "?");
  require(!holder.hung(MonotonicTime{seconds{113}}), "another text is a sign of life");

  const auto proved = project::prove_holder("/home/user/shop/server.lock", text);
  if (!proved) {
    require(proved.error().code == ErrorCode::kServerUnavailable, "who is not proved is left alone");
    return require_sentence(proved.error());
  }
  require(proved->pid > 1, "no group and no first process is ever proved");
  // The start of another living process can be guessed, and that process may be gone by now.
  const os::ProcessIdentity me = os::this_process();
  require(proved->boot_id == me.boot_id && proved->pid_namespace == me.pid_namespace &&
              (proved->pid != me.pid || *proved == me),
          "only the whole identity of a living process proves it", text);
}

}  // namespace stream_status::fuzz
