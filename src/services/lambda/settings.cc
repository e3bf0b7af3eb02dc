#include "services/lambda/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/unless_empty.h"
#include "services/lambda/limits.h"
#include "services/lambda/managed_instances.h"
#include "services/lambda/runtime_names.h"
#include "services/lambda/snap_start.h"
#include "wire/not_implemented.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
using api::lambda::UpdateFunctionConfigurationRequest;

constexpr std::array<std::string_view, 27> kReservedVariables = {"_HANDLER",
                                                                 "_X_AMZN_TRACE_ID",
                                                                 "AWS_ACCESS_KEY",
                                                                 "AWS_ACCESS_KEY_ID",
                                                                 "AWS_DEFAULT_REGION",
                                                                 "AWS_EXECUTION_ENV",
                                                                 "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                                 "AWS_LAMBDA_FUNCTION_NAME",
                                                                 "AWS_LAMBDA_FUNCTION_VERSION",
                                                                 "AWS_LAMBDA_INITIALIZATION_TYPE",
                                                                 "AWS_LAMBDA_LOG_FORMAT",
                                                                 "AWS_LAMBDA_LOG_GROUP_NAME",
                                                                 "AWS_LAMBDA_LOG_LEVEL",
                                                                 "AWS_LAMBDA_LOG_STREAM_NAME",
                                                                 "AWS_LAMBDA_MAX_CONCURRENCY",
                                                                 "AWS_LAMBDA_METADATA_API",
                                                                 "AWS_LAMBDA_METADATA_TOKEN",
                                                                 "AWS_LAMBDA_RUNTIME_API",
                                                                 "AWS_REGION",
                                                                 "AWS_SECRET_ACCESS_KEY",
                                                                 "AWS_SECRET_KEY",
                                                                 "AWS_SESSION_TOKEN",
                                                                 "LAMBDA_RUNTIME_DIR",
                                                                 "LAMBDA_TASK_ROOT",
                                                                 "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                                                 "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                                                 "_AWS_XRAY_DAEMON_ADDRESS"};

Status check_range(std::string_view member, int64_t value, int64_t max) {
  if (value <= max) return {};
  return fail(errors::invalid_parameter_value_exception(
      fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member "
                  "must have value less than or equal to {}",
                  value, member, max)));
}

Status check_runtime(const std::string& runtime) {
  if (std::ranges::find(kRuntimes, runtime) != kRuntimes.end()) return {};
  if (std::ranges::find(kDeprecatedRuntimes, runtime) != kDeprecatedRuntimes.end()) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("The runtime parameter of {} is no longer supported for creating or updating AWS "
                    "Lambda functions. We "
                    "recommend you use a supported runtime while creating or updating functions.",
                    runtime)));
  }
  return fail(errors::invalid_parameter_value_exception(
      fmt::format("Value {} at 'runtime' failed to satisfy constraint: Member must satisfy enum value "
                  "set: [{}] or be a valid ARN",
                  runtime, fmt::join(kRuntimes, ", "))));
}

Status check_environment(const std::map<std::string, std::string>& variables) {
  std::vector<std::string> reserved;
  json::object measured;
  for (const auto& [name, value] : variables) {
    if (std::ranges::find(kReservedVariables, name) != kReservedVariables.end()) reserved.push_back(name);
    measured[name] = value;
  }
  if (!reserved.empty()) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("Lambda was unable to configure your environment variables because the environment "
                    "variables you have provided contains reserved keys that are currently not "
                    "supported for modification. Reserved keys used in this request: {}",
                    fmt::join(reserved, ", "))));
  }
  const std::string text = to_text(measured);
  if (text.size() > limits::kEnvironmentBytesMax) {
    return fail(errors::invalid_parameter_value_exception(
        "Lambda was unable to configure your environment variables because the environment variables "
        "you have provided exceeded the 4KB limit. String measured: " +
        text));
  }
  return {};
}

Status apply_logging(const api::lambda::LoggingConfig& logging, VersionRecord& record) {
  if (logging.log_format) record.log_format = *logging.log_format;
  if (logging.log_group) record.log_group = *logging.log_group;
  if (record.log_format == "Text") {
    if (logging.application_log_level || logging.system_log_level) {
      return fail(errors::invalid_parameter_value_exception(
          "ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is JSON."));
    }
    record.application_log_level = record.system_log_level = "";
    return {};
  }
  if (logging.application_log_level) record.application_log_level = *logging.application_log_level;
  if (logging.system_log_level) record.system_log_level = *logging.system_log_level;
  if (record.application_log_level.empty()) record.application_log_level = "INFO";
  if (record.system_log_level.empty()) record.system_log_level = "INFO";
  return {};
}

