// The numbers come from the build and lie in a file of their own: tests build the programs a second time as another
// version, and compile only this file anew.
#include "base/release.h"

namespace stream_status {

constinit const std::string_view kVersion = STREAM_STATUS_VERSION;
constinit const int kProtocol = STREAM_STATUS_PROTOCOL;

}  // namespace stream_status
