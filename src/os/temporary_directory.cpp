#include "os/temporary_directory.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <utility>

#include "os/error.h"

namespace stream_status::os {

Result<TemporaryDirectory> TemporaryDirectory::make(const std::string& parent, const std::string& name) {
  std::string path = fmt::format("{}/{}-XXXXXX", parent.empty() ? "/tmp" : parent, name);
  if (::mkdtemp(path.data()) == nullptr) return errno_error("make a temporary directory", path);
  return TemporaryDirectory(std::move(path));
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, std::string())) {}

TemporaryDirectory& TemporaryDirectory::operator=(TemporaryDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TemporaryDirectory::~TemporaryDirectory() {
  if (!path_.empty()) remove_tree(path_);
}

void remove_tree(const std::string& path) {
  std::error_code left_behind;  // nobody needs it any more; what stays is a few files in a temporary place
  std::filesystem::remove_all(path, left_behind);
}

}  // namespace stream_status::os