Status apply_vpc(const api::lambda::VpcConfig& vpc, VersionRecord& record) {
  if (vpc.subnet_ids && !vpc.subnet_ids->empty()) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 "
                    "Error Message: The subnet ID '{}' does not exist",
                    vpc.subnet_ids->front())));
  }
  if (vpc.security_group_ids && !vpc.security_group_ids->empty()) {
    return fail(errors::invalid_parameter_value_exception(
        fmt::format("Error occurred while DescribeSecurityGroups. EC2 Error Code: "
                    "InvalidGroup.NotFound. EC2 Error Message: The security group '{}' does not exist",
                    vpc.security_group_ids->front())));
  }
  record.has_vpc_config = true;
  return {};
}

// A function is made durable when it is created, and stays so.
Status apply_durable(const api::lambda::DurableConfig& config, VersionRecord& record) {
  if (!record.durable) {
    return fail(errors::invalid_parameter_value_exception(
        "DurableConfig can only be set for a function that was created with it."));
  }
  DurableSettings& durable = *record.durable;
  if (durable.timeout_seconds == 0) {
    durable = {limits::kDurableTimeoutSecondsDefault, limits::kDurableRetentionDaysDefault};
  }
  if (config.execution_timeout) durable.timeout_seconds = *config.execution_timeout;
  if (config.retention_period_in_days) durable.retention_days = *config.retention_period_in_days;
  return {};
}

// What is refused rather than accepted and then not done.
Status check_served(const UpdateFunctionConfigurationRequest& settings) {
  if (settings.file_system_configs && !settings.file_system_configs->empty()) {
    return fail(wire::not_implemented("file systems for functions"));
  }
  if (settings.durable_config && !settings.durable_config->kms_key_arn.value_or("").empty()) {
    return fail(wire::not_implemented("keys for durable executions"));
  }
  TRY_SYNC_VOID(wire::refuse_given(settings.accelerator_config, "accelerators for functions"));
  TRY_SYNC_VOID(wire::refuse_given(settings.runtime_config, "customer-managed runtimes"));
  return {};
}

Status apply_image_config(const api::lambda::ImageConfig& config, VersionRecord& record) {
  ImageOverrides& overrides = record.image_overrides;
  overrides = {.entry_point = config.entry_point.value_or(std::vector<std::string>()),
               .command = config.command.value_or(std::vector<std::string>()),
               .working_directory = config.working_directory.value_or("")};
  size_t bytes = overrides.working_directory.size();
  for (const auto* list : {&overrides.entry_point, &overrides.command}) {
    for (const std::string& text : *list) bytes += text.size();
  }
  if (bytes > limits::kImageSettingsBytesMax)
    return fail(
        errors::invalid_parameter_value_exception("The container image settings are larger than 16 KB."));
  return {};
}

// What a function from an image has not, and what only such a one has.
Status check_kind(const UpdateFunctionConfigurationRequest& settings, const VersionRecord& record) {
  const bool has_layers = settings.layers && !settings.layers->empty();
  if (record.image && (settings.runtime || settings.handler || has_layers)) {
    return fail(errors::invalid_parameter_value_exception(
        "Please don't provide Handler or Runtime or Layer when the intended function PackageType is IMAGE."));
  }
  if (record.image && settings.snap_start && settings.snap_start->apply_on == kPublishedVersions)
    return fail(wire::not_implemented("SnapStart for functions from container images"));
  if (!record.image && settings.image_config) {
    return fail(errors::invalid_parameter_value_exception(
        "Please don't provide ImageConfig when the intended function PackageType is ZIP."));
  }
  return {};
}

std::vector<api::lambda::Layer> describe_layers(const std::vector<UsedLayer>& layers) {
  std::vector<api::lambda::Layer> out;
  for (const UsedLayer& layer : layers) {
    out.push_back({.arn = layer.arn,
                   .code_size = static_cast<int64_t>(layer.code.size_bytes),
                   .signing_profile_version_arn = layer.signature.shown_profile_version(),
                   .signing_job_arn = layer.signature.shown_job()});
  }
  return out;
}

}  // namespace

std::string runtime_version_arn(const std::string& region, const std::string& runtime) {
  return fmt::format("arn:aws:lambda:{}::runtime:{}", region, hex_encode(sha256(runtime)));
}

