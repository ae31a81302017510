// What happens at a fault point: the plan is the file `faults` in STREAM_STATUS_HOME, one fault a line:
//   <point> <action>[=<milliseconds>] [<n>|always]
// The n-th time (1 unless told) that any process of this home reaches the point, counted in `faults.reached`, where
// each arrival is a line "<point> <pid>". Without a plan nothing happens. The file `clock` puts the wall clock forward
// (seconds).
#include "base/fault_point.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace stream_status {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view kMark =
    "fault point ";  // SS_FAULT_POINT writes it; a check looks for it in the real programs

std::string path_of(const char* name) {
  const char* home = std::getenv("STREAM_STATUS_HOME");
  return home != nullptr ? std::string(home) + "/" + name : std::string();
}

/// Notes the arrival; says how many there were, this one included. The lock makes numbers unique among processes and
/// threads, and goes with the process that dies here.
int arrive(const std::string& point) {
  const int file = ::open(path_of("faults.reached").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) std::abort();
  ::flock(file, LOCK_EX);
  const std::string line = point + " " + std::to_string(::getpid()) + "\n";
  if (::write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
  int arrivals = 0;
  std::ifstream all(path_of("faults.reached"));
  for (std::string each; std::getline(all, each);)
    if (each.starts_with(point + " ")) ++arrivals;
  ::close(file);
  return arrivals;
}

void sleep_for(milliseconds time, const std::function<void()>& show_progress) {
  if (!show_progress) {  // nor does it wake up: it does nothing at all
    ::usleep(static_cast<useconds_t>(time.count()) * 1000);
    return;
  }
  for (const auto end = Clock::now() + time; Clock::now() < end;) {
    ::usleep(100'000);
    show_progress();
  }
}

void spin_for(milliseconds time) {
  for (const auto end = Clock::now() + time; Clock::now() < end;) {
  }
}

void act(const std::string& action, milliseconds time, const std::function<void()>& show_progress) {
  if (action == "kill") ::kill(::getpid(), SIGKILL);
  if (action == "stop") ::kill(::getpid(), SIGSTOP);
  if (action == "exit") ::_exit(1);
  if (action == "sleep") return sleep_for(time, {});
  if (action == "sleep_with_progress") return sleep_for(time, show_progress);
  if (action == "busy") spin_for(time);
}

}  // namespace

void reach_fault_point(std::string_view marked, const std::function<void()>& show_progress) {
  std::ifstream plan(path_of("faults"));
  if (!plan) return;
  const std::string point(marked.substr(kMark.size()));
  const int arrival = arrive(point);
  for (std::string line; std::getline(plan, line);) {
    std::istringstream words(line);
    std::string at, action, time, which = "1";
    words >> at >> action >> which;
    if (at != point || (which != "always" && which != std::to_string(arrival))) continue;
    if (const std::size_t equals = action.find('='); equals != std::string::npos) {
      time = action.substr(equals + 1);
      action.resize(equals);
    }
    act(action, milliseconds{std::atoi(time.c_str())}, show_progress);
  }
}

}  // namespace stream_status

// The linker puts this in the place of std::chrono::system_clock::now (--wrap; see cmake/faults.cmake).
extern "C" {
std::chrono::system_clock::time_point __real__ZNSt6chrono3_V212system_clock3nowEv();
std::chrono::system_clock::time_point __wrap__ZNSt6chrono3_V212system_clock3nowEv() {
  long long forward = 0;
  std::ifstream(stream_status::path_of("clock")) >> forward;
  return __real__ZNSt6chrono3_V212system_clock3nowEv() + std::chrono::seconds{forward};
}
}
