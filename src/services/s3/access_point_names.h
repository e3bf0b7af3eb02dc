// How access points are named where a bucket's name is expected:
//
//   arn:aws:s3:<region>:<account>:accesspoint/<name>, arn:aws:s3-object-lambda:...     as a whole
//   <name>-<account>                                                  before the host's name, and only there
//   <name>-<34 letters>-s3alias, <name>-<31 letters>--ol-s3           like a bucket
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "services/s3/access_point_records.h"

namespace hearth::services::s3 {

// The condition key that says by which a bucket is reached.
inline constexpr std::string_view kDataAccessPointArn = "s3:DataAccessPointArn";

Status check_access_point_name(const std::string& name);

// Whether the name may be an access point's. Those of most buckets are told at once.
bool may_be_access_point(std::string_view name);
bool is_access_point_alias(std::string_view name);

std::optional<AccessPointId> parse_access_point_arn(std::string_view arn);
// `kind` and `region` are what else is known of the request.
std::optional<AccessPointId> parse_access_point_label(std::string_view label, AccessPointKind kind,
                                                      std::string region);

// One that nobody guesses.
std::string make_access_point_alias(Random& random, const AccessPointId& id);

}  // namespace hearth::services::s3
