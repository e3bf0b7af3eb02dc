// Whom a role trusts. A trust policy is kept as it was written, and beside it the ids of the users and roles
// that it names: the role trusts those ids. Where one is gone, or another stands under its ARN now, its id
// takes the place of the ARN in what is shown and evaluated, as nobody has that id.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "identity/policy/policy.h"
#include "identity/records.h"

namespace hearth::identity {

// The users and roles that a trust policy of `account` names, as (ARN or id, id). "MalformedPolicyDocument"
// when one does not exist. Accounts need not be known here.
Async<std::vector<std::pair<std::string, std::string>>> trusted_ids(store::Transaction& tx,
                                                                    std::string account,
                                                                    const Policy& policy);

// The role's trust policy as it holds now.
Async<std::string> effective_trust(store::Transaction& tx, RoleRecord role);

}  // namespace hearth::identity
