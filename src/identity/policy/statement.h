// A statement, compiled: what it is about and under which conditions.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "identity/policy/condition.h"
#include "identity/policy/document.h"
#include "identity/policy/pattern.h"
#include "identity/policy/principal.h"

namespace hearth::identity {

// What a request does, to what, prepared once for all statements.
struct AccessQuestion {
  // Both outlive it.
  AccessQuestion(std::string_view action, std::string_view resource, const ConditionContext& context);

  std::string action;  // lower case; `service` and `name` are its parts
  std::string_view service;
  std::string_view name;
  ArnFields resource;
  const ConditionContext& context;

  AccessQuestion(const AccessQuestion&) = delete;
  AccessQuestion& operator=(const AccessQuestion&) = delete;
};

// "s3:Get*" and the like, without regard to case.
class ActionPattern {
 public:
  // REQUIRES that the text is "*" or has one colon.
  static ActionPattern compile(std::string_view text);

  bool matches(const AccessQuestion& question) const;
  // Lower case; empty for all services.
  const std::string& service() const { return service_; }
  // The action's name, when there are no wildcards in it.
  bool is_literal() const { return name_.is_literal(); }
  const std::string& name() const { return name_.head(); }

 private:
  std::string service_;
  TextPattern name_;
};

// What every decision looks at comes first.
struct Statement {
  bool allows = false;
  bool not_action = false;
  bool not_resource = false;
  bool not_principal = false;
  std::vector<ActionPattern> actions = {};
  // Nothing where the resource is what the policy is attached to.
  std::optional<std::vector<ArnPattern>> resources = {};
  std::vector<Condition> conditions = {};
  TextSpan span = {};
  std::string sid = {};
  // Nothing in policies of identities, where the principal is whom they are attached to.
  std::optional<PrincipalPattern> principal = {};

  // Action, resource and conditions. Nothing is said of the principal.
  bool applies_to(const AccessQuestion& question) const {
    return is_about_action(question) && applies_if_action(question);
  }
  bool is_about_action(const AccessQuestion& question) const;
  // The rest, for an action that it is about.
  bool applies_if_action(const AccessQuestion& question) const;
  // How closely it means them; kDirect for statements without a principal.
  Grant grant(const Principal& asking) const;
};

}  // namespace hearth::identity
