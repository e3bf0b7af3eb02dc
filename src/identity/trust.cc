#include "identity/trust.h"

#include "base/encoding.h"
#include "base/json.h"
#include "identity/arn.h"

namespace hearth::identity {
namespace {

using store::Key;

// The id of the user or role with this ARN, empty when there is none.
Async<std::string> id_of(store::Transaction& tx, IamArn arn) {
  Tables tables(tx, arn.account);
  const std::string name = to_lower(arn.name);
  if (arn.kind == "user") {
    TRY(const auto user, co_await tables.users.get(Key(name)));
    co_return user && user->path == arn.path ? user->id : std::string();
  }
  TRY(const auto role, co_await tables.roles.get(Key(name)));
  co_return role && role->path == arn.path ? role->id : std::string();
}

// Whose id it is, if the name is one that somebody must have: the ARN of a user or role, or an id. Nothing
// for accounts, sessions and everyone.
Async<std::optional<std::string>> id_behind(store::Transaction& tx, std::string account, std::string name) {
  if (const auto arn = parse_iam_arn(name)) {
    if (arn->kind != "user" && arn->kind != "role") co_return std::optional<std::string>();
    TRY(std::string id, co_await id_of(tx, *arn));
    co_return std::move(id);
  }
  if (name.starts_with("arn:") || name == "*" || is_account_id(name)) co_return std::optional<std::string>();
  TRY(const bool known, co_await Tables(tx, account).ids.contains(Key(name)));
  co_return known ? name : std::string();
}

}  // namespace

Async<std::vector<std::pair<std::string, std::string>>> trusted_ids(store::Transaction& tx,
                                                                    std::string account,
                                                                    const Policy& policy) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string& name : policy.aws_principals()) {
    TRY(auto id, co_await id_behind(tx, account, name));
    if (!id) continue;
    if (id->empty()) co_return invalid_principal("AWS", name);
    found.emplace_back(name, *std::move(id));
  }
  co_return found;
}

Async<std::string> effective_trust(store::Transaction& tx, RoleRecord role) {
  std::string text = std::move(role.trust_policy);
  for (const auto& [principal, id] : role.trusted_ids) {
    if (principal == id) continue;
    TRY(const std::string now, co_await id_of(tx, *parse_iam_arn(principal)));
    if (now == id) continue;
    const std::string quoted = '"' + principal + '"';
    // Written in another way that JSON allows ("\/"): the text cannot be kept as it was.
    if (!text.contains(quoted)) {
      TRY(const json::value parsed, parse_json(text));
      text = to_text(parsed);
    }
    for (size_t at = 0; (at = text.find(quoted, at)) != std::string::npos;) {
      text.replace(at + 1, principal.size(), id);
    }
  }
  co_return text;
}

}  // namespace hearth::identity
