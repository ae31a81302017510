// Two columns for people: a name, and a text that is wrapped beside it.
#pragma once

#include <string>
#include <vector>

#include "cli/report.h"

namespace stream_status::cli {

struct Row {
  std::string left;  ///< printable
  Tone tone = Tone::kStrong;
  std::string right = {};  ///< printable; wrapped to the width that is left
};

/// How wide text for people is: the terminal's width, or 100 columns.
std::size_t text_width(const Screen& screen);

/// Lines with their newlines, each after `indent` spaces. A name that is longer than 30 columns has its text below it.
std::string render_rows(const std::vector<Row>& rows, const Screen& screen, std::size_t indent = 2);

}  // namespace stream_status::cli
