// The statements of a TOML file and where they stand, so that a table can be put beside them and taken out again. Knows
// the grammar as far as that needs: not which values a key may have, nor which keys stand twice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/setup/text_block.h"

namespace stream_status::cli::setup {

struct TomlStatement {
  enum class Kind {
    kTable,   ///< [a.b]
    kTables,  ///< [[a.b]]
    kValue,   ///< c = 1
  } kind = Kind::kValue;
  std::vector<std::string> path;  ///< of a value: its table's, then its key's
  Block place;                    ///< to the end of its last line, without blanks there
};

/// In order. Error: kInvalidArgument naming the line where it stops being TOML.
Result<std::vector<TomlStatement>> read_toml(std::string_view text);

}  // namespace stream_status::cli::setup
