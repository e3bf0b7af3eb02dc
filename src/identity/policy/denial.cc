#include "identity/policy/denial.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/encoding.h"

namespace hearth::identity {
namespace {

using Reason = Decision::Reason;

// SQS tells its actions in small letters.
std::string shown(const std::string& action) {
  return action.starts_with("sqs:") ? to_lower(action) : action;
}

std::string reason_text(Reason reason, std::string_view action) {
  const auto silent = [&](std::string_view policy) {
    return fmt::format("because no {} allows the {} action", policy, action);
  };
  const auto denied = [](std::string_view policy) {
    return fmt::format("with an explicit deny in {}", policy);
  };
  switch (reason) {
    case Reason::kDeniedByIdentity:
      return denied("an identity-based policy");
    case Reason::kDeniedByResource:
      return denied("a resource-based policy");
    case Reason::kDeniedByBoundary:
      return denied("a permissions boundary");
    case Reason::kDeniedBySession:
      return denied("a session policy");
    case Reason::kNotAllowedByIdentity:
      return silent("identity-based policy");
    case Reason::kNotAllowedByResource:
      return silent("resource-based policy");
    case Reason::kNotAllowedByBoundary:
      return silent("permissions boundary");
    case Reason::kNotAllowedBySession:
      return silent("session policy");
    case Reason::kAllowed:
      break;
  }
  CHECK(false, "what is allowed is not denied for a reason");
}

std::string_view name_of(const Principal& principal) {
  if (!principal.arn.empty()) return principal.arn;
  if (!principal.service.empty()) return principal.service;
  return "anonymous";
}

}  // namespace

std::string denial_text(const AccessRequest& request) {
  std::string text = fmt::format("User: {} is not authorized to perform: {}", name_of(request.principal),
                                 shown(request.action));
  if (request.resource != "*") text += " on resource: " + request.resource;
  return text;
}

std::string denial_text(const AccessRequest& request, const Decision& decision) {
  return denial_text(request) + " " + reason_text(decision.reason, shown(request.action));
}

}  // namespace hearth::identity
