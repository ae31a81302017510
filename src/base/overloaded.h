// One visitor of a variant made of lambdas.
#pragma once

namespace stream_status {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace stream_status
