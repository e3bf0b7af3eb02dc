#include "execution/slot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/encoding.h"
#include "base/json.h"
#include "base/log.h"
#include "execution/variables.h"

namespace hearth::execution {
namespace {

// Before it is known what the function has.
constexpr uint64_t kMemoryBytes = 512ull << 20;
constexpr uint64_t kTmpBytes = 512ull << 20;
constexpr std::chrono::nanoseconds kBootTime = std::chrono::seconds(60);

// Variables that interpreters and loaders read when they start, not later.
constexpr std::array<std::string_view, 13> kEarlyVariables = {"AWS_LAMBDA_EXEC_WRAPPER",
                                                              "GLIBC_",
                                                              "JAVA_",
                                                              "JDK_JAVA_",
                                                              "_JAVA_",
                                                              "LANG",
                                                              "LC_",
                                                              "LD_",
                                                              "MALLOC_",
                                                              "NODE_",
                                                              "OPENSSL_",
                                                              "PYTHON",
                                                              "RUBY"};

constexpr size_t kRuntimeApiConnections = 64;

constexpr const char* kSnapshotImage = "/var/snapshot/image";
constexpr int kRefusedTo = 4;  // where a piped process writes to

// A runtime may think as long as it likes between two requests. What it announces is not held to a limit
// here, so that a response that is too large is told to its caller, and its connection goes on.
io::HttpServerOptions runtime_api_options() {
  return {.connections_max = kRuntimeApiConnections,
          .head_timeout = std::chrono::hours(24),
          .idle_timeout = std::chrono::hours(24),
          .body_timeout = std::chrono::hours(24),
          .write_timeout = std::chrono::hours(24),
          .awake_time = kAwakeForRuntime};
}

const io::HttpServerOptions& platform_options() {
  static const io::HttpServerOptions options{.connections_max = 256};
  return options;
}

Task<io::Response> ready_response(io::Response response) {
  co_return response;
}

}  // namespace

Slot::Slot(Host& host, Launch launch)
    : host_(host),
      launch_(std::move(launch)),
      runtime_api_(events_),
      runtime_api_options_(runtime_api_options()),
      telemetry_(host.clock),
      metadata_(host.random.hex(64)) {}

Slot::~Slot() = default;

Async<std::unique_ptr<Slot>> Slot::make(Host& host, Launch launch, For whom) {
  std::unique_ptr<Slot> slot(new Slot(host, std::move(launch)));
  using Unready = sandbox::Spawner::Unready;
  TRY_VOID(co_await slot->build(whom == For::kCaller ? Unready::kOrdinary : Unready::kWait));
  const bool ahead = whom == For::kStock || whom == For::kStockWithSdk;
  if (ahead && slot->launch_.waits) {
    (void)slot->sandbox_->run_behind_others(true);  // where the host has no shares all are equal
    TRY_VOID(co_await slot->start_ahead(whom == For::kStockWithSdk));
  }
  co_return std::move(slot);
}

Async<void> Slot::build(sandbox::Spawner::Unready unready) {
  sandbox::Spec spec{.name = launch_.version,
                     .hostname = "sandbox",
                     .limits = {.memory_bytes = kMemoryBytes, .cpu_millicores = 0, .tmp_bytes = kTmpBytes},
                     .binds = launch_.binds,
                     .mount_points = {kLateFolders.begin(), kLateFolders.end()},
                     .listen_ports = {kRuntimeApiPort, kPlatformPort},
                     .local_names = {std::string(kPlatformRoute) + ".127.0.0.1"}};
  TRY(sandbox_, co_await host_.spawner.create(std::move(spec), launch_.zygote, unready));

  io::Loop& loop = io::Loop::here();
  runtime_worker_ = std::make_unique<io::HttpWorker>(
      loop, [this](io::Request request) { return serve(std::move(request)); }, runtime_api_options_);
  runtime_worker_->listen(sandbox_->take_listener(0));
  if (host_.platform) {
    platform_worker_ = std::make_unique<io::HttpWorker>(loop, host_.platform, platform_options());
    platform_worker_->listen(sandbox_->take_listener(1));
  }
  co_return {};
}

// What is asked for at the address of the Runtime API.
Task<io::Response> Slot::serve(io::Request request) {
  const std::string_view path = request.raw_path();
  if (Telemetry::serves(path)) {
    return telemetry_.handle(std::move(request), runtime_api_.extensions(), *sandbox_);
  }
  if (config_ && MetadataApi::serves(path)) return ready_response(metadata_.handle(request, config_->region));
  return runtime_api_.handle(std::move(request));
}

Async<void> Slot::start_ahead(bool with_sdk) {
  runtime_api_.reset(true);
  std::vector<std::string> argv = launch_.argv;
  argv.emplace_back("--ahead");
  if (with_sdk) argv.emplace_back("--sdk");
  TRY_VOID(co_await start(std::move(argv), common_variables(launch_), sandbox_->forks()));
  const auto event = co_await events_.pop(io::Loop::here().now() + kBootTime);
  if (event && event->kind == RuntimeEvent::Kind::kWaiting) co_return {};
  co_return fail("SandboxFailed", event ? "a runtime ended while it was loaded: " + event->body
                                        : "a runtime was not loaded in time");
}

Async<void> Slot::bind(const FunctionConfig& config, TakeLine take, std::string image_folder) {
  config_ = &config;
  take_ = std::move(take);
  (void)sandbox_->run_behind_others(false);
  if (config.shared()) {
    runtime_api_.share();
    runtime_api_options_.connections_max = kRuntimeApiConnections + config.invokes_at_once;
  }
  const auto limited = sandbox_->limit_memory(uint64_t{config.memory_mib} << 20);
  if (!limited) log::debug("slot of {}: {}", config.arn, limited.error().message);  // told at start
  const uint64_t tmp_bytes = uint64_t{config.tmp_mib} << 20;
  const uint64_t new_tmp_bytes = tmp_bytes == kTmpBytes ? 0 : tmp_bytes;
  if (config.image) co_return co_await sandbox_->bind({}, new_tmp_bytes, config.image->root);
  std::vector<sandbox::Bind> binds = {{.source = config.code_directory, .target = kTaskRoot}};
  if (!config.layers_directory.empty()) {
    binds.push_back({.source = config.layers_directory, .target = kLayersRoot});
  }
  if (!image_folder.empty()) binds.push_back({.source = std::move(image_folder), .target = kSnapshotRoot});
  co_return co_await sandbox_->bind(std::move(binds), new_tmp_bytes);
}

// What an interpreter has read at its start cannot be given to it later.
bool Slot::can_go_on_with(const Variables& variables) const {
  const Variables had = common_variables(launch_);
  return std::ranges::all_of(variables, [&](const auto& variable) {
    const auto same = had.find(variable.first);
    if (same != had.end() && same->second == variable.second) return true;
    return std::ranges::none_of(kEarlyVariables,
                                [&](auto prefix) { return variable.first.starts_with(prefix); });
  });
}

bool Slot::can_furnish(const Variables& variables) const {
  return runtime_api_.waiting() && events_.empty() && can_go_on_with(variables);
}

Async<void> Slot::start_process(const Variables& variables) {
  if (!extensions_) {
    if (running_ && !can_furnish(variables)) co_await end_process();
    runtime_api_.extensions().begin(*config_, host_.random);
  }
  if (running_) {
    if (!runtime_api_.waiting()) co_return fail("SandboxFailed", "the runtime that was made ahead has gone");
    runtime_api_.furnish(to_text(json::value_from(variables)));
    co_return {};
  }
  if (config_->image) co_return co_await start(config_->image->argv, variables, false);
  const bool same_start = can_go_on_with(variables);
  if (same_start && sandbox_->forks()) co_return co_await start(launch_.argv, variables, true);
  std::vector<std::string> argv = launch_.argv;
  const auto wrapper = variables.find("AWS_LAMBDA_EXEC_WRAPPER");
  if (wrapper != variables.end()) argv.insert(argv.begin(), wrapper->second);
  const auto started = co_await start(argv, variables, false);
  const bool absent = !started && started.error().message.find(std::strerror(ENOENT)) != std::string::npos;
  if (!absent || launch_.other_program.empty()) co_return started;
  argv.back() = launch_.other_program;
  co_return co_await start(std::move(argv), variables, false);
}

Async<void> Slot::restore_process(const Variables& variables) {
  if (launch_.restorer.empty()) co_return co_await start_process(variables);
  runtime_api_.extensions().begin(*config_, host_.random);
  sandbox::Command command{.argv = {launch_.restorer, kSnapshotImage, std::to_string(kRefusedTo)},
                           .directory = kTaskRoot,
                           .piped = true};
  co_return co_await run(std::move(command), variables);
}

Async<void> Slot::start(std::vector<std::string> argv, const Variables& variables, bool forked) {
  if (!launch_.tuning.empty() && !variables.contains(launch_.tuning_variable)) {
    const auto program = std::ranges::find(argv, launch_.argv.front());
    argv.insert(program + 1, launch_.tuning.begin(), launch_.tuning.end());
  }
  const bool of_image = config_ && config_->image;
  sandbox::Command command{.argv = std::move(argv),
                           .directory = of_image ? config_->image->directory : kTaskRoot,
                           .piped = launch_.piped,
                           .forked = forked};
  if (command.piped) command.argv.emplace_back("--piped");
  co_return co_await run(std::move(command), variables);
}

Async<void> Slot::run(sandbox::Command command, const Variables& variables) {
  for (const auto& [name, value] : variables) command.environment.push_back(name + "=" + value);
  TRY(sandbox::Process process, co_await sandbox_->start(std::move(command)));
  const uint32_t id = process.id;
  running_ = std::make_unique<Running>(std::move(process), runtime_api_, [this](std::string line) {
    if (take_) return take_(LineOf::kFunction, std::move(line));
    log::warn("{}, made ahead, says: {}", launch_.version, line);
  });
  running_->tasks.spawn(running_->output.run());
  running_->tasks.spawn(running_->errors.run());
  if (running_->pipe) running_->tasks.spawn(running_->pipe->run());
  running_->tasks.spawn(watch_exit(id));
  co_return {};
}

Task<void> Slot::watch_exit(uint32_t process) {
  const sandbox::ExitStatus status = co_await sandbox_->exited(process);
  running_->exited = true;
  co_await io::yield_now();  // what it said last may be told in the same turn of the loop, and comes first
  std::string what = "Runtime exited without providing a reason";
  if (status.code != 0) what = "Runtime exited with error: " + exit_text(status);
  events_.push({.kind = RuntimeEvent::Kind::kExited,
                .body = std::move(what),
                .error_type = status.out_of_memory ? "Runtime.OutOfMemory" : "Runtime.ExitError"});
}

Task<void> Slot::end_process() {
  if (running_ || extensions_) {
    (void)sandbox_->limit_cpu(0);  // dying shall not wait for the function's share
    const auto killed = co_await sandbox_->kill();
    if (!killed) log::warn("{}", killed.error().message);
    drain_output();
    running_.reset();
    extensions_.reset();
  }
  events_.clear();
  telemetry_.reset();
  runtime_api_.reset();
}

void Slot::drain_output() {
  if (extensions_) extensions_->drain_output();
  if (!running_) return;
  for (LogPipe* pipe : {&running_->output, &running_->errors}) {
    pipe->drain();
    pipe->flush();
  }
}

}  // namespace hearth::execution
