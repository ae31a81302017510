// What doctor finds, one row each, and what --fix did about it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace stream_status::cli {

enum class Verdict { kOk, kWarn, kFail };

struct Finding {
  std::string subject;
  Verdict verdict = Verdict::kOk;
  std::string text;
  std::string remedy = {};    ///< what a person can do
  bool can_be_fixed = false;  ///< --fix would mend it
  bool fixed = false;         ///< it did
  std::string repair = {};    ///< with --fix: what was done, or why it was left
};

enum class Fixing { kNo, kYes };

/// The rows, in the order they were found. With Fixing::kYes what can be mended is mended at once, so that what is
/// looked at next is seen as it is then.
class Findings {
 public:
  explicit Findings(Fixing fixing) : fixing_(fixing) {}

  void ok(std::string subject, std::string text) {
    rows_.push_back({std::move(subject), Verdict::kOk, std::move(text)});
  }
  void warn(std::string subject, std::string text, std::string remedy) {
    add({std::move(subject), Verdict::kWarn, std::move(text), std::move(remedy)});
  }
  void fail(std::string subject, std::string text, std::string remedy) {
    add({std::move(subject), Verdict::kFail, std::move(text), std::move(remedy)});
  }
  void fail(std::string subject, const Error& error) { fail(std::move(subject), error.message, error.hint); }

  /// Something that is safe to mend. `mend` says what it did ("mode set to 0600"), or why it could not. Without --fix
  /// the remedy is --fix, unless the finding has one of its own.
  using Mend = std::function<Result<std::string>()>;
  void mendable(Finding finding, const Mend& mend);

  const std::vector<Finding>& rows() const { return rows_; }

 private:
  void add(Finding finding);

  Fixing fixing_;
  std::vector<Finding> rows_;
};

}  // namespace stream_status::cli
