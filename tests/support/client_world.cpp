#include "support/client_world.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "os/process.h"
#include "os/socket.h"
#include "os/stdio.h"
#include "os/stream_io.h"

namespace stream_status::testing {
namespace {

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  ADD_FAILURE() << result.error().message;
  throw std::runtime_error(result.error().message);
}

/// One whole request at the front of `in`, taken from it.
std::optional<Request> take_request(std::string& in) {
  const std::size_t end = in.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  Request request;
  request.head = in.substr(0, end + 2);
  std::size_t length = 0;
  if (const std::size_t at = request.head.find("Content-Length: "); at != std::string::npos)
    length = std::stoul(request.head.substr(at + 16));
  if (in.size() < end + 4 + length) return std::nullopt;
  request.body = in.substr(end + 4, length);
  in.erase(0, end + 4 + length);
  const std::size_t first = request.head.find(' ');
  request.method = request.head.substr(0, first);
  request.target = request.head.substr(first + 1, request.head.find(' ', first + 1) - first - 1);
  return request;
}

}  // namespace

FakeServer::FakeServer(const project::ProjectDirectory& directory, const project::Project& project,
                       std::string instance, Record write)
    : directory_(directory) {
  lock_ = must(os::FileLock::try_acquire(directory.fd, project::kServerLockName));
  EXPECT_TRUE(lock_) << "two servers at once";
  listener_ = must(os::listen_unix(directory.fd, project::kSocketName, 256));
  record.pid = os::this_process().pid;
  record.project_root = project.root;
  record.project_name = project.name;
  record.started_at = "2026-11-22T14:00:00.000Z";
  record.socket = directory.path + "/api.sock";
  record.instance_id = instance;
  record.server_version = "1.0.0";
  record.protocol = 1;
  health = {{"status", "ok"},
            {"projectName", project.name},
            {"projectRoot", project.root},
            {"instanceId", instance},
            {"version", "1.0.0"},
            {"protocol", 1},
            {"pid", record.pid},
            {"revision", 7}};
  if (write == Record::kWritten) write_record();
}

FakeServer::~FakeServer() { die(); }

void FakeServer::write_record() const {
  const auto saved = project::save_record(directory_.fd, record);
  EXPECT_TRUE(saved) << (saved ? "" : saved.error().message);
}

void FakeServer::write_lock_text(const std::string& text) const { EXPECT_TRUE(lock_->write_text(text)); }

void FakeServer::die() {
  connections_.clear();
  listener_.reset();
  lock_.reset();
}

void FakeServer::stop() {
  EXPECT_TRUE(os::remove_file(directory_.fd, project::kRecordName));
  EXPECT_TRUE(os::remove_file(directory_.fd, project::kSocketName));
  die();
}

bool FakeServer::step() {
  bool moved = false;
  while (listener_) {
    os::Fd accepted{::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!accepted) break;
    connections_.push_back(std::make_unique<Connection>());
    connections_.back()->socket = std::move(accepted);
    moved = true;
  }
  for (const auto& connection : connections_) moved = read_from(*connection) || moved;
  std::erase_if(connections_, [](const auto& connection) { return connection->closing && connection->out.empty(); });
  return moved;
}

bool FakeServer::read_from(Connection& connection) {
  bool moved = false;
  char buffer[65536];
  while (!connection.closing) {
    const os::Transfer got = os::read_some(connection.socket.get(), buffer);
    connection.in.append(buffer, got.bytes);
    if (got.state == os::StreamState::kEnded) connection.closing = true;
    moved = moved || got.bytes > 0 || connection.closing;
    if (got.bytes == 0) break;
  }
  while (auto request = take_request(connection.in)) handle(connection, std::move(*request));
  while (!connection.out.empty()) {
    const os::Transfer went = os::send_some(connection.socket, connection.out);
    if (went.state == os::StreamState::kEnded) connection.out.clear();
    if (went.bytes == 0) break;
    connection.out.erase(0, went.bytes);
    moved = true;
  }
  return moved;
}

void FakeServer::handle(Connection& connection, Request request) {
  Reply reply;
  if (request.target == "/api/health") {
    ++handshakes;
    last_health_head = request.head;
    reply = health_reply ? *health_reply : Reply{Reply::Kind::kAnswer, 200, json::serialize(health)};
  } else {
    requests.push_back(request);
    reply = answer ? answer(request) : Reply{Reply::Kind::kAnswer, 200, "{}"};
  }
  switch (reply.kind) {
    case Reply::Kind::kAnswer:
      connection.out += fmt::format("HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                    reply.status, reply.text.size(), reply.text);
      break;
    case Reply::Kind::kBytes: connection.out += reply.text; break;
    case Reply::Kind::kSilence: break;
    case Reply::Kind::kClose: connection.closing = true; break;
  }
  connection.closing = connection.closing || reply.then_close;
}

void FakeServer::add_wait(std::vector<os::PollEntry>& entries) const {
  if (listener_) entries.push_back({.fd = listener_.get(), .want_read = true});
  for (const auto& connection : connections_)
    entries.push_back({.fd = connection->socket.get(), .want_read = true, .want_write = !connection->out.empty()});
}

ClientWorld::ClientWorld()
    : log(
          LogLevel::kDebug, [] { return WallTime{}; }, [this](std::string_view line) { lines.emplace_back(line); }) {
  home = must(project::locate_home({.flag = temporary / "home", .environment = nullptr}));
  std::filesystem::create_directories(temporary / "board");
  const os::Environment none;
  project = must(project::find_project({.flag = temporary / "board", .environment = &none, .current_directory = "/"}));
  directory = must(project::open_project_directory(home, project));
}

FakeServer& ClientWorld::start_server(const std::string& instance, FakeServer::Record record) {
  servers.push_back(std::make_unique<FakeServer>(directory, project, instance, record));
  return *servers.back();
}

client::Settings ClientWorld::settings(client::StartPolicy start) const {
  client::Settings settings;
  settings.home = home;
  settings.project = project;
  settings.agent.name = "tester";
  settings.server_program = temporary / "stream-statusd";
  settings.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", temporary.path()}, {"SECRET_API_KEY", "no"}};
  settings.start = start;
  return settings;
}

std::string ClientWorld::program(const std::string& script) {
  const std::string path = temporary / "stream-statusd";
  write_text(path, fmt::format("#!/bin/sh\necho \"$@\" >> {}\n{}\n", temporary / "starts", script));
  ::chmod(path.c_str(), 0700);
  return path;
}

int ClientWorld::starts() const {
  const std::string text = text_of_file(temporary / "starts");
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

bool ClientWorld::logged(const std::string& part) const {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

}  // namespace stream_status::testing
