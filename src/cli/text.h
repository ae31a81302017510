// Text for a terminal: what may reach it, how many columns it takes, how it is cut, filled and wrapped.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stream_status::cli {

/// One line that is safe to show: line breaks and tabs become spaces; other control characters (C0, C1, DEL),
/// direction overrides and broken UTF-8 become "�". Agents write the text; the terminal must not obey it.
std::string printable(std::string_view text);

/// Columns that printable text takes: 2 for East Asian wide characters and emoji, 0 for combining ones.
std::size_t columns_of(std::string_view text);

/// At most `columns` wide; a longer text is cut and ends in "…".
std::string fit(std::string_view text, std::size_t columns);

enum class Align { kLeft, kRight };

/// Filled with spaces to `columns`.
std::string pad(std::string_view text, std::size_t columns, Align align);

/// Lines of at most `columns`, broken at spaces and at the text's own line breaks; each printable.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

/// Text for a shell command line that people may copy: quoted when it needs to be.
std::string shell_quoted(std::string_view text);

}  // namespace stream_status::cli
