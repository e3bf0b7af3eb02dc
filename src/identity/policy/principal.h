// Who asks, as policies see them, and what policies say of whom they mean.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "identity/policy/condition_context.h"

namespace hearth::identity {

// The name of an account that policies know as CanonicalUser, and S3 as an owner's id: 64 hex digits.
std::string canonical_user_id(std::string_view account);

enum class PrincipalKind {
  kRoot,  // the account itself
  kUser,
  kRoleSession,    // whoever assumed a role
  kFederatedUser,  // a session of GetFederationToken
  kService,        // a service on its own behalf
  kWebIdentity,    // signed by nobody, but vouched for by an identity provider (AssumeRoleWithWebIdentity)
  kAnonymous,
};

struct Principal {
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::string account = {};   // of services, web identities and nobody empty
  std::string arn = {};       // of the user, of the role's session, of the federated user, …:root
  std::string role_arn = {};  // of sessions: with the role's path
  std::string user_id = {};   // AIDA…, AROA…:session, the account's number
  std::string service = {};   // "events.amazonaws.com"
  std::string provider = {};  // of web identities, as policies name it: arn:aws:iam::…:oidc-provider/…
};

// The keys that follow from who asks: aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:userid,
// aws:username, aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:PrincipalServiceNamesList.
void set_principal_keys(const Principal& principal, ConditionContext& context);

// How closely a resource's policy names someone.
enum class Grant {
  kNone,
  kAccount,  // their account, whose own policies decide
  kRole,     // the role of the session: boundary and session policy still limit it
  kDirect,   // themselves, or everyone
};

// The Principal or NotPrincipal of a statement.
class PrincipalPattern {
 public:
  // Takes one entry of the element: `type` is "AWS", "Service", "Federated" or "CanonicalUser". False for
  // what names nobody.
  bool add(std::string_view type, std::string_view name);
  void add_everyone() { everyone_ = true; }

  Grant grant(const Principal& principal) const;
  // Whether NotPrincipal leaves them out: every name they go by is listed, so of a user also the account, of
  // a session also role and account.
  bool lists(const Principal& principal) const;

  // As written: ARNs, ids, account numbers.
  const std::vector<std::string>& aws_names() const { return aws_names_; }

 private:
  bool names(std::string_view arn) const;
  bool names_id(const Principal& principal) const;
  bool names_account(const Principal& principal) const;

  bool everyone_ = false;
  std::vector<std::string> accounts_;
  std::vector<std::string> arns_;
  std::vector<std::string> ids_;
  std::vector<std::string> services_;
  std::vector<std::string> providers_;
  std::vector<std::string> canonical_users_;
  std::vector<std::string> aws_names_;
};

}  // namespace hearth::identity
