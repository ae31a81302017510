// Every server of this user: those of the project directories of a home, and those that only /proc shows, because their
// files are gone or lie in another home. For ps, stop --all and doctor; starts and ends nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/location.h"
#include "cli/survey.h"
#include "os/process_table.h"

namespace stream_status::cli {

struct FoundServer {
  enum class Place {
    kThisHome,
    kOtherHome,
    kFilesGone,     ///< it holds a server.lock that is not at its path any more: it serves nobody, and soon leaves
    kHoldsNothing,  ///< it holds no server.lock: it starts or ends just now; after a minute it does neither
  } place = Place::kThisHome;
  std::string path = {};                           ///< of its project directory; empty with kHoldsNothing
  std::string project_root = {};                   ///< as far as it is known
  ServerSurvey survey = {};                        ///< where the directory is there
  std::optional<Error> problem = {};               ///< why its directory could not be surveyed; then `survey` is empty
  std::optional<os::RunningProgram> process = {};  ///< that holds its server.lock; absent: not to be seen from here
  std::optional<project::KnownDirectory> known = {};  ///< open; where it is there

  /// Its process serves nobody who could find it.
  bool is_orphan() const;
  /// Somebody has the server.lock of its directory.
  bool is_held() const;
};

struct FoundServers {
  std::vector<FoundServer> servers;  ///< of this home, what is left of them (kLeftover) too; then orphans of this home
  std::vector<FoundServer> elsewhere;  ///< of other homes, orphans too
  bool start_goes_on = false;          ///< a start.lock of this home is held: a server may come that is not here yet
};
/// One project that can not be looked at has its `problem`, and the others are found all the same. Errors: as
/// project::list_project_directories.
Result<FoundServers> find_servers(const Call& call, const project::Home& home);

/// "pid 812", with what is known: "pid 812, stopped by a signal".
std::string describe(const os::RunningProgram& process);

}  // namespace stream_status::cli
