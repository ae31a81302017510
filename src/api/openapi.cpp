#include "api/openapi.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/answers.h"
#include "api/arguments.h"
#include "api/wire.h"
#include "base/json.h"

namespace stream_status::api {
namespace {

json::object reference(std::string_view kind, std::string_view name) {
  return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

// ---- schemas -----------------------------------------------------------------------------------------

json::object schema_of_type(std::string_view type) {
  if (type == "text") return {{"type", "string"}};
  if (type == "integer" || type == "boolean") return {{"type", type}};
  if (type == "time") return {{"type", "string"}, {"format", "date-time"}};
  if (type == "any") return {};
  if (type.starts_with('[')) return {{"type", "array"}, {"items", schema_of_type(type.substr(1, type.size() - 2))}};
  if (type.find('|') == std::string_view::npos) return reference("schemas", type);
  json::array choices;
  while (!type.empty()) {
    const std::string_view choice = type.substr(0, type.find('|'));
    choices.emplace_back(choice);
    type.remove_prefix(std::min(choice.size() + 1, type.size()));
  }
  return {{"type", "string"}, {"enum", std::move(choices)}};
}

json::object schema_of(const Member& member) {
  json::object schema = schema_of_type(member.type);
  if (member.may_be_null) {
    if (schema.contains("$ref"))
      schema = {{"anyOf", json::array{schema, {{"type", "null"}}}}};
    else
      schema["type"] = json::array{schema.at("type"), "null"};
  }
  if (!member.remark.empty()) schema["description"] = member.remark;
  return schema;
}

json::object schema_of(const Shape& shape) {
  json::object properties;
  json::array required;
  for (const Member& member : members_of(shape)) {
    properties[member.name] = schema_of(member);
    if (!member.may_be_absent) required.emplace_back(member.name);
  }
  return {{"type", "object"},
          {"description", shape.about},
          {"properties", std::move(properties)},
          {"required", std::move(required)}};
}

/// As tools see it, and with the limits on lengths, which would only cost an agent tokens.
json::object schema_of(const Argument& argument) {
  json::object schema = argument_schema(argument);
  switch (argument.type) {
    case ArgumentType::kText:
    case ArgumentType::kLine:
      if (!argument.choices.empty()) break;
      if (argument.minimum > 0) schema["minLength"] = argument.minimum;
      if (argument.maximum > 0) schema["maxLength"] = argument.maximum;
      break;
    case ArgumentType::kTextList:
      if (argument.minimum > 0) schema["minItems"] = argument.minimum;
      schema["maxItems"] = argument.maximum;
      break;
    case ArgumentType::kInteger: schema["maximum"] = argument.maximum; break;
    case ArgumentType::kTimestamp: schema["format"] = "date-time"; break;
    case ArgumentType::kBoolean: break;
  }
  return schema;
}

// ---- parts of a route ----------------------------------------------------------------------------------

bool takes(const Operation& operation, std::string_view name) {
  return std::any_of(operation.arguments.begin(), operation.arguments.end(),
                     [name](const Argument& argument) { return argument.name == name; });
}

bool is_in_path(std::string_view path, std::string_view name) {
  return path.find(fmt::format(":{}", name)) != std::string_view::npos;
}

/// "/api/streams/:streamId" → "/api/streams/{streamId}".
std::string template_of(std::string_view path) {
  std::string text;
  bool in_name = false;
  for (const char c : path) {
    if (in_name && c == '/') {
      text += '}';
      in_name = false;
    }
    text += c == ':' ? '{' : c;
    in_name |= c == ':';
  }
  return in_name ? text + "}" : text;
}

json::object content(std::string_view type, json::object schema) { return {{type, {{"schema", std::move(schema)}}}}; }

json::object answer(std::string_view description, std::string_view shape) {
  return {{"description", description}, {"content", content("application/json", reference("schemas", shape))}};
}

json::object header(std::string_view name, std::string_view description, json::object schema) {
  return {{"name", name},
          {"in", "header"},
          {"required", false},
          {"description", description},
          {"schema", std::move(schema)}};
}

json::array parameters_of(const Operation& operation, std::string_view path) {
  json::array parameters;
  for (const Argument& argument : operation.arguments) {
    if (argument.shown == Shown::kOnlyInTools) continue;
    const bool in_path = is_in_path(path, argument.name);
    // get_stream without an id has a path of its own.
    const bool belongs_to_other_path = !in_path && is_in_path(operation.path, argument.name);
    if (belongs_to_other_path || (!in_path && takes_body(operation.access))) continue;
    json::object parameter{{"name", argument.name},
                           {"in", in_path ? "path" : "query"},
                           {"required", in_path || argument.presence == Presence::kRequired},
                           {"description", argument.description},
                           {"schema", schema_of(argument)}};
    if (argument.type == ArgumentType::kTextList) parameter["explode"] = false;
    parameters.push_back(std::move(parameter));
  }
  if (takes(operation, "requestId")) parameters.push_back(reference("parameters", "IdempotencyKey"));
  if (takes(operation, "expectedRevision")) parameters.push_back(reference("parameters", "IfMatch"));
  if (takes_body(operation.access)) parameters.push_back(reference("parameters", "Agent"));
  if (operation.id == OperationId::kResume || operation.id == OperationId::kAddStream)
    parameters.push_back(reference("parameters", "Worktree"));
  return parameters;
}

json::object body_of(const Operation& operation) {
  json::object properties;
  json::array required;
  for (const Argument& argument : operation.arguments) {
    if (is_in_path(operation.path, argument.name)) continue;
    properties[argument.name] = schema_of(argument);
    if (argument.presence == Presence::kRequired) required.emplace_back(argument.name);
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
  const bool is_required = !required.empty();
  if (is_required) schema["required"] = std::move(required);
  return {{"required", is_required}, {"content", content("application/json", std::move(schema))}};
}

json::object responses_of(const Operation& operation, std::string_view path) {
  json::object responses;
  responses[std::to_string(operation.success_status)] = answer(operation.title, answer_of(operation.id));
  if (operation.id == OperationId::kAddCommit)
    responses["200"] = answer("It was recorded before; nothing changed", answer_of(operation.id));
  if (!operation.arguments.empty()) responses["400"] = reference("responses", "Invalid");
  const bool names_a_stream = takes(operation, "streamId") && operation.id != OperationId::kAddStream;
  if (names_a_stream || is_in_path(path, "streamId")) responses["404"] = reference("responses", "NotFound");
  if (takes_body(operation.access)) responses["409"] = reference("responses", "Conflict");
  responses["default"] = reference("responses", "Failed");
  return responses;
}

json::object route_of(const Operation& operation, std::string_view path) {
  const bool without_id = path == operation.path_without_id;
  json::object route{{"operationId", fmt::format("{}{}", operation.name, without_id ? "_of_worktree" : "")},
                     {"summary", operation.title},
                     {"description", operation.description}};
  if (json::array parameters = parameters_of(operation, path); !parameters.empty())
    route["parameters"] = std::move(parameters);
  if (takes_body(operation.access)) route["requestBody"] = body_of(operation);
  route["responses"] = responses_of(operation, path);
  return route;
}

// ---- routes that are no operations ------------------------------------------------------------------------

/// The data as a whole. What names a file of this machine is for the unix socket.
void add_data_routes(json::object& routes) {
  const json::object failed = reference("responses", "Failed");
  const auto post = [&](std::string_view id, std::string_view summary, std::string_view description,
                        json::object properties, json::array required, std::string_view shape) {
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return json::object{
        {"post",
         {{"operationId", id},
          {"summary", summary},
          {"description", fmt::format("{} On the unix socket only.", description)},
          {"requestBody", {{"required", true}, {"content", content("application/json", std::move(schema))}}},
          {"responses",
           {{"200", answer(summary, shape)},
            {"400", reference("responses", "Invalid")},
            {"404", reference("responses", "NotFound")},
            {"409", reference("responses", "Conflict")},
            {"default", failed}}}}}};
  };
  const auto file = [](std::string_view description) {
    return json::object{{"type", "string"}, {"description", description}};
  };
  routes[kBackupPath] =
      post("backup", "Take a checked copy of the database", "Without a file: into the backups directory.",
           {{"file", file("absolute path; nothing may be there")}}, {}, "BackupTaken");
  routes[kExportPath] = post("export", "Write everything as JSON lines", "From one state of the project.",
                             {{"file", file("absolute path; nothing may be there")}}, {"file"}, "Exported");
  routes[kRestorePath] =
      post("restore", "Go back to a backup",
           "Checked now, and carried out by the next server, which is to be started; this one leaves.",
           {{"file", file("\"latest\", a name in the backups directory, or an absolute path")}}, {"file"}, "Accepted");
  routes[kImportPath] =
      post("import", "Read an export", "As restore. Without replace only into a project without streams.",
           {{"file", file("absolute path")}, {"replace", {{"type", "boolean"}}}}, {"file"}, "Accepted");
  routes[kIntegrityPath] = {{"get",
                             {{"operationId", "integrity"},
                              {"summary", "Read and check the whole database"},
                              {"responses", {{"200", answer("The verdict", "Integrity")}, {"default", failed}}}}}};
}

json::object own_routes() {
  const json::object failed = reference("responses", "Failed");
  json::object routes;
  routes[kHealthPath] = {{"get",
                          {{"operationId", "health"},
                           {"summary", "Is it there?"},
                           {"description", "Answers at once, whatever the server does."},
                           {"responses", {{"200", answer("It is", "Health")}, {"default", failed}}}}}};
  routes[kEventsPath] = {
      {"get",
       {{"operationId", "events"},
        {"summary", "Changes as they happen"},
        {"description",
         "Server-sent events. `streams` and `commits` carry the change and, as id, its revision; `connected`, "
         "`heartbeat`, `stats` and `reset` are without id."},
        {"parameters", json::array{json::object{{"name", "since"},
                                                {"in", "query"},
                                                {"required", false},
                                                {"description", "resume after this revision"},
                                                {"schema", {{"type", "integer"}, {"minimum", 0}}}},
                                   header("Last-Event-ID", "the same, as browsers send it", {{"type", "string"}})}},
        {"responses",
         {{"200",
           {{"description", "The stream of events"}, {"content", content("text/event-stream", {{"type", "string"}})}}},
          {"default", failed}}}}}};
  const auto post = [&failed](std::string_view id, std::string_view summary, std::string_view description,
                              json::object body, json::object response) {
    return json::object{
        {"post",
         {{"operationId", id},
          {"summary", summary},
          {"description", description},
          {"requestBody", {{"required", true}, {"content", content("application/json", std::move(body))}}},
          {"responses",
           {{"200", {{"description", summary}, {"content", content("application/json", std::move(response))}}},
            {"409", reference("responses", "Conflict")},
            {"default", failed}}}}}};
  };
  routes[kStopPath] =
      post("stop_server", "Stop the server", "Answers, finishes the calls in flight, and leaves.",
           {{"type", "object"},
            {"properties", {{"instanceId", {{"type", "string"}, {"description", "the one that is meant"}}}}},
            {"required", json::array{"instanceId"}}},
           {{"type", "object"},
            {"properties", {{"success", {{"type", "boolean"}}}, {"instanceId", {{"type", "string"}}}}},
            {"required", json::array{"success", "instanceId"}}});
  routes[kLoginLinkPath] = post("new_login", "A link that signs a browser in",
                                "Once, within 10 minutes; on the unix socket only.", {{"type", "object"}},
                                {{"type", "object"},
                                 {"properties", {{"url", {{"type", json::array{"string", "null"}}}}}},
                                 {"required", json::array{"url"}}});
  add_data_routes(routes);
  routes[kOpenApiPath] = {
      {"get",
       {{"operationId", "openapi"},
        {"summary", "This document"},
        {"responses",
         {{"200", {{"description", "OpenAPI 3.1"}, {"content", content("application/json", {{"type", "object"}})}}},
          {"default", failed}}}}}};
  return routes;
}

json::object components() {
  json::object schemas;
  for (const Shape& each : shapes()) schemas[each.name] = schema_of(each);
  const json::object parameters{
      {"IdempotencyKey", header("Idempotency-Key", "the same as requestId: makes a retry safe",
                                {{"type", "string"}, {"minLength", 1}, {"maxLength", 128}})},
      {"IfMatch", header("If-Match", "the same as expectedRevision", {{"type", "string"}})},
      {"Agent", header(kAgentHeader, "who calls; percent-encoded", {{"type", "string"}})},
      {"Worktree", header(kWorktreeHeader, "where the caller works; percent-encoded", {{"type", "string"}})}};
  const json::object responses{{"Invalid", answer("An argument does not fit", "Error")},
                               {"NotFound", answer("There is no such stream", "Error")},
                               {"Conflict", answer("Not as the project is now", "Error")},
                               {"Failed", answer("Refused or failed", "Error")}};
  return {{"schemas", std::move(schemas)}, {"parameters", parameters}, {"responses", responses}};
}

/// get_stream without an id is called at the path of an operation of its own.
bool is_another_ones(const Operation& operation, std::string_view path) {
  if (path != operation.path_without_id) return false;
  const auto rows = operations();
  return std::any_of(rows.begin(), rows.end(), [path](const Operation& row) { return row.path == path; });
}

}  // namespace

std::string openapi_document(std::string_view version) {
  json::object paths;
  for (const Operation& operation : operations())
    for (const std::string_view path : {operation.path, operation.path_without_id}) {
      if (path.empty() || is_another_ones(operation, path)) continue;
      json::value& route = paths[template_of(path)];
      if (route.is_null()) route = json::object();
      std::string method(name_of(operation.method));
      std::transform(method.begin(), method.end(), method.begin(),
                     [](char c) { return static_cast<char>(c - 'A' + 'a'); });
      route.as_object()[method] = route_of(operation, path);
    }
  for (auto& [path, route] : own_routes()) paths[path] = std::move(route);
  const json::object document{
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "stream-status"},
        {"version", version},
        {"summary", "One board for many coding agents on one project"},
        {"description",
         "On 127.0.0.1 and on the unix socket of the project, with the same routes. Errors are {error, details, "
         "code}."}}},
      {"servers", json::array{json::object{{"url", "/"}, {"description", "the server that gave this document"}}}},
      {"paths", std::move(paths)},
      {"components", components()}};
  return json::serialize(document);
}

}  // namespace stream_status::api
