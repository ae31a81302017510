// A sandbox as agents bring them: some system calls are refused to a program and to all that it starts.
#pragma once

#include <functional>

namespace stream_status::testing {

/// For Start::in_child: from then on there are no sockets of this family (AF_UNIX, AF_INET): EACCES. Works for any
/// user.
std::function<void()> without_sockets_of(int family);

}  // namespace stream_status::testing
