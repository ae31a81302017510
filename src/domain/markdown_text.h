// Foreign text inside a Markdown document: written so that it can not change the structure around it.
#pragma once

#include <string>
#include <string_view>

namespace stream_status::domain {

/// Valid UTF-8 without control characters but tab and line feed: what is neither becomes U+FFFD; CR LF and CR become
/// LF.
std::string clean_text(std::string_view text);

/// One line of prose: line breaks become blanks, and every mark that Markdown or HTML would read is escaped.
std::string escape_markdown(std::string_view text);

/// A code span that shows the bytes of a path, a ref or an id: what can not be shown stands as \n, \t or \xNN.
/// An empty text is an empty string.
std::string code_span(std::string_view text);

/// A code block; its fence is longer than any run of backticks in the text. Ends in a line break.
std::string code_block(std::string_view text, std::string_view language);

/// A quote that holds a whole Markdown text: its headings, lists and unclosed fences end with the quote, and its HTML
/// is text. Ends in a line break.
std::string quote_block(std::string_view text);

}  // namespace stream_status::domain
