#include "io/thread_pool.h"

#include "base/check.h"

namespace hearth::io {

ThreadPool::ThreadPool(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void ThreadPool::post(std::move_only_function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    CHECK(queue_.size() < kQueueMax, "a user of the thread pool does not bound its work");
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
}

void ThreadPool::serve() {
  while (true) {
    std::move_only_function<void()> work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

}  // namespace hearth::io
