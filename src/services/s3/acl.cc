#include "services/s3/acl.h"

#include <algorithm>
#include <span>

#include "base/encoding.h"

#include "base/text.h"
#include "identity/policy/principal.h"
#include "identity/records.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {
namespace {

constexpr std::string_view kEveryone = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view kEveryAccount = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
constexpr std::string_view kLogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";
// Whom "aws-exec-read" means: the account that EC2 reads images as.
constexpr std::string_view kImages = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";
constexpr std::string_view kPermissions[] = {"FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"};

api::s3::Grant to_account(std::string_view id, std::string_view permission) {
  return {.grantee = api::s3::Grantee{.id = std::string(id), .type = "CanonicalUser"},
          .permission = std::string(permission)};
}
api::s3::Grant to_group(std::string_view uri, std::string_view permission) {
  return {.grantee = api::s3::Grantee{.type = "Group", .uri = std::string(uri)},
          .permission = std::string(permission)};
}

Error no_such_address() {
  return {.code = "UnresolvableGrantByEmailAddress",
          .message = "The email address you provided does not match any account on record.",
          .status = 400};
}
Error malformed_acl() {
  return {
      .code = "MalformedACLError",
      .message = "The XML you provided was not well-formed or did not validate against our published schema",
      .status = 400};
}

Error invalid_id(const std::string& id, AclForm form) {
  return errors::invalid_argument("Invalid id", form == AclForm::kHeaders ? "id" : "CanonicalUser/ID", id);
}

// As identity::canonical_user_id makes them.
bool is_canonical_id(std::string_view id) {
  constexpr size_t kDigits = 64;
  return id.size() == kDigits && hex_decode(id);
}

bool is_group(std::string_view uri) {
  return uri == kEveryone || uri == kEveryAccount || uri == kLogDelivery;
}

Result<Grants> read_canned(const std::string& name, const AclOwners& owners, AclOf of) {
  Grants grants = private_acl(owners.own);
  const bool shared = owners.own != owners.bucket;
  const bool of_bucket = of == AclOf::kBucket;
  if (name == "private") return grants;
  if (name == "public-read" || name == "public-read-write") {
    grants.push_back(to_group(kEveryone, "READ"));
    if (name == "public-read-write") grants.push_back(to_group(kEveryone, "WRITE"));
  } else if (name == "authenticated-read") {
    grants.push_back(to_group(kEveryAccount, "READ"));
  } else if (name == "aws-exec-read") {
    grants.push_back(to_account(kImages, "READ"));
  } else if (name == "bucket-owner-read") {  // of a bucket it says nothing
    if (shared && !of_bucket) grants.push_back(to_account(owners.bucket, "READ"));
  } else if (name == "bucket-owner-full-control") {
    if (shared && !of_bucket) grants.push_back(to_account(owners.bucket, "FULL_CONTROL"));
  } else if (name == "log-delivery-write" && of_bucket) {
    grants.push_back(to_group(kLogDelivery, "WRITE"));
    grants.push_back(to_group(kLogDelivery, "READ_ACP"));
  } else {
    return fail(errors::invalid_argument("", "x-amz-acl", name));  // the service says no more
  }
  return grants;
}

std::string header_of(std::string_view permission) {
  std::string header = "x-amz-grant-" + to_lower(permission);
  std::ranges::replace(header, '_', '-');
  return header;
}

// id="...", uri="...", emailAddress="..."
Status read_grantees(std::string_view permission, const std::string& text, Grants& grants) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view one = trimmed(rest.substr(0, rest.find(',')));
    rest.remove_prefix(std::min(rest.size(), rest.substr(0, rest.find(',')).size() + 1));
    const size_t equals = one.find('=');
    const bool named = equals != std::string_view::npos;
    const std::string_view kind = named ? trimmed(one.substr(0, equals)) : "";
    std::string_view name = named ? trimmed(one.substr(equals + 1)) : "";
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"'))
      name = name.substr(1, name.size() - 2);
    if (iequals(kind, "id")) {
      grants.push_back(to_account(name, permission));
    } else if (iequals(kind, "uri")) {
      if (!is_group(name)) {
        return fail(errors::invalid_argument("Invalid group uri", std::string(kind), std::string(name)));
      }
      grants.push_back(to_group(name, permission));
    } else if (iequals(kind, "emailAddress")) {
      return fail(no_such_address());
    } else {
      return fail(errors::invalid_argument("Argument format not recognized", header_of(permission),
                                           std::string(one)));
    }
  }
  return {};
}

Status check_grant(const api::s3::Grant& grant) {
  if (!grant.grantee || !grant.permission || std::ranges::count(kPermissions, *grant.permission) == 0) {
    return fail(malformed_acl());
  }
  const api::s3::Grantee& grantee = *grant.grantee;
  if (grantee.type == "CanonicalUser") return grantee.id ? Status() : fail(malformed_acl());
  if (grantee.type == "AmazonCustomerByEmail") return fail(no_such_address());
  if (grantee.type != "Group" || !grantee.uri) return fail(malformed_acl());
  if (is_group(*grantee.uri)) return {};
  return fail(errors::invalid_argument("Invalid group uri", "Group/URI", *grantee.uri));
}

