#include "execution/environment.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "base/log.h"
#include "execution/durations.h"
#include "execution/snapshot_making.h"

namespace hearth::execution {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kInitTime = std::chrono::seconds(10);
// Of those that serve many at once: as long as an invoke may take, within these.
constexpr nanoseconds kSharedInitTimeMin = std::chrono::seconds(130);
constexpr nanoseconds kSharedInitTimeMax = std::chrono::minutes(15);
constexpr nanoseconds kRestoreTime = std::chrono::seconds(10);
// Freezing and thawing cost some 0.2 ms; back-to-back invokes need not pay it.
constexpr nanoseconds kIdleBeforeFreeze = std::chrono::milliseconds(100);
// An environment takes no invoke that could end later than so long before its process's credentials.
constexpr nanoseconds kCredentialsLeft = std::chrono::minutes(5);

constexpr const char* kInvalidEntrypoint = "Runtime.InvalidEntrypoint";

// Of "sandbox NAME: start PROGRAM: why" or "sandbox NAME: enter DIRECTORY: why".
Error image_error(const ImageProgram& image, const std::string& message) {
  const size_t colon = message.rfind(": ");
  const std::string why = to_lower(message.substr(colon == std::string::npos ? 0 : colon + 2));
  if (message.contains(": enter " + image.directory + ": "))
    return {.code = "Runtime.InvalidWorkingDir", .message = "chdir " + image.directory + ": " + why};
  const std::string& program = image.argv.front();
  if (!program.contains('/') && why == to_lower(std::strerror(ENOENT)))
    return {.code = kInvalidEntrypoint,
            .message = "exec: \"" + program + "\": executable file not found in $PATH"};
  return {.code = kInvalidEntrypoint, .message = "fork/exec " + program + ": " + why};
}

// Shared: see make_snapshot(). A slot that rests instead is of those that are asked for from then on.
Task<void> make_snapshot_unattended(Host& host, std::shared_ptr<const FunctionConfig> config) {
  (void)co_await make_snapshot(host, std::move(config));
}

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
  if (is_resting() && !slot_->sandbox().alive()) slot_.reset();  // nobody has looked after it
  const SteadyTime began = loop_.now();
  const auto made = co_await make_slot();
  if (!made) {
    log::error("environment of {}: {}", config_->arn, made.error().message);
    owner_.failed({.platform_error = made.error().message});
    co_return;
  }
  const bool begun = image_ || is_resting();
  if (!begun || !co_await restore(began)) co_await first_init(began);
  if (!slot_->sandbox().alive()) co_return owner_.failed({.platform_error = kSandboxLost});
  if (spoilt_) co_return owner_.failed(*std::move(spoilt_));
  owner_.initialized(ready_, slot_->runtime_api().took_sdk());
  if (config_->shared()) {
    co_await serve_many();
  } else {
    co_await serve_one_by_one();
  }
  if (slot_->runtime_api().extensions().any()) {
    co_await slot_->shut_down(lost_ ? "failure" : "spindown");
  } else {
    slot_->drain_output();
  }
}

Task<void> Environment::serve_one_by_one() {
  for (;;) {
    owner_.idle();
    auto job = co_await next_job();
    if (!job) co_return;
    if (!slot_->sandbox().alive() || outlived()) co_return owner_.returned(*std::move(job));
    co_await serve(*std::move(job));
    if (!slot_->sandbox().alive() || outlived()) co_return;
  }
}

Async<void> Environment::make_slot() {
  const auto take = [this](LineOf writer, std::string line) { log_.line(writer, std::move(line)); };
  if (is_resting()) {
    slot_->take_lines(take);
    (void)slot_->sandbox().run_behind_others(false);
    co_return {};
  }
  // What restores one must be the first process of its slot.
  const bool untouched = !slot_ || launch_->restorer.empty();
  if (config_->snap_start && untouched) image_ = host_.snapshots.find(*config_);
  const std::string image_folder = image_ ? image_->host_folder() : "";
  if (slot_) {
    const auto bound = co_await slot_->bind(*config_, take, image_folder);
    if (bound) co_return bound;
    log::debug("environment of {}: the slot made ahead is of no use: {}", config_->arn,
               bound.error().message);
  }
  {
    const auto turn = co_await host_.making.enter();
    TRY(slot_, co_await Slot::make(host_, launch_ ? *launch_ : Launch{}, Slot::For::kCaller));
  }
  co_return co_await slot_->bind(*config_, take, image_folder);
}

