// `stream-status doctor`: looks at everything that has to be right, changes nothing, and says what to do.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace stream_status::cli {

enum class Verdict { kOk, kWarn, kFail };

struct Finding {
  std::string subject;
  Verdict verdict = Verdict::kOk;
  std::string text;
  std::string remedy = {};
};

std::vector<Finding> examine(const Call& call);
std::string render_findings(const std::vector<Finding>& findings, const Screen& screen);

/// 1 if any finding fails.
int run_doctor(const Call& call);

}  // namespace stream_status::cli
