#include "execution/environment.h"

#include <fmt/format.h>

#include <cstring>

#include "base/encoding.h"
#include "base/log.h"

namespace hearth::execution {
namespace {

using std::chrono::nanoseconds;

constexpr uint16_t kRuntimeApiPort = 9001;
constexpr uint16_t kPlatformPort = 4566;
constexpr nanoseconds kInitTime = std::chrono::seconds(10);
// Freezing and thawing cost some 0.2 ms; back-to-back invokes need not pay it.
constexpr nanoseconds kIdleBeforeFreeze = std::chrono::milliseconds(100);
constexpr nanoseconds kCredentialsTime = std::chrono::hours(12);
// 1769 MB are one core.
constexpr uint32_t kMemoryPerCoreMib = 1769;

// A runtime may think as long as it likes between two requests.
const io::HttpServerOptions& runtime_api_options() {
  static const io::HttpServerOptions options{.body_bytes_max = RuntimeApi::kResponseBytesMax + 1024 * 1024,
                                             .connections_max = 64,
                                             .head_timeout = std::chrono::hours(24),
                                             .idle_timeout = std::chrono::hours(24),
                                             .body_timeout = std::chrono::hours(24),
                                             .write_timeout = std::chrono::hours(24)};
  return options;
}

const io::HttpServerOptions& platform_options() {
  static const io::HttpServerOptions options{.connections_max = 256};
  return options;
}

// As programs of this trade spell them: "killed", "segmentation fault", "aborted".
std::string signal_name(int signal) {
  const char* name = strsignal(signal);
  return to_lower(name ? name : "unknown");
}

double milliseconds(nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace

Environment::Environment(Host& host, std::shared_ptr<const FunctionConfig> config, EnvironmentOwner& owner)
    : host_(host),
      config_(std::move(config)),
      owner_(owner),
      loop_(io::Loop::here()),
      launch_(host.runtimes.find(*config_)),
      log_(*config_, host.logs, host.clock, host.random.hex(32)),
      runtime_api_(events_) {}

Environment::~Environment() = default;

Task<void> Environment::live() {
  const auto made = co_await make_sandbox();
  if (!made) {
    log::error("environment of {}: {}", config_->arn, made.error().message);
    owner_.failed(*this, made.error().message);
    co_return;
  }
  co_await first_init();
  for (;;) {
    owner_.idle(*this);
    auto job = co_await next_job();
    if (!job) break;
    co_await serve(*std::move(job));
    if (!sandbox_->alive()) break;
  }
  drain_logs();
}

Async<void> Environment::make_sandbox() {
  sandbox::Spec spec{.name = config_->name,
                     .hostname = "sandbox",
                     .limits = {.memory_bytes = uint64_t{config_->memory_mib} << 20,
                                .cpu_millicores = 0,
                                .tmp_bytes = uint64_t{config_->tmp_mib} << 20},
                     .listen_ports = {kRuntimeApiPort, kPlatformPort}};
  spec.binds.push_back({.source = config_->code_directory, .target = "/var/task"});
  if (launch_) spec.binds.insert(spec.binds.end(), launch_->binds.begin(), launch_->binds.end());
  TRY(sandbox_, co_await host_.spawner.create(std::move(spec)));

  auto runtime = [this](io::Request request) { return runtime_api_.handle(std::move(request)); };
  runtime_worker_ = std::make_unique<io::HttpWorker>(loop_, runtime, runtime_api_options());
  runtime_worker_->listen(sandbox_->take_listener(0));
  if (host_.platform) {
    platform_worker_ = std::make_unique<io::HttpWorker>(loop_, host_.platform, platform_options());
    platform_worker_->listen(sandbox_->take_listener(1));
  }
  co_return {};
}

std::vector<std::string> Environment::process_environment() const {
  std::map<std::string, std::string> variables;
  for (const auto& [name, value] : launch_->environment) variables[name] = value;
  variables["LANG"] = "en_US.UTF-8";
  variables["TZ"] = ":UTC";
  variables["PATH"] = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin";
  variables["LD_LIBRARY_PATH"] =
      "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";
  variables["AWS_XRAY_CONTEXT_MISSING"] = "LOG_ERROR";
  if (platform_worker_) variables["AWS_ENDPOINT_URL"] = fmt::format("http://127.0.0.1:{}", kPlatformPort);
  for (const auto& [name, value] : config_->environment) variables[name] = value;

  variables["_HANDLER"] = config_->handler;
  variables["AWS_REGION"] = variables["AWS_DEFAULT_REGION"] = config_->region;
  variables["AWS_LAMBDA_FUNCTION_NAME"] = config_->name;
  variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = std::to_string(config_->memory_mib);
  variables["AWS_LAMBDA_FUNCTION_VERSION"] = config_->version;
  variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
  variables["AWS_LAMBDA_LOG_GROUP_NAME"] = config_->logs.group;
  variables["AWS_LAMBDA_LOG_STREAM_NAME"] = log_.stream_name();
  variables["AWS_LAMBDA_RUNTIME_API"] = fmt::format("127.0.0.1:{}", kRuntimeApiPort);
  variables["LAMBDA_TASK_ROOT"] = "/var/task";
  variables["LAMBDA_RUNTIME_DIR"] = "/var/runtime";
  if (!config_->runtime.starts_with("provided")) {
    variables["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + config_->runtime;
  }
  variables["AWS_LAMBDA_LOG_FORMAT"] = config_->logs.format == LogFormat::kJson ? "JSON" : "Text";
  if (config_->logs.format == LogFormat::kJson) {
    variables["AWS_LAMBDA_LOG_LEVEL"] = log_level_name(config_->logs.application_level);
  }
  const auto credentials = host_.sessions.issue(
      {.account = config_->account,
       .role_arn = config_->role_arn,
       .session_name = config_->name,
       .expires =
           host_.clock.now() + std::chrono::duration_cast<std::chrono::microseconds>(kCredentialsTime)});
  variables["AWS_ACCESS_KEY_ID"] = credentials.access_key_id;
  variables["AWS_SECRET_ACCESS_KEY"] = credentials.secret_access_key;
  variables["AWS_SESSION_TOKEN"] = credentials.session_token;

  std::vector<std::string> lines;
  for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
  return lines;
}

Async<void> Environment::start_process() {
  if (!launch_) co_return launch_.error();
  std::vector<std::string> argv = launch_->argv;
  const auto wrapper = config_->environment.find("AWS_LAMBDA_EXEC_WRAPPER");
  if (wrapper != config_->environment.end()) argv.insert(argv.begin(), wrapper->second);
  events_.clear();
  runtime_api_.reset();
  auto started = co_await sandbox_->start(
      {.argv = std::move(argv), .environment = process_environment(), .directory = "/var/task"});
  if (!started) {
    const bool absent = started.error().message.find(std::strerror(ENOENT)) != std::string::npos;
    if (!absent || !config_->runtime.starts_with("provided")) co_return fail("", started.error().message);
    co_return fail("", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
  }
  const uint32_t id = started->id;
  running_ = std::make_unique<Running>(*std::move(started),
                                       [this](std::string line) { log_.line(std::move(line)); });
  running_->tasks.spawn(running_->output.run());
  running_->tasks.spawn(running_->errors.run());
  running_->tasks.spawn(watch_exit(id));
  co_return {};
}

Task<void> Environment::watch_exit(uint32_t process) {
  const sandbox::ExitStatus status = co_await sandbox_->exited(process);
  std::string what = "Runtime exited without providing a reason";
  if (status.signal != 0) {
    what = "Runtime exited with error: signal: " + signal_name(status.signal);
  } else if (status.code != 0) {
    what = fmt::format("Runtime exited with error: exit status {}", status.code);
  }
  events_.push({.kind = RuntimeEvent::Kind::kExited,
                .body = std::move(what),
                .error_type = status.out_of_memory ? "Runtime.OutOfMemory" : "Runtime.ExitError"});
}

Task<void> Environment::end_process() {
  ready_ = false;
  if (!running_) co_return;
  (void)sandbox_->limit_cpu(0);  // dying shall not wait for the function's share
  const auto killed = co_await sandbox_->kill();
  if (!killed) log::warn("environment of {}: {}", config_->arn, killed.error().message);
  drain_logs();
  running_.reset();
  events_.clear();
  runtime_api_.reset();
}

void Environment::drain_logs() {
  if (!running_) return;
  for (LogPipe* pipe : {&running_->output, &running_->errors}) {
    pipe->drain();
    pipe->flush();
  }
}

Task<void> Environment::first_init() {
  const SteadyTime began = loop_.now();
  if (launch_) log_.init_start(launch_->version, launch_->version_arn, false);
  const Verdict verdict = co_await init(began + kInitTime, "", false);
  if (!verdict.process_lost) init_ms_ = milliseconds(loop_.now() - began);
}

Task<Environment::Verdict> Environment::init(SteadyTime deadline, const std::string& request_id,
                                             bool in_invoke) {
  const SteadyTime began = loop_.now();
  Verdict verdict;
  // An init has the host's whole speed; the function's share of it holds from then on.
  (void)sandbox_->limit_cpu(0);
  const auto started = co_await start_process();
  if (!started) {
    verdict = failed(request_id, "Runtime.InvalidEntrypoint", started.error().message);
  } else if (auto event = co_await events_.pop(deadline); !event) {
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
    (void)sandbox_->limit_cpu(config_->memory_mib * 1000 / kMemoryPerCoreMib);
  }
  co_return verdict;
}

Task<std::optional<Job>> Environment::next_job() {
  const SteadyTime idle_since = loop_.now();
  auto job = co_await jobs_.pop(idle_since + kIdleBeforeFreeze);
  if (!job) {
    if (const auto frozen = co_await sandbox_->freeze(); frozen) frozen_ = true;
    job = co_await jobs_.pop(idle_since + host_.idle_time);
    // A job may be on its way from another loop.
    if (!job && !owner_.leave(*this)) job = co_await jobs_.pop();
  }
  co_return job ? *std::move(job) : std::nullopt;
}

}  // namespace hearth::execution
