// Settings of buckets that change nothing here beyond themselves: they are judged, kept and given back. Those
// that would have this server do what it does not (write logs, reports, replicas) are refused by name.
#pragma once
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

// `parts` outlives the router.
void mount_configurations(wire::Router& router, Parts& parts);

}  // namespace hearth::services::s3
