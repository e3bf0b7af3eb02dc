#include "execution/pool.h"

#include <algorithm>
#include <ranges>
#include <unordered_set>

#include "base/check.h"
#include "execution/environment.h"
#include "execution/host_memory.h"

namespace hearth::execution {
namespace {

// A runtime that answered asks for the next event within some 0.1 ms. One that has not after this long is
// doing something else, and whoever waits for it gets a new environment.
constexpr std::chrono::nanoseconds kReturnTime = std::chrono::milliseconds(10);

// Made before there is a job for them, where there used to be.
constexpr size_t kAheadMax = 15;

// How fast a function may add environments, provisioned ones aside.
constexpr TokenBucket::Rate kGrowth{.count = 1000, .period = std::chrono::seconds(10)};

}  // namespace

Pool::Pool(Host& host, Stock& stock, PoolOwner& owner, std::shared_ptr<const FunctionConfig> config,
           std::shared_ptr<Demand> demand)
    : host_(host),
      stock_(stock),
      owner_(owner),
      launch_(host.runtimes.find(config->runtime, config->memory_mib)),
      config_(std::move(config)),
      places_(std::max<size_t>(config_->invokes_at_once, 1)),
      demand_(std::move(demand)),
      tracer_(config_->traced) {}

void Pool::hand_over(Environment& environment, Job job) {
  if (&environment.loop() == io::Loop::current()) {
    environment.assign(std::move(job));
  } else {
    environment.loop().post(
        [&environment, job = std::move(job)]() mutable { environment.assign(std::move(job)); });
  }
}

Pool::Standing& Pool::set(const Environment& environment, Phase phase) {
  Standing& standing = standings_.at(&environment);
  if (standing.phase == Phase::kCreating) --creating_;
  if (standing.phase == Phase::kReturning) --returning_;
  standing.phase = phase;
  if (phase == Phase::kReturning) ++returning_;
  return standing;
}

// Provisioned ones first, then those of this loop, then the one used last.
Environment* Pool::take_idle() {
  const int best = (provisioned_ > 0 ? 2 : 0) + 1;
  auto chosen = idle_.end();
  int chosen_rank = -1;
  for (auto candidate = idle_.end(); candidate != idle_.begin() && chosen_rank < best;) {
    --candidate;
    const Environment& environment = *candidate->environment;
    const int rank =
        (environment.provisioned() ? 2 : 0) + (&environment.loop() == io::Loop::current() ? 1 : 0);
    if (rank > chosen_rank) {
      chosen = candidate;
      chosen_rank = rank;
    }
  }
  if (chosen == idle_.end()) return nullptr;
  Environment* environment = chosen->environment;
  demand_->arrivals.came_after(io::Loop::here().now() - chosen->since);
  idle_.erase(chosen);
  --standings_.at(environment).places_free;
  return environment;
}

Status Pool::submit(Job job) {
  tracer_.join(job.invocation.trace, host_.clock.now(), host_.random);
  Environment* environment = nullptr;
  bool relies_on_return = false;
  size_t ahead = 0;
  {
    const std::lock_guard lock(mutex_);
    environment = take_idle();
    if (!environment) {
      const bool needs_one = waiting_.size() >= places_coming() + returning_;
      if (needs_one && demand_->growth.empty(io::Loop::here().now(), kGrowth))
        return fail(throttled("ConcurrentInvocationLimitExceeded"));
      if (standings_.empty() && waiting_.empty() && creating_ == 0) {
        demand_->arrivals.came_late(io::Loop::here().now());
        ahead = expected_soon();
      }
      waiting_.push_back(std::move(job));
      relies_on_return = waiting_.size() > places_coming();
    }
  }
  if (environment) {
    hand_over(*environment,
              std::move(job));  // NOLINT(bugprone-use-after-move): moved only when none was idle
    return {};
  }
  reconsider(true, ahead);
  if (relies_on_return) io::Loop::here().visitors().spawn(reconsider_later());
  return {};
}

// A tenant's invokes tell nothing about another's.
size_t Pool::expected_soon() const {
  const size_t usual = std::min(demand_->usual.load(), kAheadMax + 1);
  if (usual <= 1 || !config_->tenant.empty()) return 0;
  return memory_free_percent() >= 2 * host_.memory_free_percent_min ? usual - 1 : 0;
}

Task<void> Pool::reconsider_later() {
  const auto self = shared_from_this();
  co_await io::sleep_for(kReturnTime);
  reconsider(false);
}

void Pool::reconsider(bool count_returning, size_t ahead) {
  size_t missing = 0;
  size_t unprovided = 0;
  {
    const std::lock_guard lock(mutex_);
    if (provision_.wanted > provisioned_ && !provision_.failed && !retired_)
      unprovided = provision_.wanted - provisioned_;
    const size_t coming = places_coming() + unprovided + (count_returning ? returning_ : 0);
    if (waiting_.size() > coming) missing = (waiting_.size() - coming + places_ - 1) / places_;
    missing += ahead;
    creating_ += missing + unprovided;
    provisioned_ += unprovided;
  }
  if (missing > 0) demand_->growth.charge(io::Loop::here().now(), kGrowth, static_cast<int64_t>(missing));
  for (; unprovided > 0; --unprovided) make_environment(true);
  for (; missing > 0; --missing) make_environment(false);
}

// On the loop of the slot that is there for it, or else on one of the server's.
void Pool::make_environment(bool provisioned) {
  const auto claim = this->claim();
  io::Loop& loop = claim ? claim->loop() : provisioned ? host_.loops.next() : io::Loop::here();
  owner_.making();
  auto start = [self = shared_from_this(), claim, provisioned, &loop] {
    loop.visitors().spawn(self->run_environment(claim, provisioned));
  };
  if (&loop == io::Loop::current()) return start();
  loop.post(std::move(start));
}

// A resting one, or else any slot of its runtime. Those of a version that has gone are dropped once its pools
// are retired, and none may be asked for after that.
std::optional<Stock::Claim> Pool::claim() {
  if (!launch_) return std::nullopt;
  if (launch_->rests && config_->snap_start && config_->extensions.empty()) {
    const std::lock_guard lock(mutex_);
    auto resting = retired_ ? std::nullopt : stock_.claim(*launch_, config_);
    if (resting) return resting;
  }
  return stock_.claim(*launch_);
}

Task<void> Pool::run_environment(std::optional<Stock::Claim> claim, bool provisioned) {
  const auto self = shared_from_this();
  {
    auto config = claim ? claim->config() : nullptr;
    Environment environment(host_, launch_, config ? std::move(config) : config_, *this, provisioned);
    {
      const std::lock_guard lock(mutex_);
      standings_.try_emplace(&environment);
    }
    co_await environment.live(claim ? claim->take() : nullptr);
    const std::lock_guard lock(mutex_);
    set(environment, Phase::kServing);
    standings_.erase(&environment);
    if (provisioned) --provisioned_;
    provision_.ready = std::min(provision_.ready, provisioned_);
    if (standings_.empty() && creating_ == 0 && most_ > 0) demand_->usual = std::exchange(most_, 0);
  }
  owner_.ended();
  reconsider(true);
}

void Pool::initialized(Environment& environment, bool well) {
  if (!environment.provisioned()) return;
  const std::lock_guard lock(mutex_);
  if (well) ++provision_.ready;
  provision_.failed |= !well;
}

void Pool::provision(size_t count) {
  std::vector<Environment*> leaving;
  {
    const std::lock_guard lock(mutex_);
    provision_.wanted = count;
    provision_.failed = false;
    for (const Idle& idle : idle_) {
      if (provisioned_ - leaving.size() <= count) break;
      if (idle.environment->provisioned()) leaving.push_back(idle.environment);
    }
    for (const Environment* environment : leaving) take_no_more(*environment);
  }
  dismiss(leaving);
  reconsider(true);
}

Provision Pool::provision() const {
  const std::lock_guard lock(mutex_);
  return provision_;
}

void Pool::failed(Environment& environment, Outcome outcome) {
  std::vector<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    provision_.failed |= environment.provisioned();
    for (; !waiting_.empty() && jobs.size() < places_; waiting_.pop_front())
      jobs.push_back(std::move(waiting_.front()));
  }
  for (Job& job : jobs) job.finish(outcome);
}

