#include "cli/table.h"

#include <algorithm>
#include <numeric>

namespace stream_status::cli {
namespace {

constexpr std::size_t kGap = 2;

/// The columns that are shown, and how wide each is.
struct Layout {
  std::vector<std::size_t> shown;
  std::vector<std::size_t> widths;  ///< by column, shown or not

  std::size_t total() const {
    std::size_t sum = shown.empty() ? 0 : (shown.size() - 1) * kGap;
    for (const std::size_t column : shown) sum += widths[column];
    return sum;
  }
};

/// Takes columns away from the shrinkable ones, the widest first, until it fits or nothing is left to take.
void shrink(Layout& layout, const std::vector<Column>& columns, std::size_t width) {
  while (layout.total() > width) {
    std::size_t widest = columns.size();
    for (const std::size_t column : layout.shown) {
      const bool can = columns[column].least > 0 && layout.widths[column] > columns[column].least;
      if (can && (widest == columns.size() || layout.widths[column] > layout.widths[widest])) widest = column;
    }
    if (widest == columns.size()) return;
    --layout.widths[widest];
  }
}

/// Removes the column that is missed least. False: all that are left stay.
bool drop_one(Layout& layout, const std::vector<Column>& columns) {
  const auto least = std::max_element(layout.shown.begin(), layout.shown.end(), [&](std::size_t a, std::size_t b) {
    return columns[a].drop_rank < columns[b].drop_rank;
  });
  if (least == layout.shown.end() || columns[*least].drop_rank == 0) return false;
  layout.shown.erase(least);
  return true;
}

}  // namespace

std::string Table::render(const Style& style, std::optional<int> width) const {
  Layout layout;
  layout.shown.resize(columns_.size());
  std::iota(layout.shown.begin(), layout.shown.end(), std::size_t{0});
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = columns_of(columns_[i].heading);
    for (const auto& row : rows_) widest = std::max(widest, columns_of(row[i].text));
    layout.widths.push_back(widest);
  }
  if (width) {
    const std::vector<std::size_t> natural = layout.widths;
    const auto limit = static_cast<std::size_t>(std::max(*width, 1));
    shrink(layout, columns_, limit);
    while (layout.total() > limit && drop_one(layout, columns_)) {
      layout.widths = natural;
      shrink(layout, columns_, limit);
    }
  }

  std::string text;
  const auto add_line = [&](auto&& cell_of) {
    std::string line;
    for (const std::size_t column : layout.shown) {
      const Cell cell = cell_of(column);
      const std::size_t cell_width = layout.widths[column];
      const std::string shown = fit(cell.text, cell_width);
      const bool whole = shown.size() == cell.text.size();
      const std::string painted = !cell.painted.empty() && whole ? cell.painted : style.paint(cell.tone, shown);
      const std::size_t used = columns_of(shown);
      const std::string space(cell_width > used ? cell_width - used : 0, ' ');
      if (column != layout.shown.front()) line.append(kGap, ' ');
      line += columns_[column].align == Align::kLeft ? painted + space : space + painted;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  add_line([&](std::size_t column) { return Cell{columns_[column].heading, Tone::kFaint, ""}; });
  for (const auto& row : rows_) add_line([&](std::size_t column) { return row[column]; });
  return text;
}

}  // namespace stream_status::cli
