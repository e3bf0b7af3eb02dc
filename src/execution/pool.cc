#include "execution/pool.h"

#include <algorithm>

#include "execution/environment.h"
#include "execution/host_memory.h"
#include "execution/snapshots.h"

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

// An environment, which has a place for each job that it takes at once, and who hands out its time.
class Pool::Member final : public EnvironmentOwner {
 public:
  Member(Pool& pool, std::shared_ptr<const FunctionConfig> config, bool provisioned)
      : environment(pool.host_, pool.launch_, std::move(config), *this, provisioned), pool_(pool) {}

  void failed(Outcome outcome) override { pool_.failed(*this, std::move(outcome)); }
  void initialized(bool well, bool took_sdk) override { pool_.initialized(*this, well, took_sdk); }
  void returned(Job job) override { pool_.returned(std::move(job)); }
  void returning() override { pool_.returning(*this); }
  void idle() override { pool_.idle(*this); }
  std::chrono::nanoseconds keep_time() const override { return pool_.keep_time(); }
  bool leave(size_t overdue) override { return pool_.leave(*this, overdue); }
  size_t withdraw() override { return pool_.withdraw(*this); }

  Environment environment;
  // Under the pool's mutex.
  Phase phase = Phase::kCreating;
  size_t places_free = 0;
  SteadyTime idle_since{};  // when one became free last

 private:
  Pool& pool_;
};

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

void Pool::hand_over(Member& member, Job job) {
  Environment& environment = member.environment;
  if (&environment.loop() == io::Loop::current()) {
    environment.assign(std::move(job));
  } else {
    environment.loop().post(
        [&environment, job = std::move(job)]() mutable { environment.assign(std::move(job)); });
  }
}

void Pool::set(Member& member, Phase phase) {
  if (member.phase == Phase::kCreating) --creating_;
  if (member.phase == Phase::kReturning) --returning_;
  member.phase = phase;
  if (phase == Phase::kReturning) ++returning_;
}

// Provisioned ones first, then those of this loop, then the one used last.
Pool::Member* Pool::take_idle(SteadyTime now) {
  const int best = (provisioned_ > 0 ? 2 : 0) + 1;
  auto chosen = idle_.end();
  int chosen_rank = -1;
  for (auto candidate = idle_.end(); candidate != idle_.begin() && chosen_rank < best;) {
    --candidate;
    const Environment& environment = (*candidate)->environment;
    const int rank =
        (environment.provisioned() ? 2 : 0) + (&environment.loop() == io::Loop::current() ? 1 : 0);
    if (rank > chosen_rank) {
      chosen = candidate;
      chosen_rank = rank;
    }
  }
  if (chosen == idle_.end()) return nullptr;
  Member* member = *chosen;
  demand_->arrivals.came_after(now - member->idle_since);
  if (--member->places_free == 0) idle_.erase(chosen);
  return member;
}

Status Pool::submit(Job job) {
  tracer_.join(job.invocation.trace, host_.clock.now(), host_.random);
  Member* member = nullptr;
  bool relies_on_return = false;
  size_t ahead = 0;
  const SteadyTime now = io::Loop::here().now();
  {
    const std::lock_guard lock(mutex_);
    member = take_idle(now);
    if (!member) {
      const bool needs_one = waiting_.size() >= places_coming() + returning_;
      if (needs_one && demand_->growth.empty(now, kGrowth))
        return fail(throttled("ConcurrentInvocationLimitExceeded"));
      if (environments_ == 0 && waiting_.empty()) {
        demand_->arrivals.came_late(now);
        ahead = expected_soon();
      }
      waiting_.push_back({std::move(job), now});
      relies_on_return = waiting_.size() > places_coming();
    }
  }
  if (member) {
    hand_over(*member, std::move(job));  // NOLINT(bugprone-use-after-move): moved only when none was idle
    return {};
  }
  reconsider(true, ahead);
  if (relies_on_return) io::Loop::here().visitors().spawn(reconsider_later(now));
  return {};
}