void Pool::returned(Job job) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_front(std::move(job));
  }
  reconsider(true);
}

void Pool::returning(Environment& environment) {
  const std::lock_guard lock(mutex_);
  set(environment, Phase::kReturning);
}

void Pool::idle(Environment& environment) {
  std::optional<Job> job;
  bool dismissed = false;
  {
    const std::lock_guard lock(mutex_);
    Standing& standing = set(environment, Phase::kServing);
    if (!waiting_.empty()) {
      job = std::move(waiting_.front());
      waiting_.pop_front();
    } else {
      const size_t free = ++standing.places_free;
      const bool unwanted = retired_ || (environment.provisioned() && !kept(environment));
      dismissed = unwanted && free == places_;
      if (dismissed) set(environment, Phase::kLeaving);
      if (!unwanted) {
        idle_.push_back({&environment, io::Loop::here().now()});
        most_ = std::max(most_, standings_.size() - creating_);
        demand_->arrivals.rests(idle_.back().since);
      }
    }
  }
  if (job) environment.assign(*std::move(job));
  if (dismissed) environment.dismiss();
}

bool Pool::kept(const Environment& environment) const {
  return environment.provisioned() && provisioned_ <= provision_.wanted;
}

bool Pool::can_go(const Environment& environment) const {
  return standings_.at(&environment).places_free == places_ && !kept(environment);
}

