// What functions use of layers.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "services/lambda/records.h"
#include "wire/auth.h"
#include "wire/call.h"

namespace hearth::services::lambda {

// Whether the caller may have the layer versions of these ARNs.
Async<void> authorize_layers(const wire::Call& call, std::optional<std::vector<std::string>> arns,
                             wire::Authorizer& authorizer);

// Gives the record the layer versions of these ARNs, which must exist; nothing changes when there is no list.
// Fails in the service's words for too many, two versions of one layer, those of other regions.
Async<void> use_layers(store::Transaction& tx, const wire::Call& call,
                       std::optional<std::vector<std::string>> arns, VersionRecord& record);

// Package and layers together must not be larger than is allowed.
Status check_unzipped_size(const VersionRecord& record);

// The packages of the layers, in order.
std::vector<store::BlobInfo> layer_packages(const VersionRecord& record);

}  // namespace hearth::services::lambda
