// Arguments of every operation as a caller may send them, through both doors: bound as MCP gets them, and again after a
// trip through our HTTP request and the server's routes.
#include "api/arguments.h"
#include "api/wire.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"

namespace stream_status::fuzz {
namespace {

json::object reversed(const json::object& object) {
  std::vector<std::pair<std::string, json::value>> members;
  for (const auto& [name, value] : object) members.emplace_back(name, value);
  json::object turned;
  for (auto member = members.rbegin(); member != members.rend(); ++member) turned[member->first] = member->second;
  return turned;
}

/// Does every member stand for an argument of its own? With "id" and "streamId" the last one counts.
bool is_unambiguous(const api::Operation& operation, const api::Arguments& bound, const json::object& object) {
  std::size_t taken = bound.ignored().size();
  for (const api::Argument& argument : operation.arguments)
    taken += (bound.has(argument.name) ? 1u : 0u) + (bound.is_null(argument.name) ? 1u : 0u);
  return taken == object.size();
}

void require_types(const api::Operation& operation, const api::Arguments& bound) {
  for (const api::Argument& argument : operation.arguments) {
    require(argument.presence == api::Presence::kOptional || bound.has(argument.name), "what is required is there");
    if (!bound.has(argument.name)) continue;
    switch (argument.type) {
      case api::ArgumentType::kInteger: {
        const auto number = bound.integer(argument.name);
        require(number && *number >= argument.minimum && *number <= argument.maximum, "a number is in its range");
        break;
      }
      case api::ArgumentType::kBoolean: require(bound.flag(argument.name).has_value(), "a flag is one"); break;
      case api::ArgumentType::kTimestamp: require(bound.time(argument.name).has_value(), "a time is one"); break;
      case api::ArgumentType::kTextList: {
        const auto list = bound.list(argument.name);
        require(list && static_cast<std::int64_t>(list->size()) <= argument.maximum, "a list is not too long");
        for (const std::string& item : *list) require(is_printable(item), "an item is one line of text", item);
        break;
      }
      case api::ArgumentType::kText:
      case api::ArgumentType::kLine: {
        const auto text = bound.text(argument.name);
        require(text && is_utf8(*text), "a text is UTF-8");
        require(argument.maximum == 0 || static_cast<std::int64_t>(count_characters(*text)) <= argument.maximum,
                "a text is not too long", *text);
        if (argument.type == api::ArgumentType::kLine) require(is_printable(*text), "a line is one line", *text);
        break;
      }
    }
  }
}

/// What the server gathers from the request that our client makes of these arguments.
void require_same_over_http(const api::Operation& operation, const json::object& object, const api::Arguments& bound) {
  const api::HttpCall call = api::to_http(operation, object);
  require(is_printable(call.target) && call.target.find(' ') == std::string::npos, "a target is one word", call.target);
  auto match = api::match_route(call.method, call.target);
  require(match.has_value() && match->has_value(), "the server knows the way", call.target);
  require((*match)->operation == &operation, "the way leads to the operation", call.target);
  json::object gathered = std::move((*match)->arguments);
  if (api::takes_body(operation.access)) {
    const auto body = parse_json_object(call.body);
    require(body.has_value(), "a body is a JSON object", call.body);
    for (const auto& [name, value] : *body)
      if (!gathered.contains(name)) gathered[name] = value;
  }
  const auto arrived = api::Arguments::bind(operation, gathered);
  require(arrived.has_value(), "what one door takes the other takes too",
          call.target + "\n" + call.body + "\n" + (arrived ? "" : arrived.error().message));
  require(arrived->canonical() == bound.canonical(), "both doors hear the same",
          bound.canonical() + "\n" + arrived->canonical());
}

}  // namespace

void fuzz_arguments(std::string_view input) {
  Choices choices(input);
  const auto rows = api::operations();
  const api::Operation& operation = rows[choices.next() % rows.size()];
  const auto object = parse_json_object(choices.rest());
  if (!object) return;

  const auto bound = api::Arguments::bind(operation, *object);
  if (!bound) {
    require(bound.error().code == ErrorCode::kInvalidArgument, "a wrong argument is an invalid one");
    return require_sentence(bound.error());
  }
  require_types(operation, *bound);
  if (!is_unambiguous(operation, *bound, *object)) return;
  const auto turned = api::Arguments::bind(operation, reversed(*object));
  require(turned && turned->canonical() == bound->canonical(), "the order of members means nothing",
          bound->canonical());

  // A query has no null, and no member that is not text.
  json::object sent;
  for (const auto& [name, value] : *object)
    if (!value.is_null()) sent[name] = value;
  const auto without_nulls = api::Arguments::bind(operation, sent);
  require(without_nulls.has_value(), "null means absent");
  if (without_nulls->ignored().empty()) require_same_over_http(operation, sent, *without_nulls);
}

}  // namespace stream_status::fuzz
