#include "identity/policy/grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <set>

#include "base/ascii.h"
#include "base/encoding.h"
#include "identity/policy/document.h"
#include "identity/policy/resource.h"

namespace hearth::identity {
namespace {

using Kind = PolicyNode::Kind;
using Names = std::initializer_list<std::string_view>;

std::unexpected<Error> malformed(std::string message) {
  return fail("MalformedPolicyDocument", std::move(message));
}

constexpr std::string_view kSyntax = "Syntax errors in policy.";
constexpr std::string_view kLegacy = "The policy failed legacy parsing";
constexpr std::string_view kNoVendor =
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

bool names_principals(PolicyKind kind) {
  return kind == PolicyKind::kResource || kind == PolicyKind::kTrust;
}

// Of IAM itself, not of a resource of another service.
bool is_iams_own(PolicyKind kind) {
  return kind != PolicyKind::kResource;
}

// The parts of a scalar or a list.
std::span<const PolicyNode> items_of(const PolicyNode& node) {
  if (node.kind == Kind::kList) return node.items;
  return {&node, 1};
}

std::span<const PolicyNode> items_of(const PolicyNode& statement, std::string_view element) {
  const PolicyNode* node = statement.find(element);
  return node ? items_of(*node) : std::span<const PolicyNode>();
}

bool all_texts(const PolicyNode& node) {
  return std::ranges::all_of(items_of(node), &PolicyNode::is_text);
}

bool only_has(const PolicyNode& object, Names names) {
  return std::ranges::all_of(object.members, [&](const PolicyMember& member) {
    return std::ranges::find(names, member.name) != names.end();
  });
}

bool has_both(const PolicyNode& statement, std::string_view one, std::string_view other) {
  return statement.find(one) && statement.find(other);
}

// --- syntax: the elements, their places and their types

bool is_principal_syntax(const PolicyNode& node) {
  if (node.is_text()) return node.text == "*";
  return node.is_object() && only_has(node, {"AWS", "Service", "Federated", "CanonicalUser"}) &&
         std::ranges::all_of(node.members,
                             [](const PolicyMember& member) { return all_texts(member.value); });
}

bool is_condition_syntax(const PolicyNode& node) {
  return node.is_object() && std::ranges::all_of(node.members, [](const PolicyMember& block) {
           if (!block.value.is_object()) return false;
           // An unknown operator is no fault as long as it is asked nothing.
           if (block.value.members.empty()) return true;
           return ConditionOperator::parse(block.name) &&
                  std::ranges::all_of(block.value.members, [](const PolicyMember& key) {
                    return std::ranges::all_of(items_of(key.value), &PolicyNode::is_scalar);
                  });
         });
}

bool is_statement_syntax(const PolicyNode& statement) {
  if (!statement.is_object() ||
      !only_has(statement, {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
                            "NotResource", "Condition"}) ||
      has_both(statement, "Principal", "NotPrincipal") || has_both(statement, "Action", "NotAction") ||
      has_both(statement, "Resource", "NotResource")) {
    return false;
  }
  const PolicyNode* effect = statement.find("Effect");
  if (!effect || !effect->is_text() || !(iequals(effect->text, "Allow") || iequals(effect->text, "Deny")))
    return false;
  return std::ranges::all_of(statement.members, [](const PolicyMember& member) {
    if (member.name == "Sid" || member.name == "Effect") return member.value.is_text();
    if (member.name.ends_with("Principal")) return is_principal_syntax(member.value);
    if (member.name == "Condition") return is_condition_syntax(member.value);
    return all_texts(member.value);
  });
}

bool is_policy_syntax(const PolicyNode& root) {
  if (!root.is_object() || !only_has(root, {"Version", "Id", "Statement"})) return false;
  const PolicyNode* version = root.find("Version");
  if (version && (!version->is_text() || (version->text != "2012-10-17" && version->text != "2008-10-17")))
    return false;
  if (const PolicyNode* id = root.find("Id"); id && !id->is_text()) return false;
  const PolicyNode* statement = root.find("Statement");
  if (!statement) return false;
  const auto statements = items_of(*statement);
  return !statements.empty() && std::ranges::all_of(statements, is_statement_syntax);
}

// --- rules: each over all statements, in the order in which IAM finds faults

using Statements = std::span<const PolicyNode>;

Status check_fields(Statements statements, PolicyKind kind) {
  for (const PolicyNode& statement : statements) {
    const PolicyNode* principal = statement.find("Principal");
    const PolicyNode* named = principal ? principal : statement.find("NotPrincipal");
    if (!names_principals(kind)) {
      if (named) return malformed("Policy document should not specify a principal.");
      continue;
    }
    if (kind == PolicyKind::kTrust) {
      for (const std::string_view element : {"Resource", "NotResource", "NotAction"}) {
        if (statement.find(element)) return malformed(fmt::format("Has prohibited field {}", element));
      }
    }
    if (!named) return malformed("Missing required field Principal");
    const bool empty = named->is_object() && std::ranges::all_of(named->members, [](const auto& member) {
                         return items_of(member.value).empty();
                       });
    if (empty) return malformed("Missing required field Principal cannot be empty!");
    if (!principal && statement.find("Effect")->text == "Allow")
      return malformed("Allow with NotPrincipal is not allowed.");
  }
  return {};
}

// The parser that came before the one above, and is still asked.
Status check_legacy(Statements statements) {
  for (const PolicyNode& statement : statements) {
    const std::string& effect = statement.find("Effect")->text;
    if (effect != "Allow" && effect != "Deny") return malformed(std::string(kLegacy));
    const PolicyNode* conditions = statement.find("Condition");
    if (!conditions) continue;
    for (const PolicyMember& block : conditions->members) {
      const auto op = ConditionOperator::parse(block.name);
      for (const PolicyMember& key : block.value.members) {
        Condition condition(*op, key.name, false);
        for (const PolicyNode& value : items_of(key.value)) {
          if (!condition.add_value(value.text)) return malformed(std::string(kLegacy));
        }
      }
    }
  }
  return {};
}

// The first complaint, to be made when nothing else is wrong. Other services take what they understand
// ("arn:aws:*:*:*" in policies of queues).
Result<std::string> check_resources(Statements statements, PolicyKind kind) {
  std::string fault;
  if (!is_iams_own(kind)) return fault;
  for (const PolicyNode& statement : statements) {
    for (const std::string_view element : {"Resource", "NotResource"}) {
      for (const PolicyNode& resource : items_of(statement, element)) {
        if (!fault.empty()) continue;
        if (auto found = resource_fault(resource.text)) {
          fault = *std::move(found);
        } else if (!passes_legacy_parser(resource.text)) {
          return malformed(std::string(kLegacy));
        }
      }
    }
  }
  return fault;
}

Status check_sids(Statements statements, PolicyKind kind) {
  std::set<std::string_view> seen;
  for (const PolicyNode& statement : statements) {
    const PolicyNode* sid = statement.find("Sid");
    if (!sid || sid->text.empty()) continue;
    const bool plain = std::ranges::all_of(sid->text, is_letter_or_digit);
    if (is_iams_own(kind) && !plain) {
      return malformed(
          "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
          "regular expression [0-9A-Za-z]*");
    }
    if (!seen.insert(sid->text).second)
      return malformed("Statement IDs (SID) in a single policy must be unique.");
  }
  return {};
}

Status check_presence(Statements statements, PolicyKind kind) {
  for (const PolicyNode& statement : statements) {
    if (items_of(statement, "Action").empty() && items_of(statement, "NotAction").empty()) {
      return malformed(kind == PolicyKind::kTrust ? "Missing required field Action"
                                                  : "Policy statement must contain actions.");
    }
  }
  for (const PolicyNode& statement : statements) {
    // A resource's policy that names none is about the resource it belongs to.
    const bool needed =
        !names_principals(kind) ||
        (kind == PolicyKind::kResource && (statement.find("Resource") || statement.find("NotResource")));
    if (needed && items_of(statement, "Resource").empty() && items_of(statement, "NotResource").empty())
      return malformed("Policy statement must contain resources.");
  }
  return {};
}

Status check_action(std::string_view action) {
  if (action == "*") return {};
  const size_t colon = action.find(':');
  if (colon == std::string_view::npos) return malformed(std::string(kNoVendor));
  if (action.find(':', colon + 1) != std::string_view::npos)
    return malformed("Actions/Condition can contain only one colon.");
  const std::string_view vendor = action.substr(0, colon);
  const bool plain =
      std::ranges::all_of(vendor, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; });
  if (vendor != "*" && (vendor.empty() || !plain))
    return malformed(fmt::format("Vendor {} is not valid", vendor));
  return {};
}

bool lets_assume(std::string_view action) {
  return action.size() >= 14 && iequals(action.substr(0, 14), "sts:AssumeRole");
}

Status check_vendors(Statements statements, PolicyKind kind) {
  for (const PolicyNode& statement : statements) {
    for (const std::string_view element : {"Action", "NotAction"}) {
      for (const PolicyNode& action : items_of(statement, element)) {
        TRY_SYNC_VOID(check_action(action.text));
        const bool of_trust =
            lets_assume(action.text) ||
            std::ranges::any_of(Names{"sts:*", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"},
                                [&](std::string_view known) { return iequals(action.text, known); });
        if (kind == PolicyKind::kTrust && !of_trust)
          return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
      }
    }
    const PolicyNode* conditions = statement.find("Condition");
    if (!conditions) continue;
    for (const PolicyMember& block : conditions->members) {
      for (const PolicyMember& key : block.value.members) {
        if (!key.name.contains(':')) return malformed(std::string(kNoVendor));
      }
    }
  }
  return {};
}

Status check_rules(Statements statements, PolicyKind kind) {
  TRY_SYNC_VOID(check_fields(statements, kind));
  TRY_SYNC_VOID(check_legacy(statements));
  TRY_SYNC(const std::string resource_fault, check_resources(statements, kind));
  TRY_SYNC_VOID(check_sids(statements, kind));
  TRY_SYNC_VOID(check_presence(statements, kind));
  if (!resource_fault.empty()) return malformed(resource_fault);
  return check_vendors(statements, kind);
}

// --- compilation, of what is known to be right but for its principals

Result<PrincipalPattern> compile_principal(const PolicyNode& node) {
  PrincipalPattern pattern;
  if (node.is_text()) pattern.add_everyone();
  for (const PolicyMember& member : node.members) {
    for (const PolicyNode& name : items_of(member.value)) {
      if (!pattern.add(member.name, name.text)) return fail(invalid_principal(member.name, name.text));
    }
  }
  return pattern;
}

std::vector<Condition> compile_conditions(const PolicyNode& node, bool variables) {
  std::vector<Condition> conditions;
  for (const PolicyMember& block : node.members) {
    const auto op = ConditionOperator::parse(block.name);
    for (const PolicyMember& key : block.value.members) {
      Condition& condition = conditions.emplace_back(*op, key.name, variables);
      for (const PolicyNode& value : items_of(key.value)) condition.add_value(value.text);
    }
  }
  return conditions;
}

Result<Statement> compile_statement(const PolicyNode& node, bool variables) {
  Statement statement{.allows = node.find("Effect")->text == "Allow", .span = node.span};
  if (const PolicyNode* sid = node.find("Sid")) statement.sid = sid->text;
  statement.not_principal = node.find("NotPrincipal") != nullptr;
  if (const PolicyNode* named = node.find(statement.not_principal ? "NotPrincipal" : "Principal")) {
    TRY_SYNC(statement.principal, compile_principal(*named));
  }
  statement.not_action = node.find("NotAction") != nullptr;
  for (const PolicyNode& action : items_of(node, statement.not_action ? "NotAction" : "Action"))
    statement.actions.push_back(ActionPattern::compile(action.text));
  statement.not_resource = node.find("NotResource") != nullptr;
  if (statement.not_resource || node.find("Resource")) {
    statement.resources.emplace();
    for (const PolicyNode& resource : items_of(node, statement.not_resource ? "NotResource" : "Resource"))
      statement.resources->push_back(ArnPattern::compile(resource.text, variables));
  }
  if (const PolicyNode* conditions = node.find("Condition"))
    statement.conditions = compile_conditions(*conditions, variables);
  return statement;
}

}  // namespace

Result<PolicyParts> parse_policy(std::string_view text, PolicyKind kind) {
  const PolicyDocument document = read_policy_document(text);
  if (document.fault)
    return malformed(document.fault == DocumentFault::kNotJson ? "This policy contains invalid Json"
                                                               : std::string(kSyntax));
  if (!is_policy_syntax(document.root)) return malformed(std::string(kSyntax));
  const Statements statements = items_of(*document.root.find("Statement"));
  TRY_SYNC_VOID(check_rules(statements, kind));
  const PolicyNode* version = document.root.find("Version");
  PolicyParts parts{.is_2012 = version && version->text == "2012-10-17"};
  for (const PolicyNode& node : statements) {
    TRY_SYNC(Statement statement, compile_statement(node, parts.is_2012));
    parts.statements.push_back(std::move(statement));
  }
  return parts;
}

}  // namespace hearth::identity
