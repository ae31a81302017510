// One visitor of a variant made of lambdas.
#pragma once

namespace stream_status {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace stream_status
