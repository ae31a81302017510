// Tests of permissions mean nothing to root, who may do everything.
#pragma once

#include <unistd.h>

namespace stream_status::testing {

/// While it lives, root is nobody. Others stay who they are.
class OrdinaryUser {
 public:
  OrdinaryUser() : was_root_(::geteuid() == 0 && ::seteuid(65'534) == 0) {}
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser() {
    if (was_root_ && ::seteuid(0) != 0) ::_exit(1);
  }

 private:
  bool was_root_;
};

}  // namespace stream_status::testing
