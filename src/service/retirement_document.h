// The report of a retirement, filled from the store and from what the intent knows.
#pragma once

#include <string>

#include "base/json.h"
#include "domain/stream.h"
#include "store/store.h"

namespace stream_status::service {

/// ".project/history/20261122_auth-RETIRED.md" on 2026-11-22.
std::string report_path(const StreamId& id, std::string_view local_date);

/// Its text. `payload`: of the retirement's intent.
Result<std::string> render_document(store::Reader& reader, const domain::Stream& stream, const json::object& payload);

}  // namespace stream_status::service
