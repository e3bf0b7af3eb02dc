// The values of condition keys that are known of every request, beside those of its caller (caller.h) and its
// operation (wire/conditions.h).
#pragma once
#include <map>
#include <string>

#include "identity/policy/evaluate.h"
#include "wire/call.h"

namespace hearth::identity {

void add_request_keys(const wire::Call& call, const AccessRequest& request, ConditionContext& context);
// What policies of S3 may ask for beside: how the request is signed, how long ago, and whether it makes an
// object.
void add_s3_keys(const wire::Call& call, const AccessRequest& request, ConditionContext& context);
// aws:ResourceTag/<key>, and the same in the name of the action's service.
void add_resource_tags(std::string_view action, const std::map<std::string, std::string>& tags,
                       ConditionContext& context);

}  // namespace hearth::identity
