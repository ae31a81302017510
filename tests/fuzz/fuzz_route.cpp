// Addresses: percent-encoding, query parameters, and which operation a target names with which arguments.
#include "api/wire.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "fuzz/targets.h"
#include "server/http.h"

namespace stream_status::fuzz {

void fuzz_route(std::string_view input) {
  Choices choices(input);
  constexpr api::Method kMethods[] = {api::Method::kGet, api::Method::kPost, api::Method::kPatch};
  const api::Method method = kMethods[choices.next() % 3];
  const std::string_view target = choices.rest();

  const std::string encoded = api::percent_encode(target);
  const auto decoded = api::percent_decode(encoded);
  require(decoded.has_value() == is_utf8(target), "what is encoded can be decoded if it is text", encoded);
  if (decoded) require(*decoded == target, "encoding and decoding changes nothing", encoded);

  const std::size_t question = target.find('?');
  if (question != std::string_view::npos) {
    const std::string_view query = target.substr(question + 1);
    const std::string_view since = server::query_parameter(query, "since");
    require(since.empty() || query.find(since) != std::string_view::npos, "a parameter is a part of the query");
    require(server::query_parameter(query, "since=").empty(), "a name ends at the equals sign");
  }

  const auto match = api::match_route(method, target);
  if (!match) return require_sentence(match.error());
  if (!*match) return;
  if ((*match)->operation == nullptr) return require(!(*match)->allow.empty(), "a path that exists has a method");
  const api::Operation& operation = *(*match)->operation;
  require(operation.method == method, "an operation is reached by its method");
  if (method != api::Method::kGet) return;

  const api::HttpCall again = api::to_http(operation, (*match)->arguments);
  const auto second = api::match_route(method, again.target);
  require(second && *second && (*second)->operation == &operation, "a written address leads to the same operation",
          again.target);
  require((*second)->arguments == (*match)->arguments, "a written address has the same arguments", again.target);
}

}  // namespace stream_status::fuzz
