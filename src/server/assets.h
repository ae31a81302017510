// The built dashboard, held in the program itself. Defined in the build tree by web/embed.mjs; the server's routes
// look files up here and decide about headers. Immutable, so any thread may read.
#pragma once

#include <span>
#include <string_view>

namespace stream_status::server {

struct Asset {
  std::string_view path;          ///< "/index.html", "/assets/index-D3v9.js"
  std::string_view content_type;  ///< with its charset where it is text
  std::string_view etag;          ///< the whole header value; weak, because it stands for both encodings
  bool immutable;                 ///< the name changes with the content, so a browser may keep it for ever
  std::string_view gzip;          ///< the content for Accept-Encoding: gzip
  std::string_view identity;      ///< the content as it is
};

/// All files of the dashboard, ordered by path.
std::span<const Asset> assets();

/// The file at the path of a request, without query; "/" is the page itself. Null when there is none.
const Asset* find_asset(std::string_view path);

}  // namespace stream_status::server