// A tenant's invokes tell nothing about another's.
size_t Pool::expected_soon() const {
  const size_t usual = std::min(demand_->usual.load(), kAheadMax + 1);
  if (usual <= 1 || !config_->tenant.empty()) return 0;
  return memory_free_percent() >= 2 * host_.memory_free_percent_min ? usual - 1 : 0;
}

Task<void> Pool::reconsider_later(SteadyTime since) {
  const auto self = shared_from_this();
  co_await io::sleep_for(kReturnTime);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() || waiting_.front().since > since) co_return;
  }
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
    environments_ += missing + unprovided;
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

// A resting one, or else any slot of its runtime; none where a snapshot wants a slot that nothing has run in.
// Those of a version that has gone are dropped once its pools are retired, and none may be asked for after
// that.
std::optional<Stock::Claim> Pool::claim() {
  if (!launch_) return std::nullopt;
  const bool images = config_->snap_start && !launch_->restorer.empty();
  if (images && host_.snapshots.find(*config_)) return std::nullopt;
  const bool may_rest = launch_->rests && config_->snap_start && config_->extensions.empty();
  if (may_rest && (!images || host_.snapshots.has_none(*config_))) {
    const std::lock_guard lock(mutex_);
    auto resting = retired_ ? std::nullopt : stock_.claim(*launch_, config_);
    if (resting) return resting;
  }
  if (launch_->offers_sdk && takes_sdk()) {
    if (const auto with_sdk = stock_.claim_with_sdk(*launch_)) return with_sdk;
  }
  return stock_.claim(*launch_);
}

// Of a function that has not run yet what the last one did.
bool Pool::takes_sdk() const {
  const Demand::Sdk known = demand_->sdk;
  return known == Demand::Sdk::kUnknown ? stock_.expects_sdk() : known == Demand::Sdk::kTaken;
}

Task<void> Pool::run_environment(std::optional<Stock::Claim> claim, bool provisioned) {
  const auto self = shared_from_this();
  {
    auto config = claim ? claim->config() : nullptr;
    Member member(*this, config ? std::move(config) : config_, provisioned);
    {
      const std::lock_guard lock(mutex_);
      members_.push_back(&member);
    }
    co_await member.environment.live(claim ? claim->take() : nullptr);
    const std::lock_guard lock(mutex_);
    take_no_more(member);
    std::erase(members_, &member);
    --environments_;
    if (provisioned) --provisioned_;
    provision_.ready = std::min(provision_.ready, provisioned_);
    if (environments_ == 0 && most_ > 0) demand_->usual = std::exchange(most_, 0);
  }
  owner_.ended();
  reconsider(true);
}

void Pool::initialized(const Member& member, bool well, bool took_sdk) {
  if (well && launch_->offers_sdk) {
    demand_->sdk = took_sdk ? Demand::Sdk::kTaken : Demand::Sdk::kNot;
    stock_.note_sdk(*launch_, took_sdk);
  }
  if (!member.environment.provisioned()) return;
  const std::lock_guard lock(mutex_);
  if (well) ++provision_.ready;
  provision_.failed |= !well;
}

void Pool::provision(size_t count) {
  std::vector<Member*> leaving;
  {
    const std::lock_guard lock(mutex_);
    provision_.wanted = count;
    provision_.failed = false;
    for (Member* member : idle_) {
      if (provisioned_ - leaving.size() <= count) break;
      if (member->environment.provisioned()) leaving.push_back(member);
    }
    for (Member* member : leaving) take_no_more(*member);
  }
  dismiss(leaving);
  reconsider(true);
}

Provision Pool::provision() const {
  const std::lock_guard lock(mutex_);
  return provision_;
}

void Pool::failed(const Member& member, Outcome outcome) {
  std::vector<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    provision_.failed |= member.environment.provisioned();
    for (; !waiting_.empty() && jobs.size() < places_; waiting_.pop_front())
      jobs.push_back(std::move(waiting_.front().job));
  }
  for (Job& job : jobs) job.finish(outcome);
}