UpdateFunctionConfigurationRequest settings_of(api::lambda::CreateFunctionRequest& request) {
  return {.role = std::move(request.role),
          .handler = std::move(request.handler),
          .description = std::move(request.description),
          .timeout = request.timeout,
          .memory_size = request.memory_size,
          .vpc_config = std::move(request.vpc_config),
          .environment = std::move(request.environment),
          .runtime = std::move(request.runtime),
          .dead_letter_config = std::move(request.dead_letter_config),
          .kms_key_arn = std::move(request.kms_key_arn),
          .tracing_config = std::move(request.tracing_config),
          .file_system_configs = std::move(request.file_system_configs),
          .image_config = std::move(request.image_config),
          .ephemeral_storage = request.ephemeral_storage,
          .snap_start = std::move(request.snap_start),
          .logging_config = std::move(request.logging_config),
          .capacity_provider_config = std::move(request.capacity_provider_config),
          .durable_config = std::move(request.durable_config),
          .runtime_config = std::move(request.runtime_config),
          .accelerator_config = request.accelerator_config};
}

Status apply_settings(UpdateFunctionConfigurationRequest settings, VersionRecord& record) {
  TRY_SYNC_VOID(check_served(settings));
  TRY_SYNC_VOID(check_kind(settings, record));
  if (settings.image_config) TRY_SYNC_VOID(apply_image_config(*settings.image_config, record));
  if (settings.runtime) {
    TRY_SYNC_VOID(check_runtime(*settings.runtime));
    record.runtime = *settings.runtime;
  }
  if (settings.timeout) {
    TRY_SYNC_VOID(check_range("timeout", *settings.timeout,
                              record.managed ? kManagedTimeoutSecondsMax : limits::kTimeoutSecondsMax));
    record.timeout_seconds = *settings.timeout;
  }
  if (settings.memory_size) {
    TRY_SYNC_VOID(check_range("memorySize", *settings.memory_size,
                              record.managed ? kManagedMemoryMibMax : limits::kMemoryMibMax));
    record.memory_mib = *settings.memory_size;
  }
  if (settings.environment) {
    auto variables =
        std::move(settings.environment->variables).value_or(std::map<std::string, std::string>());
    TRY_SYNC_VOID(check_environment(variables));
    record.environment.reset();
    if (!variables.empty()) record.environment = std::move(variables);
  }
  if (settings.vpc_config) TRY_SYNC_VOID(apply_vpc(*settings.vpc_config, record));
  if (settings.logging_config) TRY_SYNC_VOID(apply_logging(*settings.logging_config, record));
  if (settings.role) record.role = *std::move(settings.role);
  if (settings.handler) record.handler = *std::move(settings.handler);
  if (settings.description) record.description = *std::move(settings.description);
  if (settings.ephemeral_storage) {
    TRY_SYNC_VOID(check_range("ephemeralStorage.size", settings.ephemeral_storage->size, limits::kTmpMibMax));
    record.tmp_mib = settings.ephemeral_storage->size;
  }
  if (settings.tracing_config && settings.tracing_config->mode)
    record.tracing_mode = *settings.tracing_config->mode;
  if (settings.kms_key_arn) record.kms_key_arn = *std::move(settings.kms_key_arn);
  if (settings.dead_letter_config)
    record.dead_letter_arn = settings.dead_letter_config->target_arn.value_or("");
  if (settings.durable_config) TRY_SYNC_VOID(apply_durable(*settings.durable_config, record));
  if (settings.capacity_provider_config)
    TRY_SYNC_VOID(apply_managed(*settings.capacity_provider_config, record));
  if (settings.snap_start && settings.snap_start->apply_on)
    record.snap_start = *settings.snap_start->apply_on;
  TRY_SYNC_VOID(check_managed(record));
  if (record.image) return {};
  TRY_SYNC_VOID(check_snap_start(record));
  const bool os_only = record.runtime.starts_with("provided");
  if (record.runtime.empty() || (record.handler.empty() && !os_only)) {
    return fail(errors::invalid_parameter_value_exception(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages."));
  }
  return {};
}

Status check_tags(const std::map<std::string, std::string>& tags) {
  if (tags.size() > limits::kTagsMax)
    return fail(errors::invalid_parameter_value_exception("Number of tags exceeds resource tag limit."));
  for (const auto& [key, value] : tags) {
    if (key.empty() || utf8_length(key) > limits::kTagKeyMax)
      return fail(errors::invalid_parameter_value_exception("The tag key is invalid: " + key));
    if (utf8_length(value) > limits::kTagValueMax)
      return fail(errors::invalid_parameter_value_exception("The value of tag " + key + " is too long."));
    if (to_lower(key).starts_with("aws:")) {
      return fail(errors::invalid_parameter_value_exception(
          "The tag key " + key + " is reserved: tags that begin with aws: are not permitted."));
    }
  }
  return {};
}

std::string code_sha256(const VersionRecord& record) {
  return record.image ? hex_encode(record.code.sha256) : base64_encode(record.code.sha256);
}

std::string content_of(VersionRecord record) {
  record.version = record.revision_id = record.description = record.source_description = "";
  record.state = record.state_reason = record.state_reason_code = "";
  record.last_update_status = record.last_update_reason = record.last_update_reason_code = "";
  record.update_runtime_on = "";
  record.modified = {};
  record.code.id = "";
  if (record.image) {
    for (ImageLayer& layer : record.image->layers) layer.blob.id = "";
  }
  record.optimized = false;
  return store::encode(record);
}

std::string log_group_of(const FunctionRef& ref, const VersionRecord& record) {
  return record.log_group.empty() ? "/aws/lambda/" + ref.name : record.log_group;
}

VersionRecord as_it_is_to_be(VersionRecord record) {
  if (auto coming = std::exchange(record.coming_image, std::nullopt)) {
    record.image = std::move(coming->image);
    record.code = std::move(coming->manifest);
    record.architecture = std::move(coming->architecture);
  }
  return record;
}

api::lambda::FunctionConfiguration describe(const FunctionRef& ref, const VersionRecord& record,
                                            Describe how) {
  if (record.coming_image) return describe(ref, as_it_is_to_be(record), how);
  api::lambda::FunctionConfiguration out;
  out.function_name = ref.name;
  out.function_arn = how.qualified ? ref.arn_of(record.version) : ref.arn();
  out.runtime = unless_empty(record.runtime);
  out.role = record.role;
  out.handler = unless_empty(record.handler);
  out.code_size = record.image ? 0 : static_cast<int64_t>(record.code.size_bytes);
  out.description = record.description;
  out.timeout = static_cast<int32_t>(record.timeout_seconds);
  out.memory_size = static_cast<int32_t>(record.memory_mib);
  out.last_modified = lambda_timestamp(record.modified);
  out.code_sha256 = code_sha256(record);
  out.signing_profile_version_arn = record.signature.shown_profile_version();
  out.signing_job_arn = record.signature.shown_job();
  out.version = record.version;
  if (record.has_vpc_config) {
    out.vpc_config = {.subnet_ids = std::vector<std::string>(),
                      .security_group_ids = std::vector<std::string>(),
                      .vpc_id = "",
                      .ipv6_allowed_for_dual_stack = false};
  }
  out.kms_key_arn = unless_empty(record.kms_key_arn);
  if (!record.dead_letter_arn.empty()) out.dead_letter_config = {.target_arn = record.dead_letter_arn};
  if (record.environment) out.environment = {.variables = *record.environment, .error = {}};
  out.tracing_config = {.mode = record.tracing_mode};
  out.revision_id = record.revision_id;
  out.package_type = record.image ? "Image" : "Zip";
  if (const ImageOverrides& own = record.image_overrides; own.any()) {
    api::lambda::ImageConfig config{.working_directory = unless_empty(own.working_directory)};
    if (!own.entry_point.empty()) config.entry_point = own.entry_point;
    if (!own.command.empty()) config.command = own.command;
    out.image_config_response = {.image_config = std::move(config), .error = {}};
  }
  out.architectures = {record.architecture};
  out.ephemeral_storage = {.size = static_cast<int32_t>(record.tmp_mib)};
  out.snap_start = {.apply_on = record.snap_start, .optimization_status = record.optimized ? "On" : "Off"};
  if (record.durable) {
    out.durable_config = {.kms_key_arn = {},
                          .retention_period_in_days = static_cast<int32_t>(record.durable->retention_days),
                          .execution_timeout = static_cast<int32_t>(record.durable->timeout_seconds)};
  }
  if (record.managed) {
    out.capacity_provider_config = describe_managed(*record.managed);
    out.config_sha256 = hex_encode(sha256(content_of(record)));
  }
  if (record.per_tenant) out.tenancy_config = {.tenant_isolation_mode = "PER_TENANT"};
  if (!record.layers.empty()) out.layers = describe_layers(record.layers);
  out.logging_config = {.log_format = record.log_format,
                        .application_log_level = unless_empty(record.application_log_level),
                        .system_log_level = unless_empty(record.system_log_level),
                        .log_group = log_group_of(ref, record)};
  if (!how.with_state) return out;
  if (!record.image) {
    out.runtime_version_config = {.runtime_version_arn = runtime_version_arn(ref.region, record.runtime),
                                  .error = {}};
  }
  out.state = record.state;
  out.state_reason = unless_empty(record.state_reason);
  out.state_reason_code = unless_empty(record.state_reason_code);
  out.last_update_status = unless_empty(record.last_update_status);
  out.last_update_status_reason = unless_empty(record.last_update_reason);
  out.last_update_status_reason_code = unless_empty(record.last_update_reason_code);
  return out;
}

}  // namespace hearth::services::lambda
