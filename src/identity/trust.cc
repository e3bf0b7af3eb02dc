#include "identity/trust.h"

#include <fmt/format.h>

#include <array>

#include "base/encoding.h"
#include "base/json.h"
#include "identity/arn.h"

namespace hearth::identity {
namespace {

using store::Key;

Error invalid_principal(std::string_view kind, std::string_view value) {
  return {.code = "MalformedPolicyDocument",
          .message = fmt::format("Invalid principal in policy: \"{}\":\"{}\"", kind, value)};
}

// The strings under IamIdentity.<kind> of every statement.
std::vector<std::string> principals(const json::value& document, std::string_view kind) {
  std::vector<std::string> found;
  const auto collect = [&](const json::value& value) {
    if (value.is_string()) found.emplace_back(value.get_string());
    if (!value.is_array()) return;
    for (const json::value& item : value.get_array()) {
      if (item.is_string()) found.emplace_back(item.get_string());
    }
  };
  const auto statement = [&](const json::value& value) {
    const json::value* principal = value.is_object() ? value.get_object().if_contains("IamIdentity") : nullptr;
    if (!principal || !principal->is_object()) return;
    if (const json::value* values = principal->get_object().if_contains(kind)) collect(*values);
  };
  const json::value* statements =
      document.is_object() ? document.get_object().if_contains("Statement") : nullptr;
  if (!statements) return found;
  if (!statements->is_array()) {
    statement(*statements);
    return found;
  }
  for (const json::value& one : statements->get_array()) statement(one);
  return found;
}

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

bool names_user_or_role(const std::optional<IamArn>& arn) {
  return arn && arn->account != "aws" && (arn->kind == "user" || arn->kind == "role");
}

// Whether nothing has to exist for this AWS principal: everyone, an account, a session.
bool stands_alone(std::string_view principal) {
  if (principal == "*" || is_account_id(principal)) return true;
  const auto arn = parse_iam_arn(principal);
  if (arn && arn->kind == "root") return arn->account != "aws";
  constexpr std::string_view kSts = "arn:aws:sts::";
  if (!principal.starts_with(kSts)) return false;
  const std::string_view rest = principal.substr(kSts.size());
  const size_t colon = rest.find(':');
  return colon != std::string_view::npos && is_account_id(rest.substr(0, colon)) &&
         (rest.substr(colon).starts_with(":assumed-role/") ||
          rest.substr(colon).starts_with(":federated-user/"));
}

bool is_service(std::string_view principal) {
  constexpr std::array<std::string_view, 3> kDomains = {".amazonaws.com", ".amazon.com", ".aws.internal"};
  return std::ranges::any_of(kDomains, [&](std::string_view domain) {
    return principal.size() > domain.size() && principal.ends_with(domain);
  });
}

}  // namespace

Async<std::vector<std::pair<std::string, std::string>>> trusted_ids(store::Transaction& tx,
                                                                    std::string document) {
  TRY(const json::value parsed, parse_json(document));
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string& service : principals(parsed, "Service")) {
    if (!is_service(service)) co_return invalid_principal("SERVICE", service);
  }
  for (const std::string& principal : principals(parsed, "AWS")) {
    if (stands_alone(principal)) continue;
    const auto arn = parse_iam_arn(principal);
    if (!names_user_or_role(arn)) co_return invalid_principal("AWS", principal);
    TRY(std::string id, co_await id_of(tx, *arn));
    if (id.empty()) co_return invalid_principal("AWS", principal);
    found.emplace_back(principal, std::move(id));
  }
  co_return found;
}

Async<std::string> effective_trust(store::Transaction& tx, RoleRecord role) {
  std::string text = std::move(role.trust_policy);
  for (const auto& [principal, id] : role.trusted_ids) {
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
