#include "support/hung_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <climits>

#include "os/lock.h"
#include "os/process.h"
#include "os/socket.h"
#include "project/directory.h"
#include "project/record.h"
#include "support/temporary_directory.h"

namespace stream_status::testing {
namespace {

/// Its whole life, in the child, of whose other descriptors the test's own programs must not notice anything. Exit code
/// 1: it could not become what it should be.
[[noreturn]] void hang(const HungServer::Plan& plan, int ready) {
  ::dup2(ready, 3);
  ready = 3;
  ::close_range(4, UINT_MAX, 0);
  const int notes = ::open((plan.directory + "/sigterms").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  const os::Fd directory{::open(plan.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  auto lock = os::FileLock::try_acquire(directory, project::kServerLockName);
  auto listener = os::listen_unix(directory, project::kSocketName, 128);
  if (!lock || !*lock || !listener) ::_exit(1);

  // Waited for, not handled: sanitizers put handlers off.
  sigset_t terms;
  ::sigemptyset(&terms);
  ::sigaddset(&terms, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &terms, nullptr);

  const os::ProcessIdentity me = os::this_process();
  const json::object truth{{"pid", me.pid},        {"startTicks", me.start_ticks},
                           {"bootId", me.boot_id}, {"pidNamespace", me.pid_namespace},
                           {"phase", "ready"},     {"progress", 4}};
  project::Record record;
  record.pid = me.pid;
  record.project_root = plan.project_root;
  record.started_at = "2026-11-22T14:00:00.000Z";
  record.socket = plan.directory + "/api.sock";
  record.instance_id = "hung";
  record.server_version = "1.0.0";
  record.protocol = 1;
  if (!(*lock)->write_text(plan.lock_text(truth)) || !project::save_record(directory, record)) ::_exit(1);
  if (::write(ready, "R", 1) != 1) ::_exit(1);
  for (int signal = 0;;) {
    if (::sigwait(&terms, &signal) != 0 || ::write(notes, "T", 1) != 1) ::_exit(1);
    if (plan.sigterm == HungServer::Sigterm::kLeaves) ::_exit(0);
  }
}

}  // namespace

HungServer::HungServer(const Plan& plan) : notes_(plan.directory + "/sigterms") {
  write_text(notes_, "");
  std::array<int, 2> ready{-1, -1};
  EXPECT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
  const os::Fd read_end{ready[0]};
  os::Fd write_end{ready[1]};
  const pid_t pid = ::fork();
  if (pid == 0) {
    hang(plan, write_end.get());
  }
  write_end.reset();
  auto process = os::watch_process(pid);
  EXPECT_TRUE(process);
  if (process) process_ = std::move(*process);
  char byte = 0;
  EXPECT_TRUE(wait_readable(read_end.get(), Deadline()));
  EXPECT_EQ(::read(read_end.get(), &byte, 1), 1) << "the hung server did not come to life";
}

HungServer::~HungServer() {
  send_signal(process_, SIGKILL);
  wait_end(process_);
}

int HungServer::terms() const { return static_cast<int>(text_of_file(notes_).size()); }

}  // namespace stream_status::testing
