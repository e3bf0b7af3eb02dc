#include "execution/snapshot_making.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/log.h"
#include "execution/durations.h"
#include "execution/environment_log.h"
#include "execution/slot.h"
#include "execution/snapshots.h"

namespace hearth::execution {
namespace {

using How = SnapshotMade::How;

// Or the function's own time, when that is longer.
constexpr std::chrono::seconds kInitTime(130);
// They could not go on in another sandbox.
constexpr const char* kHasExtensions = "the function has extensions";
// Of what a zygote has loaded for all functions, which is in an image too.
constexpr uint64_t kLoadedAheadBytes = 192 << 20;

// "Type: message" of the document that describes a function's error.
std::string error_text(const std::string& document) {
  const auto parsed = parse_json(document);
  const auto* message =
      parsed && parsed->is_object() ? parsed->as_object().if_contains("errorMessage") : nullptr;
  return message && message->is_string() ? std::string(message->as_string()) : document;
}

SnapshotMade made_of(std::optional<RuntimeEvent> event) {
  using Kind = RuntimeEvent::Kind;
  if (!event) return {How::kFailed, "the initialization took too long", "Sandbox.Timedout"};
  switch (event->kind) {
    case Kind::kSnapshot:
    case Kind::kResting:
      return {How::kMade, "", ""};
    case Kind::kNoSnapshot:
      return {How::kUnfit, event->body, ""};
    case Kind::kInitError:
      return {How::kFailed, error_text(event->body), event->error_type};
    case Kind::kExited:
      return {How::kFailed, event->body, event->error_type};
    default:
      return {How::kUnfit, "its runtime makes none", ""};
  }
}

class Making {
 public:
  // With an image to fill, or without: then the process is to rest.
  Making(Host& host, const FunctionConfig& config, std::shared_ptr<Image> image)
      : host_(host),
        config_(config),
        log_(config, host.logs, host.clock, host.random.hex(32)),
        image_(std::move(image)) {}

  Async<SnapshotMade> run() {
    const auto found = host_.runtimes.find(config_.runtime, config_.memory_mib);
    if (!found) co_return SnapshotMade{How::kUnfit, found.error().message, ""};
    const Launch& launch = *found;
    if (!config_.extensions.empty()) co_return SnapshotMade{How::kUnfit, kHasExtensions, ""};
    TRY_VOID(co_await make_slot(launch));
    log_.init_start(launch.version, launch.version_arn(config_.region), false, kSnapStart);
    const SteadyTime began = io::Loop::here().now();
    const auto started = co_await slot_->start_process(
        snapshot_variables(config_, launch, host_, *slot_, image_ ? "make" : "rest"));
    if (!started) co_return SnapshotMade{How::kUnfit, started.error().message, ""};
    SnapshotMade made = co_await await_snapshot(
        launch, began + std::max<std::chrono::nanoseconds>(kInitTime, config_.timeout));
    if (slot_->runtime_api().extensions().any()) made = {How::kUnfit, kHasExtensions, ""};
    if (!slot_->sandbox().alive()) made = {How::kLost, "its sandbox has ended unexpectedly", ""};
    if (rests_ && made.how == How::kMade) {
      co_await rest();
    } else {
      co_await slot_->end_process();
    }
    if (made.how == How::kFailed) {
      const bool late = made.error_type == "Sandbox.Timedout";
      const Ending ending{.status = late ? Ending::Status::kTimeout : Ending::Status::kError,
                          .error_type = made.error_type};
      log_.init_runtime_done(false, kSnapStart, ending);
      log_.init_report(milliseconds(io::Loop::here().now() - began), false, kSnapStart, ending);
    }
    co_return made;
  }

  // Of one that was made: one of the two.
  Snapshots::Held image() { return rests_ ? nullptr : image_; }
  std::unique_ptr<Slot> take_slot() { return rests_ ? std::move(slot_) : nullptr; }

