#include "git/landing_content.h"

#include <charconv>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace stream_status::git {
namespace {

/// Takes the text up to the next newline off its front.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// Content by name, as `git cat-file --batch` prints it in the order of the names. Absent: no such file.
std::vector<std::optional<std::string_view>> parse_contents(std::string_view output, std::size_t count) {
  std::vector<std::optional<std::string_view>> contents;
  while (contents.size() < count && !output.empty()) {
    const std::string_view header = take_line(output);
    const std::size_t space = header.rfind(' ');
    std::size_t size = 0;
    const std::string_view last = space == std::string_view::npos ? header : header.substr(space + 1);
    if (std::from_chars(last.data(), last.data() + last.size(), size).ec != std::errc() || size >= output.size()) {
      contents.emplace_back(std::nullopt);
      continue;
    }
    contents.emplace_back(output.substr(0, size));
    output.remove_prefix(size + 1);
  }
  contents.resize(count);
  return contents;
}

}  // namespace

Result<std::vector<bool>> may_have_content(const Git& git, const ObjectId& commit,
                                           const std::vector<ContentQuestion>& questions) {
  std::vector<bool> may(questions.size(), true);
  std::vector<Span> spans;
  std::unordered_map<std::string_view, std::size_t> place_of;  // in the input
  std::string input;
  for (const ContentQuestion& question : questions) {
    spans.push_back(question.span);
    for (const std::string& name : question.names) {
      // The name of a missing file is in the answer, where a newline would look like the next answer.
      if (name.find('\n') != std::string::npos || !place_of.emplace(name, place_of.size()).second) continue;
      input += commit + ":" + name;
      input += '\0';
    }
  }
  if (questions.empty()) return may;
  const auto added = TRY(lines_added_between(git, spans));
  const auto output = git.look({"cat-file", "--batch", "-z"}, {.input = std::move(input)});
  if (!output && output.error().code != ErrorCode::kGitError) return tl::make_unexpected(output.error());
  if (!output) return may;  // too much to look through: the trial merge will tell
  const auto contents = parse_contents(*output, place_of.size());

  std::unordered_map<std::size_t, std::unordered_set<std::uint64_t>> lines_of;  // by place, as they are needed
  const auto lines_at = [&](std::size_t place) -> const std::unordered_set<std::uint64_t>& {
    const auto [found, is_new] = lines_of.try_emplace(place);
    if (is_new)
      for (std::string_view rest = *contents[place]; !rest.empty();)
        found->second.insert(hash_of_line(take_line(rest)));
    return found->second;
  };
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const auto found = added.find(questions[i].span.to);
    if (found == added.end() || found->second.size() != questions[i].names.size()) continue;
    for (std::size_t file = 0; file < found->second.size() && may[i]; ++file) {
      const auto place = place_of.find(questions[i].names[file]);
      // A file that is not there may have another name.
      if (place == place_of.end() || !contents[place->second]) continue;
      const auto& lines = lines_at(place->second);
      for (const std::uint64_t line : found->second[file])
        if (!lines.contains(line)) {
          may[i] = false;
          break;
        }
    }
  }
  return may;
}

}  // namespace stream_status::git
