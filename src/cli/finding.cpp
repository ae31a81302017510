#include "cli/finding.h"

namespace stream_status::cli {

void Findings::add(Finding finding) {
  if (fixing_ == Fixing::kYes) finding.repair = "left: nothing here can be mended without a person";
  rows_.push_back(std::move(finding));
}

void Findings::mendable(Finding finding, const Mend& mend) {
  finding.can_be_fixed = true;
  if (finding.remedy.empty()) finding.remedy = "`stream-status doctor --fix` mends it";
  if (fixing_ == Fixing::kYes) {
    const auto mended = mend();
    finding.fixed = mended.has_value();
    finding.repair = mended ? *mended : "left: " + mended.error().message;
    if (!mended && !mended.error().hint.empty()) finding.remedy = mended.error().hint;
  }
  rows_.push_back(std::move(finding));
}

}  // namespace stream_status::cli
