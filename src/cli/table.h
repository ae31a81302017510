// Rows in aligned columns that fit the terminal: one column may shrink, others may drop out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/style.h"
#include "cli/text.h"

namespace stream_status::cli {

/// `text` is printable; `painted`, if any, is what is written in its place and takes the same columns.
struct Cell {
  std::string text;
  Tone tone = Tone::kInk;
  std::string painted = {};
};

struct Column {
  std::string heading;
  Align align = Align::kLeft;
  /// Not shrunk below this many columns; 0: never shrunk.
  std::size_t least = 0;
  /// The column with the highest rank drops out first when the rest does not fit; 0: always there.
  int drop_rank = 0;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  /// All lines with their newlines. `width` absent: as wide as the text.
  std::string render(const Style& style, std::optional<int> width) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace stream_status::cli