const Pool::Idle* Pool::idle_longest() const {
  const Idle* longest = nullptr;
  std::unordered_set<const Environment*> seen;
  for (const Idle& idle : std::views::reverse(idle_)) {
    if (seen.insert(idle.environment).second && can_go(*idle.environment)) longest = &idle;
  }
  return longest;
}

void Pool::take_no_more(const Environment& environment) {
  std::erase_if(idle_, [&](const Idle& idle) { return idle.environment == &environment; });
  set(environment, Phase::kLeaving);
}

bool Pool::leave(Environment& environment) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(idle_, &environment, &Idle::environment);
  if (found == idle_.end() || !can_go(environment)) return false;
  take_no_more(environment);
  return true;
}

size_t Pool::withdraw(Environment& environment) {
  const std::lock_guard lock(mutex_);
  const Standing& standing = standings_.at(&environment);
  const size_t dismissals = standing.phase == Phase::kLeaving ? 1 : 0;
  take_no_more(environment);
  return places_ - standing.places_free + dismissals;
}

std::optional<std::chrono::nanoseconds> Pool::expected_wait(SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  const Idle* longest = idle_longest();
  if (!longest) return std::nullopt;
  return demand_->arrivals.expected_wait(now - longest->since);
}

void Pool::end_idle() {
  std::vector<Environment*> leaving;
  {
    const std::lock_guard lock(mutex_);
    const Idle* longest = idle_longest();
    if (!longest) return;
    leaving.push_back(longest->environment);
    take_no_more(*leaving.front());
  }
  dismiss(leaving);
}

void Pool::retire() {
  std::vector<Environment*> leaving;
  {
    const std::lock_guard lock(mutex_);
    retired_ = true;
    for (const Idle& idle : std::exchange(idle_, {})) {
      const Standing& standing = standings_.at(idle.environment);
      if (standing.phase == Phase::kLeaving || standing.places_free < places_) continue;
      set(*idle.environment, Phase::kLeaving);
      leaving.push_back(idle.environment);
    }
  }
  dismiss(leaving);
}

void Pool::dismiss(const std::vector<Environment*>& leaving) {
  for (Environment* environment : leaving) {
    environment->loop().post([environment] { environment->dismiss(); });
  }
}

}  // namespace hearth::execution
