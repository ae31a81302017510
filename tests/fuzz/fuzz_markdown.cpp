// Foreign text inside a Markdown report: it must not change what stands around it.
#include <algorithm>

#include "base/text.h"
#include "domain/markdown_heading.h"
#include "domain/markdown_text.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"

namespace stream_status::fuzz {
namespace {

bool is_clean(std::string_view text) {
  return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
         });
}

/// Followed by a heading of ours, that one is the first which is found.
void require_ends_here(const std::string& block, std::string_view what) {
  require(is_clean(block), "what we write is clean text", block);
  const std::string document = block + "\n# After it\n";
  const auto heading = domain::find_first_heading(split(document, '\n'), 0);
  require(heading && heading->text == "After it", what, document);
}

}  // namespace

void fuzz_markdown(std::string_view input) {
  const std::string clean = domain::clean_text(input);
  require(is_clean(clean), "clean text is clean", clean);
  require(domain::clean_text(clean) == clean, "clean text stays as it is", clean);

  const std::string line = domain::escape_markdown(input);
  require(is_printable(line), "an escaped text is one line", line);
  if (line.find('\\') == std::string::npos && clean.find_first_of("\n\t") == std::string::npos)
    require(line == clean, "what needs no escape stays as it is", line);

  const std::string span = domain::code_span(input);
  require(is_printable(span), "a code span is one line", span);
  require(span.empty() == input.empty(), "a code span shows something");

  require_ends_here(domain::code_block(input, "text"), "a code block ends where it ends");
  require_ends_here(domain::quote_block(input), "a quote ends where it ends");

  const auto lines = split(clean, '\n');
  if (const auto heading = domain::find_first_heading(lines, 0)) {
    require(heading->line < lines.size(), "a heading is on a line of the file");
    require(!heading->text.empty(), "a heading says something");
    require(lines[heading->line].find(heading->text) != std::string_view::npos || (heading->line + 1 < lines.size()) ||
                heading->line > 0,
            "a heading's text is in the file", heading->text);
  }
}

}  // namespace stream_status::fuzz
