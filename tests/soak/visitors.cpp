#include "soak/visitors.h"

#include <fmt/format.h>

namespace stream_status::testing {
namespace {

constexpr std::size_t kListeners = 5;
constexpr milliseconds kPace{250};

}  // namespace

Visitors::Visitors(const World& world, std::vector<std::string> stream_ids)
    : world_(world), stream_ids_(std::move(stream_ids)), port_(world.port()) {
  for (const char* branch : {"soak-a", "soak-b", "soak-c"})
    worktrees_.push_back(world_.add_worktree(world_.project(), branch));
  thread_ = std::thread([this] { run(); });
}

void Visitors::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Visitors::note(const std::string& what) {
  if (++errors_ <= 10) std::printf("    visitor: %s\n", what.c_str());
}

void Visitors::run() {
  for (int round = 0; !stopping_; ++round) {
    const Deadline next(kPace);
    look_at_pages(round);
    listen(round);
    if (round % 4 == 1) run_a_command(round / 4);
    if (round % 8 == 3) commit(round / 8);
    if (round % 40 == 7) change_worktrees(round / 40);
    // Listeners are read while the round lasts.
    while (!next.over() && !stopping_)
      wait_readable(listeners_.back()->descriptor(), next) && listeners_.back()->read();
  }
}

void Visitors::look_at_pages(int round) {
  if (!dashboard_ || round % 20 == 0) dashboard_ = std::make_unique<HttpConnection>(HttpConnection::to_port(port_));
  const std::string& id = stream_ids_[static_cast<std::size_t>(round) % stream_ids_.size()];
  for (const std::string& target :
       {std::string("/"), std::string("/api/streams"), std::string("/api/stats"), "/api/streams/" + id,
        "/api/streams/" + id + "/history?limit=20", std::string("/api/commits?limit=20")}) {
    const HttpAnswer answer = dashboard_->get(target);
    ++pages_;
    if (answer.status != 200) note(fmt::format("GET {}: status {}", target, answer.status));
    if (answer.status == 0) dashboard_.reset();
    if (!dashboard_) return;
  }
}

void Visitors::run_a_command(int round) {
  const std::string& id = stream_ids_[static_cast<std::size_t>(round) % stream_ids_.size()];
  const std::vector<std::vector<std::string>> commands = {{"list"}, {"show", id}, {"stats"}, {"status"}, {"conflicts"}};
  const auto& command = commands[static_cast<std::size_t>(round) % commands.size()];
  const Finished finished = world_.run(command);
  ++command_lines_;
  if (finished.exit_code != 0)
    note(fmt::format("{}: exit code {}: {}", command.front(), finished.exit_code, finished.err));
}

void Visitors::commit(int round) {
  const std::string& worktree = worktrees_[static_cast<std::size_t>(round) % worktrees_.size()];
  const Finished finished =
      run_to_end({{"/usr/bin/git", "-C", worktree, "-c", "user.name=Test", "-c", "user.email=test@example.org",
                   "commit", "-q", "--allow-empty", "-m", fmt::format("Commit {}", round)},
                  world_.environment});
  ++commits_;
  if (finished.exit_code != 0) note("git commit: " + finished.err);
}

void Visitors::change_worktrees(int round) {
  if (passing_worktree_.empty()) {
    passing_worktree_ = world_.add_worktree(world_.project(), fmt::format("passing-{}", round));
    return;
  }
  const Finished finished =
      run_to_end({{"/usr/bin/git", "-C", world_.project(), "worktree", "remove", "--force", passing_worktree_},
                  world_.environment});
  if (finished.exit_code != 0) note("git worktree remove: " + finished.err);
  passing_worktree_.clear();
}

void Visitors::listen(int round) {
  if (listeners_.size() == kListeners && round % 12 == 0) listeners_.erase(listeners_.begin());
  while (listeners_.size() < kListeners)
    listeners_.push_back(
        std::make_unique<EventStream>(connect_to_port(port_), fmt::format("127.0.0.1:{}", port_), "/api/events"));
  for (auto& listener : listeners_) {
    if (!listener->read()) note("an event stream ended");
    events_ += static_cast<std::int64_t>(listener->events().size());
    listener->events().clear();
  }
}

}  // namespace stream_status::testing
