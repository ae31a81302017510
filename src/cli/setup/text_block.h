// A block of lines of our own at the end of a text that others wrote: put there, found again, taken away byte for byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stream_status::cli::setup {

struct Block {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< after its last character, the line end not included
};

/// After a blank line. The text keeps its kind of line ends, and whether it ends with one.
std::string append_block(std::string_view text, std::string_view block);
/// Without the block, and the blank line that append_block made.
std::string remove_block(std::string_view text, const Block& block);
std::string replace_block(std::string_view text, const Block& block, std::string_view with);

/// From the nearest line that is `first` to the first that is `last`.
std::optional<Block> find_section(std::string_view text, std::string_view first, std::string_view last);

}  // namespace stream_status::cli::setup
