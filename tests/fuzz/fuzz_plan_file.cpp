// Plan files: Markdown of people and agents, with front matter or without.
#include <algorithm>

#include "base/text.h"
#include "domain/plan_file.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"

namespace stream_status::fuzz {
namespace {

using Read = tl::expected<domain::PlannedStream, domain::PlanFileError>;

bool same(const Read& a, const Read& b) {
  if (a.has_value() != b.has_value()) return false;
  return a ? *a == *b : a.error().line == b.error().line && a.error().reason == b.error().reason;
}

std::string with_line_ends(std::string_view text, std::string_view line_end) {
  std::string turned;
  for (const char c : text) {
    if (c == '\n')
      turned += line_end;
    else
      turned += c;
  }
  return turned;
}

}  // namespace

void fuzz_plan_file(std::string_view input) {
  Choices choices(input);
  constexpr std::string_view kIds[] = {"auth", "stream-0102-search", "0103-cache", "an-id-that-says-nothing"};
  const std::string_view id = kIds[choices.next() % std::size(kIds)];
  const std::string_view text = choices.rest();
  const Read read = domain::parse_plan_file(id, text);
  if (read) {
    require(read->id.text == id, "the file's name is its id");
    for (const std::string* line : {&read->title, &read->category, &read->branch, &read->number})
      require(is_printable(*line), "a value is one line of text", *line);
    require(!read->title.empty() && !read->branch.empty(), "a plan has a title and a branch");
    for (const std::string& phase : read->phases)
      require(!phase.empty() && is_printable(phase), "a phase is one line of text", phase);
  } else {
    const auto lines = std::count_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }) + 1;
    require(read.error().line >= 1 && read.error().line <= lines, "the line that is wrong is one of the file's");
    require(!read.error().reason.empty() && is_printable(read.error().reason), "the reason is one line of text",
            read.error().reason);
    require(read.error().reason.size() <= 1000, "a reason does not repeat the file");
  }
  if (text.find('\r') == std::string_view::npos) {
    require(same(domain::parse_plan_file(id, with_line_ends(text, "\r\n")), read),
            "line ends of Windows mean the same");
    require(same(domain::parse_plan_file(id, with_line_ends(text, "\r")), read), "and those of old");
  }
  if (!text.starts_with("\xef\xbb\xbf"))
    require(same(domain::parse_plan_file(id, "\xef\xbb\xbf" + std::string(text)), read),
            "a byte order mark means nothing");
}

}  // namespace stream_status::fuzz
