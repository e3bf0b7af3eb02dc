#include "execution/environment.h"

#include <cstring>

#include "base/log.h"
#include "execution/durations.h"

namespace hearth::execution {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kInitTime = std::chrono::seconds(10);
// Freezing and thawing cost some 0.2 ms; back-to-back invokes need not pay it.
constexpr nanoseconds kIdleBeforeFreeze = std::chrono::milliseconds(100);
constexpr uint32_t kMemoryPerCoreMib = 1769;

}  // namespace

Environment::Environment(Host& host, const Result<Launch>& launch,
                         std::shared_ptr<const FunctionConfig> config, EnvironmentOwner& owner,
                         bool provisioned)
    : host_(host),
      launch_(launch),
      config_(std::move(config)),
      owner_(owner),
      loop_(io::Loop::here()),
      provisioned_(provisioned),
      log_(*config_, host.logs, host.clock, host.random.hex(32)) {}

Task<void> Environment::live(std::unique_ptr<Slot> slot) {
  slot_ = std::move(slot);
  const SteadyTime began = loop_.now();
  const auto made = co_await make_slot();
  if (!made) {
    log::error("environment of {}: {}", config_->arn, made.error().message);
    owner_.failed(*this, made.error().message);
    co_return;
  }
  co_await first_init(began);
  if (!slot_->sandbox().alive()) co_return owner_.failed(*this, kSandboxLost);
  owner_.initialized(*this, ready_);
  for (;;) {
    owner_.idle(*this);
    auto job = co_await next_job();
    if (!job) break;
    if (!slot_->sandbox().alive()) {
      owner_.returned(*std::move(job));
      break;
    }
    co_await serve(*std::move(job));
    if (!slot_->sandbox().alive()) break;
  }
  slot_->drain_output();
}

Async<void> Environment::make_slot() {
  const auto take = [this](std::string line) { log_.line(std::move(line)); };
  if (slot_) {
    const auto bound = co_await slot_->bind(*config_, take);
    if (bound) co_return bound;
    log::debug("environment of {}: the slot made ahead is of no use: {}", config_->arn,
               bound.error().message);
  }
  {
    const auto turn = co_await host_.making.enter();
    TRY(slot_, co_await Slot::make(host_, launch_ ? *launch_ : Launch{}, false));
  }
  co_return co_await slot_->bind(*config_, take);
}

Async<void> Environment::start_process() {
  if (!launch_) co_return launch_.error();
  const auto started = co_await slot_->start_process(
      variables_of(*config_, *launch_, host_, log_.stream_name(), initialization_type()));
  if (started) co_return {};
  const bool absent = started.error().message.find(std::strerror(ENOENT)) != std::string::npos;
  if (!absent || !config_->runtime.starts_with("provided")) co_return fail("", started.error().message);
  co_return fail("", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
}

Task<void> Environment::end_process() {
  ready_ = false;
  co_await slot_->end_process();
}

Task<void> Environment::first_init(SteadyTime began) {
  if (launch_)
    log_.init_start(launch_->version, launch_->version_arn(config_->region), initialization_type());
  const Verdict verdict = co_await init(began + kInitTime, "", false);
  // Nobody waits for the init of a provisioned one, and no invoke reports it.
  if (!verdict.process_lost && !provisioned_) init_ms_ = milliseconds(loop_.now() - began);
}

Task<Environment::Verdict> Environment::init(SteadyTime deadline, const std::string& request_id,
                                             bool in_invoke) {
  const SteadyTime began = loop_.now();
  Verdict verdict;
  // An init has the host's whole speed; the function's share of it holds from then on.
  (void)slot_->sandbox().limit_cpu(0);
  const auto started = co_await start_process();
  if (!started) {
    verdict = failed(request_id, "Runtime.InvalidEntrypoint", started.error().message);
  } else if (auto event = co_await slot_->events().pop(deadline); !event) {
    verdict = timed_out(request_id, config_->timeout);
  } else if (event->kind != RuntimeEvent::Kind::kNext) {
    verdict = verdict_of(*std::move(event), request_id);
    verdict.process_lost = true;
  }
  if (verdict.process_lost) {
    co_await end_process();
    log_.init_report(milliseconds(loop_.now() - began), in_invoke, verdict.ending);
  } else {
    ready_ = true;
    (void)slot_->sandbox().limit_cpu(config_->memory_mib * 1000 / kMemoryPerCoreMib);
  }
  co_return verdict;
}

Task<std::optional<Job>> Environment::next_job() {
  const SteadyTime idle_since = loop_.now();
  auto job = co_await jobs_.pop(idle_since + kIdleBeforeFreeze);
  if (!job) {
    if (const auto frozen = co_await slot_->sandbox().freeze(); frozen) frozen_ = true;
    job = co_await jobs_.pop(idle_since + host_.idle_time);
    // A job may be on its way from another loop.
    if (!job && !owner_.leave(*this)) job = co_await jobs_.pop();
  }
  co_return job ? *std::move(job) : std::nullopt;
}

}  // namespace hearth::execution
