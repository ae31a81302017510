// A machine of a test's own, as far as stream-status sees one: a home, a user, git repositories with worktrees, and the
// real programs run in them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/process_table.h"
#include "support/program.h"
#include "support/temporary_directory.h"

namespace stream_status::testing {

/// What a command refused with: the error of its --json answer, and its exit code.
struct Refusal {
  int exit_code = -1;
  std::string code;
  std::string message;
  std::string hint;
};

class World {
 public:
  /// `programs`: the directory of stream-status and stream-statusd.
  explicit World(std::string programs);

  // ---- places
  const std::string& root() const { return root_.path(); }
  std::string home() const { return root() + "/home"; }
  std::string project() const { return root() + "/shop"; }  ///< a git repository, made with the world
  std::string projects() const { return home() + "/projects"; }
  std::string directory(const std::string& name = "shop") const { return projects() + "/" + name; }
  std::string file(const std::string& in_directory) const { return directory() + "/" + in_directory; }
  std::string backups() const { return home() + "/backups/shop"; }
  std::string program(const std::string& name = "stream-status") const { return programs_ + "/" + name; }

  /// A git repository with one commit.
  std::string make_repository(const std::string& name) const;
  /// `git worktree add`; returns its path.
  std::string add_worktree(const std::string& repository, const std::string& branch) const;
  /// The directory and files of `project`, with no server running.
  void prepare() const;
  /// Runs the programs of another directory from now on.
  void use_programs(std::string directory) { programs_ = std::move(directory); }
  /// Copies both programs where every user may run them, and runs those from now on.
  void use_copied_programs();
  /// Sets members of config.json.
  void configure(const json::object& members) const;

  // ---- programs
  os::Environment environment;  ///< of whatever is started; PATH, HOME, STREAM_STATUS_HOME
  Start start(std::vector<std::string> arguments, const std::string& directory = {}) const;
  Finished run(std::vector<std::string> arguments, const std::string& directory = {}) const;
  /// With --json; the answer's data. The test fails if the command does.
  json::object ask(std::vector<std::string> arguments, const std::string& directory = {}) const;
  /// With --json; the test fails if the command does not.
  Refusal refusal(std::vector<std::string> arguments, const std::string& directory = {}) const;
  /// Ids of all streams, sorted.
  std::vector<std::string> stream_ids(const std::string& directory = {}) const;

  // ---- the server
  std::optional<json::object> record(const std::string& name = "shop") const;
  /// Of the record, which must be there.
  pid_t server_pid(const std::string& name = "shop") const;
  std::string instance(const std::string& name = "shop") const;
  std::uint16_t port(const std::string& name = "shop") const;
  /// Starts the server if there is none, and watches its process.
  os::Fd watch_server() const;
  std::string log(const std::string& name = "shop") const;
  /// Lines of the log that contain `part`.
  std::vector<std::string> log_lines(const std::string& part, const std::string& name = "shop") const;
  /// Processes that hold the server.lock of the directory open for writing.
  std::vector<SeenProcess> lock_holders(const std::string& name = "shop") const;

 private:
  TemporaryDirectory root_;
  std::string programs_;
};

/// Names, modes and bytes of everything below `path`, to see that nothing was touched.
std::string picture_of(const std::string& path);

/// As a member of `object`; the test fails and it is empty, 0, when it is not there.
std::string text_at(const json::object& object, std::string_view key);
std::int64_t number_at(const json::object& object, std::string_view key);

}  // namespace stream_status::testing
