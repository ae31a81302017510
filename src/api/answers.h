// What operations answer, described: every object by its members. The OpenAPI document and docs/reference.md are made
// from this; no answer is.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "api/operation.h"

namespace stream_status::api {

/// An object of the answers. `members` has one line each: "name: type" or "name?: type" when it may be absent, then
/// maybe "  # what it says". Types: text, integer, boolean, time, any, a|b (one of these texts), Name (another shape),
/// [type] (a list); a type with ? may be null.
struct Shape {
  std::string_view name;
  std::string_view about;
  std::string_view members;
};

/// All, those that others use last.
std::span<const Shape> shapes();
const Shape& shape(std::string_view name);

/// The name of the shape of an operation's answer.
std::string_view answer_of(OperationId id);

struct Member {
  std::string_view name;
  bool may_be_absent = false;
  std::string_view type;  ///< as written, without the last ?
  bool may_be_null = false;
  std::string_view remark;
};
std::vector<Member> members_of(const Shape& shape);

}  // namespace stream_status::api
