// Running other programs to their end: git, the summary command. Several at once from one thread.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/process.h"

namespace stream_status::os {

/// One program to run. It gets a process group of its own, the default signals, descriptors 0–2 and nothing else, and a
/// SIGKILL when the thread that started it ends.
struct ProgramCall {
  std::string program;  ///< absolute path (find_program)
  std::vector<std::string> arguments = {};
  Environment environment = {};
  std::string directory = "/";
  std::string input = {};                        ///< its whole standard input
  milliseconds deadline{30'000};                 ///< then its process group is killed
  std::uint32_t file_mask = 077;                 ///< umask
  std::size_t output_limit = 256u << 20;         ///< bytes of standard output; beyond it is killed
  const std::atomic<bool>* cancelled = nullptr;  ///< looked at ten times a second; true: it is killed
};

enum class Ending { kExited, kKilled, kTimedOut, kCancelled, kTooMuchOutput };

struct ProgramResult {
  Ending ending = Ending::kExited;
  int exit_code = 0;         ///< kExited
  int signal = 0;            ///< kKilled: by somebody else
  std::string output;        ///< standard output, as far as it came
  std::string error_output;  ///< standard error, the first 64 KiB
};

/// The program's absolute path, looked for in PATH of `environment`. kNotFound when there is none.
Result<std::string> find_program(const std::string& name, const Environment& environment);

/// Runs it to its end. A program that ends while a child of its own keeps the pipes open is over: what is left of
/// its group is killed. Errors: as errno_error, only when it could not be started.
Result<ProgramResult> run_program(const ProgramCall& call);

/// Runs all, at most `at_once` at a time, and returns the results in the order of the calls.
std::vector<Result<ProgramResult>> run_programs(std::span<const ProgramCall> calls, std::size_t at_once);

}  // namespace stream_status::os
