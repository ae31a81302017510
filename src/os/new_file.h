// A file that is written piece by piece and gets its name when it is whole.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "os/fd.h"

namespace stream_status::os {

/// 0600. Until `publish`, what is written lies beside the path under another name, and goes with this object.
class NewFile {
 public:
  /// `path`: absolute; nothing may be there. Errors: kInvalidArgument (something is), those of errno.
  static Result<NewFile> create(const std::string& path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  Result<void> append(std::string_view bytes);
  /// Durable, then visible. Nothing can be appended any more.
  Result<void> publish();

 private:
  NewFile(std::string path, std::string partial, Fd file)
      : path_(std::move(path)), partial_(std::move(partial)), file_(std::move(file)) {}
  Result<void> flush();

  std::string path_;
  std::string partial_;  ///< where it is until then: a name that nobody else has
  Fd file_;
  std::string pending_;
};

}  // namespace stream_status::os
