// run_on(loop, make): runs the task that `make` makes on another loop and gives its value here. The work goes
// on to its end there even when the caller is cancelled meanwhile, so `make` captures by value what may go.
#pragma once
#include <utility>

#include "io/future.h"
#include "io/task_scope.h"

namespace hearth::io {

template <typename Make>
auto run_on(Loop& loop, Make make) -> decltype(make()) {
  using Value = decltype(std::declval<decltype(make())>().operator co_await().await_resume());
  if (Loop::current() == &loop) co_return co_await make();
  Future<Value> future;
  auto work = [](Make own, Promise<Value> promise) -> Task<void> { promise.set(co_await own()); };
  loop.post([&loop, work, own = std::move(make), promise = future.promise()]() mutable {
    loop.visitors().spawn(work(std::move(own), promise));
  });
  co_return co_await future;
}

}  // namespace hearth::io
