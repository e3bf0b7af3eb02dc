#include "services/iam/arns.h"

#include "base/encoding.h"
#include "identity/arn.h"
#include "services/iam/service_linked_roles.h"

namespace hearth::services::iam {
namespace {

using identity::iam_arn;

constexpr std::string_view kServiceRoles = "role/aws-service-role/";
constexpr std::string_view kAccessKeys = "access-key/";
constexpr std::string_view kProviders = "oidc-provider/https://";

template <typename R>
Async<std::string> stored(store::Table<R>& table, std::string account, std::string kind, std::string name) {
  TRY(const auto record, co_await table.get(Key(to_lower(name))));
  if (!record) co_return iam_arn(account, kind, "/", name);
  co_return iam_arn(account, kind, record->path, record->name);
}

// `name` may be empty: the caller's own.
Async<std::string> user_arn(Tables& tables, const wire::Call& call, std::string name) {
  if (!name.empty()) co_return co_await stored(tables.users, tables.account, "user", name);
  co_return call.identity.arn;
}

Async<std::string> key_owner(Tables& tables, std::string id) {
  TRY(const auto key, co_await identity::SharedTables(tables.tx).keys.get(Key(id)));
  if (!key || key->account != tables.account) co_return "*";
  if (key->user_id.empty()) co_return identity::root_arn(tables.account);
  TRY(const auto user, co_await identity::user_of_id(tables, key->user_id));
  if (!user) co_return "*";
  co_return iam_arn(tables.account, "user", user->path, user->name);
}

// "lambda.amazonaws.com/SUFFIX", where the suffix may be empty.
std::string service_role(const std::string& account, const std::string& rest) {
  const std::string service = rest.substr(0, rest.find('/'));
  const std::string suffix = rest.substr(std::min(rest.size(), service.size() + 1));
  const ServiceRole* known = find_service_role(service);
  std::string name = known ? std::string(known->name) : std::string("AWSServiceRole");
  if (!suffix.empty()) name += "_" + suffix;
  return iam_arn(account, "role", "/aws-service-role/" + service + "/", name);
}

}  // namespace

Async<std::string> Arns::resolve(const wire::Call& call, std::string resource) {
  const std::string prefix = "arn:aws:iam::" + call.account + ":";
  if (!resource.starts_with(prefix)) co_return resource;
  const std::string rest = resource.substr(prefix.size());
  if (call.operation == &api::iam::ops::CreateServiceLinkedRole::kInfo) {
    co_return service_role(call.account, rest.substr(kServiceRoles.size()));
  }
  if (rest.starts_with(kProviders)) {
    co_return prefix + "oidc-provider/" + rest.substr(kProviders.size());
  }
  const size_t slash = rest.find('/');
  if (slash == std::string::npos || rest.find('/', slash + 1) != std::string::npos) co_return resource;
  const std::string kind = rest.substr(0, slash), name = rest.substr(slash + 1);
  if (call.operation == &api::iam::ops::ListUsers::kInfo) co_return resource;  // all, not the caller
  auto body = [&](store::Transaction& tx) -> Async<std::string> {
    Tables tables(tx, call.account);
    if (kind == "user") co_return co_await user_arn(tables, call, name);
    if (kind == "role") co_return co_await stored(tables.roles, call.account, kind, name);
    if (kind == "group") co_return co_await stored(tables.groups, call.account, kind, name);
    if (kind == "instance-profile") co_return co_await stored(tables.profiles, call.account, kind, name);
    if (rest.starts_with(kAccessKeys)) co_return co_await key_owner(tables, name);
    co_return resource;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::iam
