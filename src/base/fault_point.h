// Named places where a test can stop, slow down or end a program. In the real programs they are nothing at all; those
// in build/<preset>/faulty are compiled with STREAM_STATUS_FAULT_POINTS and linked with tests/faults, which follows a
// plan that the test wrote.
#pragma once

#ifdef STREAM_STATUS_FAULT_POINTS

#include <functional>
#include <string_view>

namespace stream_status {

/// `show_progress`: what a slow but living program would do here from time to time. From any thread.
void reach_fault_point(std::string_view point, const std::function<void()>& show_progress = {});

}  // namespace stream_status

/// SS_FAULT_POINT("after_lock"), or SS_FAULT_POINT("after_lock", [this] { … }) where progress can be shown.
#define SS_FAULT_POINT(name, ...) ::stream_status::reach_fault_point("fault point " name __VA_OPT__(, ) __VA_ARGS__)

#else

#define SS_FAULT_POINT(name, ...) static_cast<void>(0)

#endif
