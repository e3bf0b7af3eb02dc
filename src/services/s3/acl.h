// Access control lists: who is granted what of a bucket or an object, as requests say it, and as statements
// of a policy, which is how they are decided on.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/s3.h"
#include "base/json.h"
#include "base/task.h"
#include "services/s3/records.h"

namespace hearth::services::s3 {

using Grants = std::vector<api::s3::Grant>;

// Ids of accounts (identity::canonical_user_id).
struct AclOwners {
  std::string own;     // of the bucket or object
  std::string bucket;  // of the bucket
};

enum class AclOf : uint8_t { kBucket, kObject };

// All is the owner's.
Grants private_acl(const std::string& owner_id);

// What the headers of a request say, by name of the permission: "READ" -> "id=...".
struct AclHeaders {
  std::optional<std::string> canned;
  std::vector<std::pair<std::string_view, std::string>> grants;

  bool empty() const { return !canned && grants.empty(); }
};
template <typename Input>
AclHeaders acl_headers(const Input& input) {
  AclHeaders headers{.canned = input.acl};
  const auto add = [&headers](std::string_view permission, const std::optional<std::string>& text) {
    if (text) headers.grants.emplace_back(permission, *text);
  };
  add("FULL_CONTROL", input.grant_full_control);
  add("READ", input.grant_read);
  add("READ_ACP", input.grant_read_acp);
  add("WRITE_ACP", input.grant_write_acp);
  if constexpr (requires { input.grant_write; }) add("WRITE", input.grant_write);
  return headers;
}
// REQUIRES that there are any.
Result<Grants> read_acl(const AclHeaders& headers, const AclOwners& owners, AclOf of);
// The same of a document.
Result<Grants> read_acl(const api::s3::AccessControlPolicy& document, const AclOwners& owners);

// How a request says a list, which decides what its mistakes are called.
enum class AclForm : uint8_t { kHeaders, kDocument };
// Whether whom it names is there. `tx` outlives the task.
Async<void> check_grantees(store::Transaction& tx, Grants grants, AclForm form);
// Whether it grants the world something, or everyone with an account.
bool is_public(const Grants& grants);
// Whether it says no more than that all is the owner's.
bool is_private(const Grants& grants, const std::string& owner_id);

// As it is kept.
std::string acl_text(Grants grants);
Result<Grants> parse_acl(const std::string& text);

// Whether lists of objects say who may do that: "s3:GetObject", ...
bool is_granted_by_objects(std::string_view action);
// What it lets whom do, as statements of a policy of the bucket with that ARN, or of the object.
json::array acl_statements(const Grants& grants, AclOf of, const std::string& arn);

}  // namespace hearth::services::s3
