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
  Making(Host& host, const FunctionConfig& config)
      : host_(host),
        config_(config),
        log_(config, host.logs, host.clock, host.random.hex(32)),
        image_(host.snapshots->create()) {}

  Async<SnapshotMade> run() {
    const auto found = host_.runtimes.find(config_.runtime, config_.memory_mib);
    if (!found) co_return SnapshotMade{How::kUnfit, found.error().message, ""};
    const Launch& launch = *found;
    if (!config_.extensions.empty()) co_return SnapshotMade{How::kUnfit, kHasExtensions, ""};
    {
      const auto turn = co_await host_.making.enter();
      TRY(slot_, co_await Slot::make(host_, launch, Slot::For::kSnapshot));
    }
    TRY_VOID(co_await slot_->bind(
        config_, [this](LineOf writer, std::string line) { log_.line(writer, std::move(line)); }, ""));
    slot_->runtime_api().keep_snapshot([this](std::string piece) { return keep(std::move(piece)); });
    (void)slot_->sandbox().limit_cpu(0);
    log_.init_start(launch.version, launch.version_arn(config_.region), kSnapStart);
    const SteadyTime began = io::Loop::here().now();
    const auto started =
        co_await slot_->start_process(snapshot_variables(config_, launch, host_, *slot_, "make"));
    if (!started) co_return SnapshotMade{How::kUnfit, started.error().message, ""};
    SnapshotMade made = made_of(
        co_await slot_->events().pop(began + std::max<std::chrono::nanoseconds>(kInitTime, config_.timeout)));
    if (slot_->runtime_api().extensions().any()) made = {How::kUnfit, kHasExtensions, ""};
    if (!slot_->sandbox().alive()) made = {How::kLost, "its sandbox has ended unexpectedly", ""};
    co_await slot_->end_process();
    if (made.how == How::kFailed) {
      const bool late = made.error_type == "Sandbox.Timedout";
      log_.init_report(milliseconds(io::Loop::here().now() - began), false, kSnapStart,
                       {.status = late ? Ending::Status::kTimeout : Ending::Status::kError,
                        .error_type = made.error_type});
    }
    co_return made;
  }

  Async<void> keep(std::string piece) {
    if (image_->bytes() + piece.size() > (uint64_t{config_.memory_mib} << 20) + kLoadedAheadBytes) {
      co_return fail("SnapshotTooLarge", "it is larger than the function's memory may be");
    }
    co_return co_await image_->append(std::move(piece));
  }

  // Of one that was made.
  Snapshots::Held image() { return image_; }

 private:
  Host& host_;
  const FunctionConfig& config_;
  EnvironmentLog log_;
  std::shared_ptr<Image> image_;  // shared: with the snapshots, once it is complete
  std::unique_ptr<Slot> slot_;    // last, so that it ends first
};

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

Task<SnapshotMade> make_snapshot(Host& host, std::shared_ptr<const FunctionConfig> config) {
  Making making(host, *config);
  auto run = co_await making.run();
  SnapshotMade made = run ? *std::move(run) : SnapshotMade{How::kLost, run.error().message, ""};
  host.snapshots->end(*config, made.how == How::kMade ? making.image() : nullptr, made.how == How::kLost);
  if (made.how != How::kMade) {
    log::info("{}:{} has no snapshot: {}", config->arn, config->version, made.why);
  }
  co_return made;
}

}  // namespace hearth::execution
