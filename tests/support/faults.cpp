#include "support/faults.h"

#include <sys/stat.h>

#include <filesystem>
#include <sstream>

namespace stream_status::testing {

Faults::Faults(World& world, const std::string& programs) : home_(world.home()) {
  world.use_programs(programs);
  ::mkdir(home_.c_str(), 0700);
}

/// By rename: programs read it at any moment.
void Faults::write(const std::string& name, const std::string& text) const {
  write_text(home_ + "/" + name + ".new", text);
  std::filesystem::rename(home_ + "/" + name + ".new", home_ + "/" + name);
}

void Faults::plan(const std::string& lines) const { write("faults", lines + "\n"); }

void Faults::put_clock_forward(seconds by) const { write("clock", std::to_string(by.count())); }

void Faults::forget() const { std::filesystem::remove(home_ + "/faults.reached"); }

std::vector<pid_t> Faults::reached(std::string_view point) const {
  std::vector<pid_t> pids;
  std::istringstream text(text_of_file(home_ + "/faults.reached"));
  std::string name;
  for (pid_t pid = 0; text >> name >> pid;)
    if (name == point) pids.push_back(pid);
  return pids;
}

bool Faults::wait_reached(std::string_view point, std::size_t times, const Deadline& deadline) const {
  return eventually(
      home_, [&] { return reached(point).size() >= times; }, deadline);
}

bool Faults::wait_stopped(pid_t pid, const Deadline& deadline) {
  return eventually(
      "/", [pid] { return status_of(pid, "State").starts_with("T"); }, deadline);
}

}  // namespace stream_status::testing
