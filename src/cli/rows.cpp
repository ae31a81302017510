#include "cli/rows.h"

#include <algorithm>

#include "cli/text.h"

namespace stream_status::cli {
namespace {

constexpr int kWidest = 100;
/// A text begins here, or on the next line when its name is longer.
constexpr std::size_t kLongestLeft = 30;
constexpr std::size_t kGap = 2;

}  // namespace

std::size_t text_width(const Screen& screen) {
  return static_cast<std::size_t>(std::clamp(screen.columns.value_or(kWidest), 40, kWidest));
}

std::string render_rows(const std::vector<Row>& rows, const Screen& screen, std::size_t indent) {
  std::size_t left = 0;
  for (const Row& row : rows)
    if (columns_of(row.left) <= kLongestLeft) left = std::max(left, columns_of(row.left));
  const std::size_t begin = indent + left + kGap;
  const std::size_t width = text_width(screen);
  std::string text;
  for (const Row& row : rows) {
    text += std::string(indent, ' ') + screen.style.paint(row.tone, row.left);
    std::size_t used = columns_of(row.left) + indent;
    for (const std::string& line : wrap(row.right, width > begin + 20 ? width - begin : 20)) {
      if (line.empty()) continue;
      if (used + kGap > begin) {
        text += "\n";
        used = 0;
      }
      text += std::string(begin - used, ' ') + line;
      used = width;
    }
    text += "\n";
  }
  return text;
}

}  // namespace stream_status::cli
