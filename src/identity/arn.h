// ARNs of identities and policies: arn:aws:iam::<account>:<kind>/<path/><name>, and the ids and keys that are
// made for them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "identity/root.h"

namespace hearth::identity {

// `path` begins and ends with a slash. `kind` is "user", "role", "policy", ...
std::string iam_arn(std::string_view account, std::string_view kind, std::string_view path,
                    std::string_view name);
std::string root_arn(std::string_view account);

struct IamArn {
  std::string account;  // "aws" for AWS managed policies
  std::string kind;     // "root" has neither path nor name
  std::string path = "/";
  std::string name;
};
// Nothing for what is no ARN of IAM.
std::optional<IamArn> parse_iam_arn(std::string_view text);

// 21 characters: a prefix of four (AIDA user, AROA role, AGPA group, ANPA policy, AIPA profile), then chance.
std::string make_id(Random& random, std::string_view prefix);
// A long-term access key: AKIA..., 20 characters.
AccessKey make_access_key(Random& random);
// The id of a session's key: ASIA..., as long.
std::string make_session_key_id(Random& random);

bool is_account_id(std::string_view text);

}  // namespace hearth::identity
