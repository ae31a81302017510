// The OpenAPI 3.1 description of the HTTP routes, made from the operations table.
#pragma once

#include <string>
#include <string_view>

namespace stream_status::api {

inline constexpr std::string_view kOpenApiPath = "/api/openapi.json";

/// JSON text. `version`: of this program.
std::string openapi_document(std::string_view version);

}  // namespace stream_status::api
