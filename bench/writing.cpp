// The writers' requests, and the proof that nothing acknowledged is missing.
#include "writing.h"

#include <chrono>
#include <cstdlib>
#include <random>

#include <fmt/format.h>

namespace bench {
namespace {

std::int64_t count_progress_events(std::string_view page) {
  constexpr std::string_view event = "\"type\":\"progress_updated\"";
  std::int64_t count = 0;
  for (std::size_t at = page.find(event); at != std::string_view::npos; at = page.find(event, at + 1)) ++count;
  return count;
}

std::int64_t count_history(HttpConnection& connection, const std::string& stream) {
  const std::string target = fmt::format("/api/streams/{}/history?limit=200", stream);
  std::int64_t count = 0;
  for (std::string page = target; !page.empty();) {
    const std::string_view answer = connection.get(page);
    count += count_progress_events(answer);
    const auto cursor = find_member(answer, "nextCursor");
    page = cursor && *cursor != "null" ? fmt::format("{}&cursor={}", target, *cursor) : "";
  }
  return count;
}

}  // namespace

std::string make_request_id() {
  static std::mt19937_64 random{std::random_device{}()};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  const std::uint64_t high = random();
  const std::uint64_t low = random();
  return fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", ms >> 16U, ms & 0xffffU, high & 0xfffU,
                     0x8000U | (low >> 50U), low & 0xffff'ffff'ffffU);
}

WrittenStreams::WrittenStreams(const Server& server, std::size_t count) : server_(server) {
  HttpConnection connection(server.over_socket());
  for (std::size_t i = 0; i < count; ++i) {
    auto& stream = streams_.emplace_back();
    stream.id = fmt::format("writer-{}", i);
    connection.send("POST", "/api/streams", fmt::format(R"({{"title":"Writer {}","streamId":"{}"}})", i, stream.id));
  }
}

LoadResult WrittenStreams::load(std::span<const Lane> lanes, Framing framing, const NextRequest& next,
                                Seconds duration) {
  LoadResult result = run_load(lanes, framing, next, duration);
  for (std::size_t i = 0; i < lanes.size(); ++i) streams_[i].acknowledged += result.answers[i];
  return result;
}

LoadResult WrittenStreams::load_socket(std::size_t lanes, Seconds duration) {
  const Endpoint endpoint = server_.over_socket();
  const Connections connections(endpoint, lanes);
  const auto next = [&](std::size_t lane) -> std::string_view {
    Stream& stream = streams_[lane];
    stream.request = endpoint.request(
        "PATCH", "/api/streams/" + stream.id,
        fmt::format(R"({{"progress":{},"requestId":"{}"}})", stream.next_progress(), make_request_id()));
    return stream.request;
  };
  return load(connections.lanes(), Framing::kHttp, next, duration);
}

LoadResult WrittenStreams::load_agents(const std::vector<std::unique_ptr<Agent>>& agents, Seconds duration) {
  std::vector<Lane> lanes;
  lanes.reserve(agents.size());
  for (const auto& agent : agents) lanes.push_back({agent->child().in(), agent->child().out()});
  int id = 1000;
  const auto next = [&](std::size_t lane) -> std::string_view {
    Stream& stream = streams_[lane];
    stream.request =
        call_request(++id, "update_stream",
                     fmt::format(R"({{"streamId":"{}","progress":{}}})", stream.id, stream.next_progress())) +
        "\n";
    return stream.request;
  };
  return load(lanes, Framing::kLine, next, duration);
}

std::int64_t WrittenStreams::count_lost() const {
  HttpConnection connection(server_.over_socket());
  std::int64_t lost = 0;
  for (const auto& stream : streams_) lost += std::abs(stream.acknowledged - count_history(connection, stream.id));
  return lost;
}

std::int64_t WrittenStreams::acknowledged() const {
  std::int64_t sum = 0;
  for (const auto& stream : streams_) sum += stream.acknowledged;
  return sum;
}

std::vector<std::unique_ptr<Agent>> start_agents(const Project& project, std::size_t count) {
  std::vector<std::unique_ptr<Agent>> agents;
  for (std::size_t i = 0; i < count; ++i) {
    auto& agent = agents.emplace_back(std::make_unique<Agent>(project));
    agent->initialize();
    agent->call("get_stream_stats", "{}");
  }
  return agents;
}

}  // namespace bench
