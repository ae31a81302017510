#include "git/forecast_answers.h"

#include <fmt/format.h>

#include <string_view>

#include "base/text.h"

namespace stream_status::git {

bool stops_all(const Error& error) {
  return error.code == ErrorCode::kServerUnavailable || error.code == ErrorCode::kPermissionDenied;
}

std::string reason_of(const Git::Answer& answer) {
  std::string_view text = answer.error_output;
  // Warnings may come first.
  for (const std::string_view mark : {"fatal: ", "error: "})
    if (const std::size_t at = text.find(mark); at != std::string_view::npos) text = text.substr(at + mark.size());
  text = text.substr(0, text.find('\n'));
  return text.empty() ? fmt::format("exit code {}", answer.exit_code) : shorten(text, 300);
}

}  // namespace stream_status::git
