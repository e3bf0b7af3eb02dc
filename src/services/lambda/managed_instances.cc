#include "services/lambda/managed_instances.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;

constexpr double kMemoryGibPerCoreDefault = 2;
constexpr double kMibPerGib = 1024;

// How many invokes a core of a runtime is for, unless the function says so. Runtimes that are not here serve
// one by one.
struct PerCore {
  std::string_view runtime;
  uint32_t invokes;
};
constexpr std::array<PerCore, 5> kPerCore = {
    {{"nodejs", 64}, {"java", 32}, {"dotnet", 32}, {"python", 16}, {"provided", 16}}};

const PerCore* per_core(const std::string& runtime) {
  const auto found =
      std::ranges::find_if(kPerCore, [&](const PerCore& one) { return runtime.starts_with(one.runtime); });
  return found == kPerCore.end() ? nullptr : &*found;
}

}  // namespace

Status apply_managed(const api::lambda::CapacityProviderConfig& config, VersionRecord& record) {
  if (!record.managed) {
    return fail(errors::invalid_parameter_value_exception(
        "CapacityProviderConfig can only be set for a function that was created with it."));
  }
  const auto& asked = config.lambda_managed_instances_capacity_provider_config;
  record.managed = ManagedInstances{
      .provider_arn = asked.capacity_provider_arn,
      .invokes_at_once = asked.per_execution_environment_max_concurrency.value_or(0),
      .memory_gib_per_core =
          asked.execution_environment_memory_gi_b_per_v_cpu.value_or(kMemoryGibPerCoreDefault)};
  return {};
}

Status check_managed(const VersionRecord& record) {
  if (!record.managed) return {};
  if (record.memory_mib < kManagedMemoryMibMin) {
    return fail(errors::invalid_parameter_value_exception(fmt::format(
        "Functions on Lambda Managed Instances have at least {} MB of memory.", kManagedMemoryMibMin)));
  }
  if (!record.image && !record.runtime.empty() && !per_core(record.runtime)) {
    return fail(errors::invalid_parameter_value_exception(fmt::format(
        "Runtime {} is not supported for functions on Lambda Managed Instances.", record.runtime)));
  }
  if (record.per_tenant) {
    return fail(errors::invalid_parameter_value_exception(
        "Tenant isolation is not supported for functions on Lambda Managed Instances."));
  }
  if (record.snap_start == kPublishedVersions) {
    return fail(errors::invalid_parameter_value_exception(
        "SnapStart is not supported for functions on Lambda Managed Instances."));
  }
  return {};
}

api::lambda::CapacityProviderConfig describe_managed(const ManagedInstances& managed) {
  api::lambda::LambdaManagedInstancesCapacityProviderConfig out{
      .capacity_provider_arn = managed.provider_arn,
      .execution_environment_memory_gi_b_per_v_cpu = managed.memory_gib_per_core};
  if (managed.invokes_at_once > 0)
    out.per_execution_environment_max_concurrency = static_cast<int32_t>(managed.invokes_at_once);
  return {.lambda_managed_instances_capacity_provider_config = std::move(out)};
}

uint32_t memory_per_core_mib(const ManagedInstances& managed) {
  return static_cast<uint32_t>(managed.memory_gib_per_core * kMibPerGib);
}

uint32_t invokes_at_once(const VersionRecord& record) {
  if (!record.managed) return 0;
  if (record.managed->invokes_at_once > 0) return static_cast<uint32_t>(record.managed->invokes_at_once);
  const auto cores = static_cast<uint32_t>(record.memory_mib) / memory_per_core_mib(*record.managed);
  const PerCore* of_runtime = per_core(record.image ? "provided" : record.runtime);
  return std::max(1U, cores) * (of_runtime ? of_runtime->invokes : 1);
}

Status check_publish_to(const std::optional<std::string>& publish_to, const VersionRecord& record) {
  if (!publish_to || record.managed) return {};
  return fail(errors::invalid_parameter_value_exception(
      "PublishTo is only supported for functions on Lambda Managed Instances."));
}

}  // namespace hearth::services::lambda