 private:
  Async<void> make_slot(const Launch& launch) {
    {
      const auto turn = co_await host_.making.enter();
      TRY(slot_, co_await Slot::make(host_, launch, image_ ? Slot::For::kSnapshot : Slot::For::kStock));
    }
    TRY_VOID(co_await slot_->bind(
        config_, [this](LineOf writer, std::string line) { log_.line(writer, std::move(line)); }, ""));
    if (image_)
      slot_->runtime_api().keep_snapshot([this](std::string piece) { return keep(std::move(piece)); });
    if (launch.rests) slot_->runtime_api().let_rest();
    (void)slot_->sandbox().limit_cpu(0);
    if (!image_) (void)slot_->sandbox().run_behind_others(true);
    co_return {};
  }

  // A process that cannot be written down may rest after it has said why.
  Task<SnapshotMade> await_snapshot(const Launch& launch, SteadyTime deadline) {
    using Kind = RuntimeEvent::Kind;
    auto event = co_await slot_->events().pop(deadline);
    const bool may_rest = launch.rests && !slot_->runtime_api().init_failed();
    if (may_rest && event && event->kind == Kind::kNoSnapshot) {
      log::info("{}:{} rests, as it cannot be written down: {}", config_.arn, config_.version, event->body);
      event = co_await slot_->events().pop(deadline);
    }
    rests_ = event && event->kind == Kind::kResting;
    co_return made_of(std::move(event));
  }

  Async<void> keep(std::string piece) {
    if (image_->bytes() + piece.size() > (uint64_t{config_.memory_mib} << 20) + kLoadedAheadBytes) {
      co_return fail("SnapshotTooLarge", "it is larger than the function's memory may be");
    }
    co_return co_await image_->append(std::move(piece));
  }

  // Where the host cannot freeze it, it only waits.
  Task<void> rest() {
    (void)slot_->sandbox().run_behind_others(true);
    (void)co_await slot_->sandbox().freeze();
    slot_->drain_output();
    slot_->take_lines([](LineOf, const std::string&) {});
  }

  Host& host_;
  const FunctionConfig& config_;
  EnvironmentLog log_;
  const std::shared_ptr<Image> image_;  // shared: with the snapshots, once it is complete
  bool rests_ = false;
  std::unique_ptr<Slot> slot_;  // last, so that it ends first
};

SnapshotMade lost(const Error& error) {
  return {How::kLost, error.message, ""};
}

}  // namespace

Variables snapshot_variables(const FunctionConfig& config, const Launch& launch, Host& host, Slot& slot,
                             std::string_view purpose) {
  Variables variables = variables_of(config, launch, host, "", kSnapStart);
  const std::string token = host.random.hex(64);
  slot.runtime_api().serve_credentials(token, [&] { return credentials_document(config, host); });
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token;
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] =
      fmt::format("http://localhost:{}{}", kRuntimeApiPort, RuntimeApi::kCredentialsPath);
  slot.metadata().add_to(variables);
  variables[kSnapshotVariable] = purpose;
  return variables;
}

Task<Snapshot> make_snapshot(Host& host, std::shared_ptr<const FunctionConfig> config) {
  const auto launch = host.runtimes.find(config->runtime, config->memory_mib);
  const bool rests = launch && launch->rests;
  const bool images = !rests || !launch->restorer.empty();
  const bool begun = images && host.snapshots.begin(*config);
  if (!begun && (!rests || host.snapshots.find(*config))) co_return Snapshot{{How::kMade, "", ""}, nullptr};
  Making making(host, *config, begun ? host.snapshots.create() : nullptr);
  auto run = co_await making.run();
  Snapshot snapshot{.made = run ? *std::move(run) : lost(run.error()), .slot = nullptr};
  const bool made = snapshot.made.how == How::kMade;
  if (begun) host.snapshots.end(*config, made ? making.image() : nullptr, snapshot.made.how == How::kLost);
  if (made) snapshot.slot = making.take_slot();
  if (!made) log::info("{}:{} has no snapshot: {}", config->arn, config->version, snapshot.made.why);
  co_return snapshot;
}

}  // namespace hearth::execution
