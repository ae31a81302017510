// Sending on a socket without waiting and without a signal when the peer is gone. Receiving is os::read_some
// (os/stdio.h).
#pragma once

#include <string_view>

#include "os/fd.h"
#include "os/stdio.h"

namespace stream_status::os {

/// Sends once, as much as goes without waiting. No bytes and kOpen: it is full, wait for `writable`. kEnded: the peer
/// is gone; what it sent before can still be read.
Transfer send_some(const Fd& socket, std::string_view bytes);

/// Says that nothing more is sent from this end; what the peer sends can still be read.
void finish_sending(const Fd& socket);

/// Has the peer of this socket closed it, with nothing left to read? Reads nothing.
bool is_at_end(int socket);

}  // namespace stream_status::os
