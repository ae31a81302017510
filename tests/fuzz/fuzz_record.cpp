// The discovery record: written by us, read by every client, and by then anything.
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"
#include "project/record.h"

namespace stream_status::fuzz {

void fuzz_record(std::string_view input) {
  const auto record = project::parse_record(input);
  if (!record) return require_sentence(record.error());
  const std::string written = project::to_json(*record);
  require(written.ends_with('\n') && written.find('\n') == written.size() - 1, "a record is one line", written);
  const auto again = project::parse_record(written);
  require(again.has_value(), "what is written can be read", written);
  require(again->is_founding() == record->is_founding(), "a founding record stays one", written);
  require(project::to_json(*again) == written, "reading and writing a record changes nothing", written);
}

}  // namespace stream_status::fuzz
