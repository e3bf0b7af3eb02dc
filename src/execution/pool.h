// The environments of one revision of one version of a function: who is idle, who is being made, which jobs
// wait. The environment used last is used first, so that those that are not needed grow old and go; how old,
// the function's arrivals tell (arrivals.h). A new one is made when more jobs wait than environments are
// about to become free. Provisioned environments are made without a job, stay, and are used before others.
// One that serves many at once is idle as long as it has a free place.
//
// Threads: any thread that runs a loop. One short mutex; nothing waits under it.
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "execution/demand.h"
#include "execution/environment_owner.h"
#include "execution/function_config.h"
#include "execution/host.h"
#include "execution/stock.h"

namespace hearth::execution {

// Who keeps pools.
class PoolOwner {
 public:
  virtual ~PoolOwner() = default;
  // Any thread, and no mutex of a pool is held.
  // One more environment is about to be made; one has ended.
  virtual void making() = 0;
  virtual void ended() = 0;
};

// Provisioned environments of a pool.
struct Provision {
  size_t wanted = 0;
  size_t ready = 0;     // have been initialized
  bool failed = false;  // the function's init failed; no more are made until somebody asks again
};

class Pool final : public std::enable_shared_from_this<Pool> {
 public:
  // Shared: its environments' tasks, those that are still to begin too, keep it until the last has ended.
  // `demand` is of all the function's pools.
  Pool(Host& host, Stock& stock, PoolOwner& owner, std::shared_ptr<const FunctionConfig> config,
       std::shared_ptr<Demand> demand);

  const FunctionConfig& config() const { return *config_; }

  // The job goes to an idle environment, this loop's before another's, or waits for the next. Fails with
  // TooManyRequestsException when it would take an environment that the function may not have yet.
  Status submit(Job job);
  // Takes no more rest: idle environments end now, busy ones after their invoke.
  void retire();
  // How long the environment that has been idle longest, of those that need not stay, will probably go on to
  // be; and ends it.
  std::optional<std::chrono::nanoseconds> expected_wait(SteadyTime now) const;
  void end_idle();

  // Keeps this many provisioned environments from now on, and tries again those whose init failed.
  void provision(size_t count);
  Provision provision() const;

 private:
  enum class Phase : uint8_t { kCreating, kServing, kReturning, kLeaving };
  class Member;
  struct Waiting {
    Job job;
    SteadyTime since;
  };

  // What members say.
  void failed(const Member& member, Outcome outcome);
  void initialized(const Member& member, bool well, bool took_sdk);
  void returned(Job job);
  void returning(Member& member);
  void idle(Member& member);
  std::chrono::nanoseconds keep_time() const { return demand_->arrivals.keep_time(host_.idle_time); }
  bool leave(Member& member, size_t overdue);
  size_t withdraw(Member& member);

  // How many to make beside the one for the first job of all.
  size_t expected_soon() const;
  void make_environment(bool provisioned);
  std::optional<Stock::Claim> claim();
  bool takes_sdk() const;
  Task<void> run_environment(std::optional<Stock::Claim> claim, bool provisioned);
  // If who waits since then, or longer, waits still when a runtime should have asked for more.
  Task<void> reconsider_later(SteadyTime since);
  // Makes what is missing for the jobs that wait, and of what is provisioned; and so many `ahead`.
  void reconsider(bool count_returning, size_t ahead = 0);
  // The following are under the mutex.
  Member* take_idle(SteadyTime now);
  void rest(Member& member);
  // Provisioned, and not one too many.
  bool kept(const Member& member) const;
  // It need not stay, and nothing is under way in it but so many that are `overdue`.
  bool can_go(const Member& member, size_t overdue = 0) const;
  // Of those that can go.
  Member* idle_longest() const;
  void take_no_more(Member& member);
  void set(Member& member, Phase phase);
  // How many places there will soon be without anything being made.
  size_t places_coming() const { return creating_ * places_; }

  static void dismiss(const std::vector<Member*>& leaving);
  static void hand_over(Member& member, Job job);

  Host& host_;
  Stock& stock_;
  PoolOwner& owner_;
  const Result<Launch> launch_;
  // Shared with the environments; immutable.
  std::shared_ptr<const FunctionConfig> config_;
  const size_t places_;                   // of each environment
  const std::shared_ptr<Demand> demand_;  // shared with the function's other pools
  Tracer tracer_;
  mutable std::mutex mutex_;
  std::deque<Waiting> waiting_;  // each holds a permit, so concurrency limits bound it
  std::vector<Member*> members_;
  std::vector<Member*> idle_;  // with a free place; who had one become free last is last
  size_t environments_ = 0;    // members, and those that are to begin
  size_t creating_ = 0;        // of these
  size_t returning_ = 0;
  size_t most_ = 0;  // that could serve at once, since there was none
  bool retired_ = false;
  Provision provision_;
  size_t provisioned_ = 0;  // environments of that kind, those that are being made too
};

}  // namespace hearth::execution
