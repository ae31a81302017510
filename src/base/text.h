// Text as users and agents send it: UTF-8 checks and limits shown in messages.
#pragma once

#include <string>
#include <string_view>

namespace stream_status {

/// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)?
bool is_utf8(std::string_view text);

/// The text with each byte that is no part of well-formed UTF-8 as U+FFFD.
std::string to_utf8(std::string_view text);

/// Number of code points of valid UTF-8.
std::size_t count_characters(std::string_view text);

/// At most `limit` code points; a longer text is cut and ends in "…". For messages.
std::string shorten(std::string_view text, std::size_t limit);

/// As shorten, and on one line: line breaks and other control characters become blanks, so that no text of others can
/// look like another row or a command to a terminal; what is not UTF-8 becomes U+FFFD.
std::string one_line(std::string_view text, std::size_t limit);
void append_line(std::string& out, std::string_view text, std::size_t limit);

/// ASCII lower case; other bytes stay.
std::string to_lower(std::string_view text);

}  // namespace stream_status
