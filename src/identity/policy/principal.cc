#include "identity/policy/principal.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "identity/policy/pattern.h"

namespace hearth::identity {
namespace {

constexpr size_t kAccountDigits = 12;

bool is_account(std::string_view text) {
  return text.size() == kAccountDigits && std::ranges::all_of(text, is_digit);
}

// AIDA…, AROA…: what is left of the ARN of someone who was deleted, and how principals are stored.
bool is_unique_id(std::string_view text) {
  constexpr size_t kLengthMin = 16, kLengthMax = 128;
  return text.size() >= kLengthMin && text.size() <= kLengthMax && text.starts_with('A') &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_upper(c); });
}

bool is_principal_arn(std::string_view text) {
  const ArnFields arn(text);
  if (!arn.is_arn() || !arn[1].starts_with("aws") || !arn[3].empty() || !is_account(arn.account()))
    return false;
  if (text.find_first_of("*?") != std::string_view::npos) return false;
  const auto is_path_of = [&](std::string_view kind) {
    return arn[5].starts_with(kind) && arn[5].size() > kind.size();
  };
  if (arn.service() == "iam") return arn[5] == "root" || is_path_of("user/") || is_path_of("role/");
  return arn.service() == "sts" && (is_path_of("assumed-role/") || is_path_of("federated-user/"));
}

bool is_service(std::string_view text) {
  return text.contains('.') && !text.starts_with('.') && !text.ends_with('.') &&
         std::ranges::all_of(
             text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return !name.empty() && std::ranges::find(names, name) != names.end();
}

}  // namespace

void set_principal_keys(const Principal& principal, ConditionContext& context) {
  const bool service = principal.kind == PrincipalKind::kService;
  context.set("aws:PrincipalIsAWSService", service ? "true" : "false");
  if (service) {
    context.set("aws:PrincipalServiceName", principal.service);
    context.set("aws:PrincipalServiceNamesList", std::vector<std::string>{principal.service});
    return;
  }
  const auto type = [&]() -> std::string {
    switch (principal.kind) {
      case PrincipalKind::kRoot:
        return "Account";
      case PrincipalKind::kUser:
        return "User";
      case PrincipalKind::kRoleSession:
        return "AssumedRole";
      case PrincipalKind::kFederatedUser:
        return "FederatedUser";
      default:
        return "Anonymous";
    }
  };
  context.set("aws:PrincipalType", type());
  context.set("aws:userid", principal.user_id.empty() ? "anonymous" : principal.user_id);
  if (principal.arn.empty()) return;
  context.set("aws:PrincipalArn",
              principal.kind == PrincipalKind::kRoleSession ? principal.role_arn : principal.arn);
  context.set("aws:PrincipalAccount", principal.account);
  if (principal.kind == PrincipalKind::kUser)
    context.set("aws:username", principal.arn.substr(principal.arn.rfind('/') + 1));
}

std::string canonical_user_id(std::string_view account) {
  return hex_encode(sha256("s3 canonical user " + std::string(account)));
}

bool PrincipalPattern::add(std::string_view type, std::string_view name) {
  if (type == "Service" && is_service(name)) {
    services_.emplace_back(name);
    return true;
  }
  if (type == "Federated" && !name.empty() && name.find_first_of("*?") == std::string_view::npos) {
    providers_.emplace_back(name);
    return true;
  }
  if (type == "CanonicalUser" && !name.empty() && name != "*") {
    canonical_users_.emplace_back(name);
    return true;
  }
  if (type != "AWS") return false;
  constexpr std::string_view kRoot = ":root";
  if (name == "*") {
    everyone_ = true;
  } else if (is_account(name)) {
    accounts_.emplace_back(name);
  } else if (is_principal_arn(name)) {
    if (name.ends_with(kRoot) && ArnFields(name)[5] == "root") {
      accounts_.emplace_back(ArnFields(name).account());
    } else {
      arns_.emplace_back(name);
    }
  } else if (is_unique_id(name)) {
    ids_.emplace_back(name);
  } else {
    return false;
  }
  aws_names_.emplace_back(name);
  return true;
}

bool PrincipalPattern::names(std::string_view arn) const {
  return is_among(arns_, arn);
}

// Of a session the role's id, which is before the session's name.
bool PrincipalPattern::names_id(const Principal& principal) const {
  return is_among(ids_, std::string_view(principal.user_id).substr(0, principal.user_id.find(':')));
}

bool PrincipalPattern::names_account(const Principal& principal) const {
  if (is_among(accounts_, principal.account)) return true;
  return !canonical_users_.empty() && is_among(canonical_users_, canonical_user_id(principal.account));
}

Grant PrincipalPattern::grant(const Principal& principal) const {
  if (everyone_) return Grant::kDirect;
  const auto direct = [](bool named) { return named ? Grant::kDirect : Grant::kNone; };
  switch (principal.kind) {
    case PrincipalKind::kService:
      return direct(is_among(services_, principal.service));
    case PrincipalKind::kWebIdentity:
      return direct(is_among(providers_, principal.provider));
    case PrincipalKind::kAnonymous:
      return Grant::kNone;
    case PrincipalKind::kRoleSession:
      if (names(principal.arn)) return Grant::kDirect;
      if (names(principal.role_arn) || names_id(principal)) return Grant::kRole;
      break;
    case PrincipalKind::kUser:
      if (names(principal.arn) || names_id(principal)) return Grant::kDirect;
      break;
    case PrincipalKind::kFederatedUser:
      if (names(principal.arn)) return Grant::kDirect;
      break;
    case PrincipalKind::kRoot:
      break;
  }
  return names_account(principal) ? Grant::kAccount : Grant::kNone;
}

bool PrincipalPattern::lists(const Principal& principal) const {
  if (everyone_) return true;
  switch (principal.kind) {
    case PrincipalKind::kService:
      return is_among(services_, principal.service);
    case PrincipalKind::kWebIdentity:
      return is_among(providers_, principal.provider);
    case PrincipalKind::kAnonymous:
      return false;
    case PrincipalKind::kRoot:
      return names_account(principal);
    case PrincipalKind::kUser:
      return names_account(principal) && (names(principal.arn) || names_id(principal));
    case PrincipalKind::kFederatedUser:
      return names_account(principal) && names(principal.arn);
    case PrincipalKind::kRoleSession:
      return names_account(principal) && names(principal.arn) &&
             (names(principal.role_arn) || names_id(principal));
  }
  return false;
}

}  // namespace hearth::identity
