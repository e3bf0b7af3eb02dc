// The environments of one revision of one version of a function: who is idle, who is being made, which jobs
// wait. The environment used last is used first, so that those that are not needed grow old and go. A new one
// is made when more jobs wait than environments are about to become free.
//
// Threads: any thread that runs a loop. One short mutex; nothing waits under it.
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "execution/environment.h"
#include "execution/stock.h"

namespace hearth::execution {

class Pool;

// Who keeps pools.
class PoolOwner {
 public:
  virtual ~PoolOwner() = default;
  // It has no environment left and no job waits. Any thread.
  virtual void emptied(Pool& pool) = 0;
};

class Pool final : public EnvironmentOwner, public std::enable_shared_from_this<Pool> {
 public:
  // Shared: its environments' tasks keep it until the last of them has ended.
  Pool(Host& host, Stock& stock, PoolOwner& owner, std::shared_ptr<const FunctionConfig> config);

  const FunctionConfig& config() const { return *config_; }

  // The job goes to an idle environment, this loop's before another's, or waits for the next.
  void submit(Job job);
  // Takes no more rest: idle environments end now, busy ones after their invoke.
  void retire();
  size_t environments() const;

  void failed(Environment& environment, std::string why) override;
  void returning(Environment& environment) override;
  void idle(Environment& environment) override;
  bool leave(Environment& environment) override;

 private:
  enum class Standing { kCreating, kBusy, kReturning, kIdle };

  void make_environment();
  Task<void> run_environment(std::optional<Stock::Claim> claim);
  Task<void> reconsider_later();
  // Makes what is missing for the jobs that wait.
  void reconsider(bool count_returning);
  Environment* take_idle();  // under the mutex
  void set(Environment& environment, Standing standing);
  static void hand_over(Environment& environment, Job job);

  Host& host_;
  Stock& stock_;
  PoolOwner& owner_;
  const Result<Launch> launch_;
  // Shared with the environments; immutable.
  std::shared_ptr<const FunctionConfig> config_;
  mutable std::mutex mutex_;
  std::deque<Job> waiting_;  // each holds a permit, so concurrency limits bound it
  std::vector<Environment*> idle_;
  std::unordered_map<Environment*, Standing> standings_;
  size_t creating_ = 0;
  size_t returning_ = 0;
  bool retired_ = false;
};

}  // namespace hearth::execution