Async<Variables> Environment::make_variables() {
  if (!launch_) co_return launch_.error();
  Variables variables = variables_of(*config_, *launch_, host_, log_.stream_name(), initialization_type());
  TRY(const auto credentials, co_await credentials_of(*config_, host_));
  add_credentials(variables, credentials);
  slot_->metadata().add_to(variables);
  outlived_at_ = loop_.now() + kCredentialsTime - kCredentialsLeft - config_->timeout;
  co_return variables;
}

// Errors have the types and, where it has some, the words of the service.
Async<void> Environment::start_process(const Variables& variables) {
  if (config_->image && config_->image->argv.empty())
    co_return fail(kInvalidEntrypoint, "the image has neither an entry point nor a command");
  const auto started = co_await slot_->start_process(variables);
  if (started) co_return {};
  const std::string& message = started.error().message;
  if (config_->image) co_return image_error(*config_->image, message);
  const bool absent = message.find(std::strerror(ENOENT)) != std::string::npos;
  if (!absent || !config_->runtime.starts_with("provided")) co_return fail(kInvalidEntrypoint, message);
  co_return fail(kInvalidEntrypoint,
                 "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
}

Task<void> Environment::end_process(std::string_view reason) {
  ready_ = false;
  co_await slot_->shut_down(reason);
}

// What it wrote last comes before what the platform says, and extensions hear that before they are told to
// end.
Task<void> Environment::end_lost(const Verdict& verdict, const std::function<void()>& tell) {
  const bool extended = slot_->runtime_api().extensions().any();
  if (!extended) co_await end_process(verdict.reason());
  slot_->drain_output();
  tell();
  if (extended) co_await end_process(verdict.reason());
}

nanoseconds Environment::init_time() const {
  if (!config_->shared()) return kInitTime;
  return std::clamp<nanoseconds>(config_->timeout, kSharedInitTimeMin, kSharedInitTimeMax);
}

Task<void> Environment::first_init(SteadyTime began) {
  log_.tell(slot_->telemetry());
  slot_->telemetry().on_subscribed(
      [this](const std::string& name, const TelemetrySubscription& asked) { log_.subscribed(name, asked); });
  const bool shared = config_->shared();
  Verdict verdict = co_await init(began + init_time(), "", false);
  // Nobody waits for the init of a provisioned one, and no invoke reports it.
  if (!verdict.process_lost && !provisioned_ && !shared) init_ms_ = milliseconds(loop_.now() - began);
  if (verdict.process_lost && shared) spoilt_ = std::move(verdict.outcome);
  if (!verdict.process_lost) make_snapshot_for_others();
}

Async<void> Environment::go_on() {
  if (!is_resting()) {
    co_return co_await slot_->restore_process(snapshot_variables(*config_, *launch_, host_, *slot_, "use"));
  }
  (void)co_await slot_->sandbox().thaw();
  slot_->runtime_api().go_on();
  co_return {};
}

// In a snapshot that cannot be used the process ends before it has run any of the function's code; an init in
// a new one follows then.
Task<bool> Environment::restore(SteadyTime began) {
  log_.restore_start(launch_->version, launch_->version_arn(config_->region));
  (void)slot_->sandbox().limit_cpu(0);
  const auto started = co_await go_on();
  std::optional<RuntimeEvent> event;
  if (started) event = co_await slot_->events().pop(began + kRestoreTime);
  const Snapshots::Held image = std::move(image_);
  const double spent_ms = milliseconds(loop_.now() - began);
  using Kind = RuntimeEvent::Kind;
  if (event && event->kind == Kind::kNext) {
    ready_ = true;
    restore_ms_ = spent_ms;
    log_.restore_report(spent_ms, {});
    (void)slot_->sandbox().limit_cpu(config_->millicores());
    co_return true;
  }
  const bool hooks = started && (!event || event->kind == Kind::kInitError);
  Ending ending{.status = Ending::Status::kError, .error_type = "Runtime.SnapshotUnusable"};
  if (hooks) {
    const bool late = !event;
    ending = {.status = late ? Ending::Status::kTimeout : Ending::Status::kError,
              .error_type = late ? "" : event->error_type};
    spoilt_ = Outcome{.platform_error = late ? "The function could not be restored within the timeout limit"
                                             : "The function's hooks failed when it was restored",
                      .restore = late ? Outcome::Restore::kLate : Outcome::Restore::kFailed};
  } else {
    log::info("the snapshot of {}:{} cannot be used: {}", config_->arn, config_->version,
              !started ? started.error().message : event->body);
    if (image) host_.snapshots.discard(*config_, image);
  }
  co_await end_process("failure");
  log_.restore_report(spent_ms, ending);
  co_return hooks;
}

// One that was kept is of no use once the server or the zygote was started anew.
void Environment::make_snapshot_for_others() {
  if (!config_->snap_start || (launch_->rests && launch_->restorer.empty())) return;
  loop_.visitors().spawn(make_snapshot_unattended(host_, config_));
}

Task<Environment::Verdict> Environment::init(SteadyTime deadline, const std::string& request_id,
                                             bool in_invoke) {
  const SteadyTime began = loop_.now();
  slot_->telemetry().open(!config_->extensions.empty());
  const bool versioned = launch_ && !config_->image;
  log_.init_start(versioned ? launch_->version : "", versioned ? launch_->version_arn(config_->region) : "",
                  in_invoke, initialization_type());
  Verdict verdict;
  // An init has the host's whole speed, which a new slot has; the function's share of it holds from then on.
  if (in_invoke) (void)slot_->sandbox().limit_cpu(0);
  verdict = co_await start(deadline, request_id);
  if (!verdict.process_lost) {
    auto event = co_await slot_->events().pop(deadline);
    if (event && event->kind == RuntimeEvent::Kind::kRuntimeWaits)
      event = co_await slot_->events().pop(deadline);
    if (!event) {
      verdict = timed_out(request_id, config_->timeout);
    } else if (event->kind != RuntimeEvent::Kind::kNext) {
      verdict = verdict_of(*std::move(event), request_id);
      verdict.process_lost = true;
    }
  }
  slot_->telemetry().close();
  const auto tell = [&] {
    const Ending ending = verdict.process_lost ? verdict.ending : Ending{};
    log_.init_runtime_done(in_invoke, initialization_type(), ending);
    report_extensions();
    log_.init_report(milliseconds(loop_.now() - began), in_invoke, initialization_type(), ending);
  };
  if (verdict.process_lost) {
    co_await end_lost(verdict, tell);
    co_return verdict;
  }
  tell();
  ready_ = true;
  (void)slot_->sandbox().limit_cpu(config_->millicores());
  co_return verdict;
}

Task<Environment::Verdict> Environment::start(SteadyTime deadline, const std::string& request_id) {
  const auto variables = co_await make_variables();
  if (!variables) co_return failed(request_id, kInvalidEntrypoint, variables.error().message);
  if (!config_->extensions.empty()) {
    const auto launched = co_await slot_->start_extensions(*variables);
    if (!launched) co_return failed(request_id, "Extension.LaunchError", launched.error().message);
    auto event = co_await slot_->events().pop(deadline);
    if (!event) co_return timed_out(request_id, config_->timeout);
    if (event->kind != RuntimeEvent::Kind::kRegistered) {
      Verdict verdict = verdict_of(*std::move(event), request_id);
      verdict.process_lost = true;
      co_return verdict;
    }
  }
  const auto started = co_await start_process(*variables);
  if (!started) co_return failed(request_id, started.error().code, started.error().message);
  co_return Verdict{};
}

void Environment::report_extensions() {
  for (const auto& extension : slot_->runtime_api().extensions().all()) {
    log_.extension({.name = extension.name,
                    .state = extension.state_name(),
                    .events = extension.events(),
                    .error_type = extension.error_type});
  }
}

Task<std::optional<Job>> Environment::next_job() {
  const SteadyTime idle_since = loop_.now();
  auto job = co_await jobs_.pop(idle_since + kIdleBeforeFreeze);
  if (!job) {
    if (const auto frozen = co_await slot_->sandbox().freeze(); frozen) frozen_ = true;
    job = co_await jobs_.pop(idle_since + owner_.keep_time());
    // A job may be on its way from another loop.
    if (!job && !owner_.leave()) job = co_await jobs_.pop();
  }
  co_return job ? *std::move(job) : std::nullopt;
}

}  // namespace hearth::execution
