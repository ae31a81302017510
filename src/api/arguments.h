// Binding: from what a caller sent to arguments that fit an operation's row, by one set of rules for
// every door. Names what was wrong, what is allowed and what to send instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/operation.h"
#include "base/json.h"
#include "base/time.h"

namespace stream_status::api {

/// Valid by construction: required arguments are there, each has its type and range.
class Arguments {
 public:
  /// Rules: aliases count as the name; null means absent; numbers as text are taken when lossless
  /// ("40" but not "50%"), whole doubles as integers, "true", "1" and 1 as yes, one text as a list of one, a
  /// comma-separated text or a JSON array as text as a list; names the operation does not know are left out and listed
  /// in `ignored`. Error: kInvalidArgument for the first argument that does not fit.
  static Result<Arguments> bind(const Operation& operation, const json::object& input);

  /// Was it given (and not null)? An explicit null is `is_null`.
  bool has(std::string_view name) const { return values_.contains(name); }
  bool is_null(std::string_view name) const;

  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<std::vector<std::string>> list(std::string_view name) const;
  std::optional<bool> flag(std::string_view name) const;
  std::optional<WallTime> time(std::string_view name) const;

  const std::vector<std::string>& ignored() const { return ignored_; }
  /// Canonical text of all arguments but requestId: two calls with the same text ask the same.
  std::string canonical() const;

 private:
  json::object values_;
  std::vector<std::string> nulls_;
  std::vector<std::string> ignored_;
};

/// JSON Schema of one argument: type, range or choices, description.
json::object argument_schema(const Argument& argument);

/// JSON Schema (draft 2020-12 subset: type object, string enums, no $ref) of what the operation takes.
json::object input_schema(const Operation& operation);

}  // namespace stream_status::api