void Pool::returned(Job job) {
  {
    const std::lock_guard lock(mutex_);
    // Its turn is before the others', so that who has waited longest is first.
    const SteadyTime now = io::Loop::here().now();
    waiting_.push_front({std::move(job), waiting_.empty() ? now : std::min(now, waiting_.front().since)});
  }
  reconsider(true);
}

void Pool::returning(Member& member) {
  const std::lock_guard lock(mutex_);
  set(member, Phase::kReturning);
}

void Pool::idle(Member& member) {
  std::optional<Job> job;
  bool dismissed = false;
  {
    const std::lock_guard lock(mutex_);
    const bool leaves = member.phase == Phase::kLeaving;  // its dismissal is on the way
    if (!leaves) set(member, Phase::kServing);
    if (!leaves && !waiting_.empty()) {
      job = std::move(waiting_.front().job);
      waiting_.pop_front();
    } else {
      ++member.places_free;
      dismissed = !leaves && (retired_ || (member.environment.provisioned() && !kept(member)));
      if (dismissed) take_no_more(member);
      if (!leaves && !dismissed) rest(member);
    }
  }
  if (job) member.environment.assign(*std::move(job));
  if (dismissed) member.environment.dismiss();
}

void Pool::rest(Member& member) {
  member.idle_since = io::Loop::here().now();
  if (member.places_free > 1) std::erase(idle_, &member);  // it was there, and goes last
  idle_.push_back(&member);
  most_ = std::max(most_, environments_ - creating_);
  demand_->arrivals.rests(member.idle_since);
}

bool Pool::kept(const Member& member) const {
  return member.environment.provisioned() && provisioned_ <= provision_.wanted;
}

bool Pool::can_go(const Member& member, size_t overdue) const {
  return member.phase == Phase::kServing && member.places_free + overdue == places_ && !kept(member);
}

Pool::Member* Pool::idle_longest() const {
  const auto longest = std::ranges::find_if(idle_, [this](const Member* member) { return can_go(*member); });
  return longest == idle_.end() ? nullptr : *longest;
}

void Pool::take_no_more(Member& member) {
  std::erase(idle_, &member);
  set(member, Phase::kLeaving);
}

bool Pool::leave(Member& member, size_t overdue) {
  const std::lock_guard lock(mutex_);
  if (!can_go(member, overdue)) return false;
  take_no_more(member);
  return true;
}

size_t Pool::withdraw(Member& member) {
  const std::lock_guard lock(mutex_);
  const size_t dismissals = member.phase == Phase::kLeaving ? 1 : 0;
  take_no_more(member);
  return places_ - member.places_free + dismissals;
}

std::optional<std::chrono::nanoseconds> Pool::expected_wait(SteadyTime now) const {
  const std::lock_guard lock(mutex_);
  const Member* longest = idle_longest();
  if (!longest) return std::nullopt;
  return demand_->arrivals.expected_wait(now - longest->idle_since);
}

void Pool::end_idle() {
  std::vector<Member*> leaving;
  {
    const std::lock_guard lock(mutex_);
    Member* longest = idle_longest();
    if (!longest) return;
    leaving.push_back(longest);
    take_no_more(*longest);
  }
  dismiss(leaving);
}

// One that serves many waits for what is under way by itself.
void Pool::retire() {
  std::vector<Member*> leaving;
  {
    const std::lock_guard lock(mutex_);
    retired_ = true;
    for (Member* member : members_) {
      if (member->phase == Phase::kServing && (config_->shared() || member->places_free > 0))
        leaving.push_back(member);
    }
    for (Member* member : leaving) take_no_more(*member);
  }
  dismiss(leaving);
}

void Pool::dismiss(const std::vector<Member*>& leaving) {
  for (Member* member : leaving) {
    member->environment.loop().post([member] { member->environment.dismiss(); });
  }
}

}  // namespace hearth::execution
