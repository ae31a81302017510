// The files of agents' clients: read as they are, written whole, through symlinks, with the permissions they had.
#pragma once

#include <string>

#include "base/result.h"

namespace stream_status::cli::setup {

struct ClientText {
  std::string text;
  bool exists = false;
};

/// A file that is not there is empty. Errors, each with what to do: a directory stands there, it can not be read, it
/// may not be written, it is there and empty.
Result<ClientText> read_client_file(const std::string& path);

/// An empty text removes the file, and its directory if that is empty then and below `root`.
Result<void> write_client_file(const std::string& path, const std::string& text, const std::string& root);

}  // namespace stream_status::cli::setup