// What each permission is in actions; those on objects of a bucket apart.
struct Meaning {
  std::string_view permission;
  AclOf of;
  std::vector<std::string_view> actions;
  std::vector<std::string_view> inside = {};
};
const std::vector<Meaning>& meanings() {
  static const std::vector<Meaning> kAll = {
      {"READ", AclOf::kBucket, {"s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"}},
      {"WRITE", AclOf::kBucket, {}, {"s3:PutObject", "s3:PutObjectAcl", "s3:DeleteObject"}},
      {"READ_ACP", AclOf::kBucket, {"s3:GetBucketAcl"}},
      {"WRITE_ACP", AclOf::kBucket, {"s3:PutBucketAcl"}},
      {"READ", AclOf::kObject, {"s3:GetObject", "s3:GetObjectVersion"}},
      {"READ_ACP", AclOf::kObject, {"s3:GetObjectAcl", "s3:GetObjectVersionAcl"}},
      {"WRITE_ACP", AclOf::kObject, {"s3:PutObjectAcl", "s3:PutObjectVersionAcl"}}};
  return kAll;
}

json::object statement_for(const api::s3::Grantee& grantee) {
  json::object statement{{"Effect", "Allow"}};
  if (grantee.id) {
    statement["Principal"] = {{"CanonicalUser", *grantee.id}};
  } else {
    statement["Principal"] = "*";
    // Nobody in particular has no ARN.
    if (grantee.uri == kEveryAccount) statement["Condition"] = {{"Null", {{"aws:PrincipalArn", "false"}}}};
  }
  return statement;
}

void add_statement(const api::s3::Grant& grant, std::span<const std::string_view> actions,
                   const std::string& resource, json::array& statements) {
  if (actions.empty()) return;
  json::object statement = statement_for(*grant.grantee);
  statement["Action"] = json::array(actions.begin(), actions.end());
  statement["Resource"] = resource;
  statements.push_back(std::move(statement));
}

}  // namespace

Grants private_acl(const std::string& owner_id) {
  return {to_account(owner_id, "FULL_CONTROL")};
}

Result<Grants> read_acl(const AclHeaders& headers, const AclOwners& owners, AclOf of) {
  if (headers.canned && !headers.grants.empty()) {
    return fail(errors::invalid_request("Specifying both Canned ACLs and Header Grants is not allowed"));
  }
  if (headers.canned) return read_canned(*headers.canned, owners, of);
  Grants grants;
  for (const auto& [permission, text] : headers.grants) {
    TRY_SYNC_VOID(read_grantees(permission, text, grants));
  }
  if (grants.size() > limits::kGrantsMax) return fail(malformed_acl());
  return grants;
}

Result<Grants> read_acl(const api::s3::AccessControlPolicy& document, const AclOwners& owners) {
  if (!document.owner || !document.owner->id || !document.grants) return fail(malformed_acl());
  if (document.grants->size() > limits::kGrantsMax) return fail(malformed_acl());
  if (!is_canonical_id(*document.owner->id)) return fail(invalid_id(*document.owner->id, AclForm::kDocument));
  if (*document.owner->id != owners.own) return fail(errors::access_denied());
  for (const api::s3::Grant& grant : *document.grants) {
    TRY_SYNC_VOID(check_grant(grant));
  }
  Grants grants = *document.grants;
  for (api::s3::Grant& grant : grants) grant.grantee->display_name.reset();
  return grants;
}

Async<void> check_grantees(store::Transaction& tx, Grants grants, AclForm form) {
  TRY(const auto accounts, co_await identity::SharedTables(tx).accounts.all());
  std::vector<std::string> known{std::string(kImages)};
  for (const auto& entry : accounts) {
    TRY(const auto account, store::parse_key<std::string>(entry.key));
    known.push_back(identity::canonical_user_id(std::get<0>(account)));
  }
  for (const api::s3::Grant& grant : grants) {
    if (!grant.grantee->id || std::ranges::count(known, *grant.grantee->id) > 0) continue;
    co_return invalid_id(*grant.grantee->id, form);
  }
  co_return {};
}

bool is_public(const Grants& grants) {
  return std::ranges::any_of(grants, [](const api::s3::Grant& grant) {
    return grant.grantee->uri && (*grant.grantee->uri == kEveryone || *grant.grantee->uri == kEveryAccount);
  });
}

bool is_private(const Grants& grants, const std::string& owner_id) {
  return std::ranges::all_of(grants, [&owner_id](const api::s3::Grant& grant) {
    return grant.grantee->id == owner_id && grant.permission == "FULL_CONTROL";
  });
}

std::string acl_text(Grants grants) {
  return setting_text(api::s3::AccessControlPolicy{.grants = std::move(grants)});
}

Result<Grants> parse_acl(const std::string& text) {
  TRY_SYNC(auto document, parse_setting<api::s3::AccessControlPolicy>(text));
  return std::move(document.grants).value_or(Grants());
}

bool is_granted_by_objects(std::string_view action) {
  return std::ranges::any_of(meanings(), [action](const Meaning& meaning) {
    return meaning.of == AclOf::kObject && std::ranges::count(meaning.actions, action) > 0;
  });
}

json::array acl_statements(const Grants& grants, AclOf of, const std::string& arn) {
  json::array statements;
  for (const api::s3::Grant& grant : grants) {
    for (const Meaning& meaning : meanings()) {
      const bool meant = grant.permission == "FULL_CONTROL" || grant.permission == meaning.permission;
      if (meaning.of != of || !meant) continue;
      add_statement(grant, meaning.actions, arn, statements);
      add_statement(grant, meaning.inside, arn + "/*", statements);
    }
  }
  return statements;
}

}  // namespace hearth::services::s3
