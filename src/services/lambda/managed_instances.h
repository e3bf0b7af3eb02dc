// Functions on managed instances: their environments serve many invokes at once. A capacity provider names
// the machines, which here are these, whatever its name. What runs is a published version, or what was
// published last under "$LATEST.PUBLISHED".
#pragma once
#include "api/lambda.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

inline constexpr int64_t kManagedTimeoutSecondsMax = 5400;
inline constexpr int64_t kManagedMemoryMibMin = 2048;
inline constexpr int64_t kManagedMemoryMibMax = 32768;

// A function is made so when it is created, and stays so.
Status apply_managed(const api::lambda::CapacityProviderConfig& config, VersionRecord& record);
// What goes with it and what does not.
Status check_managed(const VersionRecord& record);
api::lambda::CapacityProviderConfig describe_managed(const ManagedInstances& managed);

// At once, in one environment: as was asked for, or what its runtime does per core.
uint32_t invokes_at_once(const VersionRecord& record);
uint32_t memory_per_core_mib(const ManagedInstances& managed);
// Whether a version may be published under "$LATEST.PUBLISHED".
Status check_publish_to(const std::optional<std::string>& publish_to, const VersionRecord& record);

}  // namespace hearth::services::lambda
