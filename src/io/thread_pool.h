// Threads for what blocks: disk reads, unpacking, hashing of large data. A bounded queue stands in front.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "io/future.h"

namespace hearth::io {

class ThreadPool {
 public:
  static constexpr size_t kQueueMax = 65536;

  explicit ThreadPool(size_t threads);
  ~ThreadPool();  // finishes what is queued

  // Any thread. CHECKs that the queue has room: its users bound what they have under way.
  void post(std::move_only_function<void()> work);

  // Runs `work` on a pool thread and resumes the caller on its loop with what it returned. What `work` refers
  // to must live on if the caller is cancelled meanwhile: capture by value.
  template <typename Work>
  auto run(Work work) -> Task<decltype(work())> {
    using Value = decltype(work());
    Future<Value> future;
    post([work = std::move(work), promise = future.promise()]() mutable { promise.set(work()); });
    co_return co_await future;
  }

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::move_only_function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace hearth::io
