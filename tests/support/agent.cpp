#include "support/agent.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace stream_status::testing {
namespace {

json::object member_object(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->get_object() : json::object{};
}

ToolAnswer answer_of(const json::object& message) {
  const json::object result = member_object(message, "result");
  ToolAnswer answer{
      .is_error = !message.contains("result"), .data = member_object(result, "structuredContent"), .text = {}};
  if (const json::value* failed = result.if_contains("isError"); failed != nullptr && failed->is_bool())
    answer.is_error = failed->get_bool();
  const json::value* content = result.if_contains("content");
  if (content != nullptr && content->is_array() && !content->get_array().empty())
    answer.text = find_string(content->get_array()[0].as_object(), "text").value_or("");
  if (!message.contains("result")) answer.text = json::serialize(message);
  return answer;
}

}  // namespace

Agent::Agent(const Start& start) : program_(start) { ::fcntl(program_.output().get(), F_SETFL, O_NONBLOCK); }

Agent::Agent(const World& world, const std::string& directory) : Agent(world.start({"mcp"}, directory)) {}

int Agent::initialize() {
  const json::object request{{"jsonrpc", "2.0"},
                             {"id", ++last_id_},
                             {"method", "initialize"},
                             {"params",
                              {{"protocolVersion", "2025-06-18"},
                               {"capabilities", json::object{}},
                               {"clientInfo", {{"name", "test"}, {"version", "1"}}}}}};
  const json::object initialized{{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}};
  EXPECT_TRUE(program_.write(json::serialize(request) + "\n" + json::serialize(initialized) + "\n"));
  return last_id_;
}

int Agent::send(std::string_view tool, const json::object& arguments) {
  const json::object request{{"jsonrpc", "2.0"},
                             {"id", ++last_id_},
                             {"method", "tools/call"},
                             {"params", {{"name", tool}, {"arguments", arguments}}}};
  EXPECT_TRUE(program_.write(json::serialize(request) + "\n")) << "the agent's program is gone";
  return last_id_;
}

bool Agent::read() {
  bool open = true;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = ::read(program_.output().get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) {
      open = size < 0 && errno == EAGAIN;
      break;
    }
    unread_.append(buffer.data(), static_cast<std::size_t>(size));
  }
  std::size_t begin = 0;
  for (std::size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n', begin)) {
    const auto message = parse_json_object(std::string_view(unread_).substr(begin, end - begin));
    begin = end + 1;
    EXPECT_TRUE(message) << "not a message: " << unread_;
    if (!message) continue;
    if (const auto id = find_integer(*message, "id")) answers_.emplace(static_cast<int>(*id), answer_of(*message));
  }
  unread_.erase(0, begin);
  return open;
}

ToolAnswer Agent::take(int id) {
  const auto found = answers_.find(id);
  if (found == answers_.end()) {
    ADD_FAILURE() << "no answer to request " << id;
    return {.is_error = true, .data = {}, .text = "no answer"};
  }
  ToolAnswer answer = std::move(found->second);
  answers_.erase(found);
  return answer;
}

bool Agent::wait_for(int id, const Deadline& deadline) {
  while (!has_answer(id)) {
    if (!wait_readable(program_.output().get(), deadline)) return false;
    if (!read()) return has_answer(id);
  }
  return true;
}

ToolAnswer Agent::call(std::string_view tool, const json::object& arguments) {
  const int id = send(tool, arguments);
  wait_for(id);
  return take(id);
}

json::object Agent::get(std::string_view tool, const json::object& arguments) {
  ToolAnswer answer = call(tool, arguments);
  EXPECT_FALSE(answer.is_error) << tool << ": " << answer.text;
  return std::move(answer.data);
}

bool listen_until(const Agents& agents, const std::function<bool()>& step, const Deadline& deadline,
                  milliseconds longest) {
  std::vector<pollfd> entries;
  for (const auto& agent : agents) entries.push_back({agent->program().output().get(), POLLIN, 0});
  while (!step()) {
    if (deadline.over()) return false;
    const milliseconds wait = std::min(deadline.left(), longest);
    if (::poll(entries.data(), entries.size(), static_cast<int>(wait.count())) == 0) continue;
    for (std::size_t i = 0; i < agents.size(); ++i)
      if (entries[i].revents != 0 && !agents[i]->read()) return step();
  }
  return true;
}

}  // namespace stream_status::testing
