#include "services/lambda/runner.h"

#include "api/lambda.h"
#include "services/lambda/durable/starts.h"
#include "services/lambda/layer_use.h"
#include "services/lambda/managed_instances.h"
#include "services/lambda/recursion.h"
#include "services/lambda/settings.h"
#include "services/lambda/snap_start.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

// An image's program is its own, or what the function says in its place.
execution::ImageProgram program_of(const VersionRecord& version, const Directory& root) {
  const ImageRecord& image = *version.image;
  const ImageOverrides& own = version.image_overrides;
  execution::ImageProgram program{
      .root = *root,
      .argv = own.entry_point.empty() ? image.entry_point : own.entry_point,
      .directory = own.working_directory.empty() ? image.working_directory : own.working_directory,
      .environment = image.environment};
  const std::vector<std::string>& command = own.command.empty() ? image.command : own.command;
  program.argv.insert(program.argv.end(), command.begin(), command.end());
  if (program.directory.empty()) program.directory = "/";
  return program;
}

// `directory` is that of the package, or the root of the image.
execution::FunctionConfig config_of(const FunctionRef& ref, const VersionRecord& version,
                                    const Directory& directory, const Directory& layers) {
  execution::FunctionConfig config{.account = ref.account,
                                   .region = ref.region,
                                   .name = ref.name,
                                   .version = version.version,
                                   .arn = ref.arn(),
                                   .revision = version.revision_id,
                                   .runtime = version.runtime,
                                   .handler = version.handler,
                                   .role_arn = version.role,
                                   .code_directory = *directory,
                                   .code_hold = directory,
                                   .timeout = std::chrono::seconds(version.timeout_seconds),
                                   .memory_mib = static_cast<uint32_t>(version.memory_mib),
                                   .tmp_mib = static_cast<uint32_t>(version.tmp_mib),
                                   .invokes_at_once = invokes_at_once(version)};
  if (version.managed) config.memory_per_core_mib = memory_per_core_mib(*version.managed);
  if (version.image) config.image = program_of(version, directory);
  if (layers) {
    config.layers_directory = *layers;
    config.layers_hold = layers;
  }
  config.snap_start = wants_snapshot(version) && version.version != kLatest;
  config.traced = version.tracing_mode == "Active";
  if (version.environment) config.environment = *version.environment;
  using execution::LogLevel;
  config.logs = {
      .group = log_group_of(ref, version),
      .shared_group = !version.log_group.empty(),
      .format = version.log_format == "JSON" ? execution::LogFormat::kJson : execution::LogFormat::kText,
      .application_level = execution::log_level_of(version.application_log_level).value_or(LogLevel::kInfo),
      .system_level = execution::log_level_of(version.system_log_level).value_or(LogLevel::kInfo)};
  return config;
}

}  // namespace

Status check_invocable(const VersionRecord& version) {
  const bool snapshot = wants_snapshot(version) && version.version != kLatest;
  if (version.state == "Active" || (version.state == kInactive && !snapshot)) return {};
  if (snapshot && (version.state == "Pending" || version.state == kInactive)) {
    return fail(errors::snap_start_not_ready_exception(
        "Lambda is initializing your function. It can be invoked when its state is Active."));
  }
  return fail(errors::resource_conflict_exception(
      "The operation cannot be performed at this time. The function is currently in the following state: " +
      version.state));
}

Status check_tenant(const VersionRecord& version, std::string_view tenant) {
  if (version.per_tenant == !tenant.empty()) return {};
  return fail(errors::invalid_parameter_value_exception(
      version.per_tenant
          ? "Add a valid tenant ID in your request and try again."
          : "The invoked function is not enabled with tenancy configuration. Remove the tenant "
            "ID from your request and try again."));
}

Async<execution::FunctionConfig> make_config(Parts& parts, FunctionRef ref, VersionRecord version) {
  if (version.coming_image) TRY_VOID(check_invocable(version));
  if (version.image) {
    TRY(const Directory root, co_await parts.images.root_of(*version.image));
    execution::FunctionConfig config = config_of(ref, version, root, nullptr);
    TRY(config.extensions, co_await parts.images.extensions_in(root));
    co_return config;
  }
  Directory directory;
  if (version.live_folder.empty()) {
    TRY(directory, co_await parts.code.directory_of(version.code));
  } else {
    TRY(std::string folder, co_await parts.live_folders.find(version.live_folder));
    directory = std::make_shared<const std::string>(std::move(folder));
  }
  Directory layers;
  if (!version.layers.empty()) {
    TRY(layers, co_await parts.code.merged_directory_of(layer_packages(version)));
  }
  execution::FunctionConfig config = config_of(ref, version, directory, layers);
  if (layers) {
    TRY(config.extensions, co_await parts.code.files_in(layers, "extensions"));
  }
  co_return config;
}

Async<io::Future<execution::Outcome>> begin_function(Parts& parts, FunctionRef ref, TargetPtr target,
                                                     execution::Invocation invocation) {
  const Resolved& found = target->resolved;
  TRY_VOID(check_tenant(found.version, invocation.tenant));
  TRY_VOID(pass(invocation.trace, ref, found.function.loops_allowed));
  std::optional<int> reserved;
  if (found.function.reserved_concurrency) reserved = static_cast<int>(*found.function.reserved_concurrency);
  TRY(auto permit, parts.concurrency.acquire({.account = ref.account,
                                              .region = ref.region,
                                              .function = ref.name,
                                              .version = found.version.version,
                                              .reserved = reserved,
                                              .claimed = target->claimed_in_account,
                                              .queued = invocation.queued}));
  // Environments see what lies in a folder as it was when they began.
  std::string revision = found.version.revision_id;
  if (!found.version.live_folder.empty()) {
    TRY(const std::string state, co_await parts.live_folders.state(found.version.live_folder));
    revision += "/" + state;
  }
  auto make = [&]() -> Async<execution::FunctionConfig> {
    TRY(auto config, co_await make_config(parts, ref, found.version));
    config.revision = revision;
    co_return config;
  };
  execution::PoolKey key{.function_arn = ref.arn(),
                         .version = found.version.version,
                         .revision = revision,
                         .tenant = invocation.tenant};
  co_return co_await parts.executor.invoke(std::move(key), make, std::move(invocation), std::move(permit));
}

Status judge(const execution::Outcome& outcome) {
  if (!outcome.platform_error) return {};
  using Restore = execution::Outcome::Restore;
  if (outcome.restore == Restore::kLate)
    return fail(errors::snap_start_timeout_exception(*outcome.platform_error));
  if (outcome.restore == Restore::kFailed) return fail(errors::snap_start_exception(*outcome.platform_error));
  return fail(errors::service_exception(*outcome.platform_error));
}

Async<execution::Outcome> run_function(Parts& parts, FunctionRef ref, TargetPtr target,
                                       execution::Invocation invocation) {
  if (target->resolved.version.durable) {
    co_return co_await parts.durable->run_to_end(std::move(ref), std::move(target), std::move(invocation));
  }
  co_return co_await run_once(parts, std::move(ref), std::move(target), std::move(invocation));
}

Async<execution::Outcome> run_once(Parts& parts, FunctionRef ref, TargetPtr target,
                                   execution::Invocation invocation) {
  TRY(const auto future,
      co_await begin_function(parts, std::move(ref), std::move(target), std::move(invocation)));
  auto outcome = co_await future;
  TRY_VOID(judge(outcome));
  co_return outcome;
}

}  // namespace hearth::services::lambda
