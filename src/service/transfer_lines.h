// The lines of an export: rows ⇄ JSON, and the running sum over them.
#pragma once

#include <sha2.h>

#include <string>
#include <string_view>

#include "base/json.h"
#include "store/store.h"

namespace stream_status::service {

inline constexpr std::string_view kTransferFormat = "stream-status-export";
inline constexpr std::int64_t kTransferVersion = 1;

std::string line_of(const store::EventRow& event);
std::string line_of(const domain::Stream& stream);
std::string line_of(const domain::Commit& commit);
std::string line_of(const store::ScanRow& scan);
std::string line_of(const store::IntentRow& intent);

// Each reads one line's object. Error: kInvalidArgument naming the field.
Result<store::EventRow> event_of(const json::object& line);
Result<domain::Stream> stream_of(const json::object& line);
Result<domain::Commit> commit_of(const json::object& line);
Result<store::ScanRow> scan_of(const json::object& line);
/// What an open one would do is not carried out for a file: it comes out as failed.
Result<store::IntentRow> intent_of(const json::object& line);

Result<std::string> text_field(const json::object& line, std::string_view field);
Result<std::int64_t> number_field(const json::object& line, std::string_view field);

/// SHA-256 over lines, each with its line end.
class LineSum {
 public:
  LineSum() { ::SHA256Init(&context_); }
  void add(std::string_view line);
  std::string hex();  ///< ends the sum

 private:
  SHA2_CTX context_;
};

}  // namespace stream_status::service
