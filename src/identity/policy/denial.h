// What someone is told who may not do what they asked for.
#pragma once
#include <string>

#include "identity/policy/evaluate.h"

namespace hearth::identity {

// "User: <arn> is not authorized to perform: <action> on resource: <arn> because no identity-based policy
// allows the <action> action", or "… with an explicit deny in a resource-based policy". The resource is left
// out when it is "*". REQUIRES that the decision is no.
std::string denial_text(const AccessRequest& request, const Decision& decision);

// The same without the reason, for who may not learn it: AssumeRole tells nobody whether a role exists.
std::string denial_text(const AccessRequest& request);

}  // namespace hearth::identity
