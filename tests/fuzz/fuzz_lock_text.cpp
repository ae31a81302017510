// The text of server.lock, as a client reads it to say who holds the lock and whether it shows life.
#include "client/patience.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"

namespace stream_status::fuzz {

void fuzz_lock_text(std::string_view input) {
  client::HolderWatch holder;
  holder.look(MonotonicTime{seconds{100}}, std::string(input));
  require(holder.held(), "a lock that was looked at is held");
  const std::string shown = holder.describe();
  require(!shown.empty() && is_printable(shown), "the holder is described in one line of text", shown);
  require(shown.size() <= 200, "the description does not repeat the whole file", shown);
  const auto object = parse_json_object(input);
  require(holder.pid() == (object ? find_integer(*object, "pid").value_or(0) : 0), "the pid is what the text says");
  require(!holder.hung(MonotonicTime{seconds{1000}}), "one look is not enough to call anybody hung");
}

}  // namespace stream_status::fuzz
