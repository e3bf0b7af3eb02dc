// For tests: the rules of evaluation a second time, read off the documentation with nothing compiled, nothing
// shared with the engine and no thought of speed. Documents are walked as JSON, patterns become regular
// expressions, addresses strings of bits, and the decision a list of demands.
#pragma once
#include <re2/re2.h>

#include <algorithm>
#include <bitset>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "identity/policy/evaluate.h"

namespace hearth::identity::naive {

using Context = std::map<std::string, std::vector<std::string>>;  // keys in lower case

struct Policies {
  std::vector<json::value> identity = {};
  std::optional<json::value> boundary = {};
  std::vector<json::value> session = {};
  bool has_session_policy = false;
  std::optional<json::value> resource = {};
  bool resource_is_authoritative = false;
};

struct Answer {
  Decision::Reason reason;
  std::set<std::tuple<PolicySource, uint32_t, uint32_t>> matches;
};

inline std::vector<std::string> texts(const json::value& value) {
  std::vector<std::string> all;
  const auto add = [&](const json::value& one) {
    all.push_back(one.is_string() ? std::string(one.get_string()) : to_text(one));
  };
  if (const auto* array = value.if_array()) {
    std::ranges::for_each(*array, add);
  } else {
    add(value);
  }
  return all;
}

inline bool full_match(const std::string& regex, const std::string& text) {
  static std::map<std::string, std::unique_ptr<RE2>> known;
  auto& compiled = known[regex];
  if (!compiled) {
    RE2::Options options(RE2::Quiet);
    options.set_dot_nl(true);
    compiled = std::make_unique<RE2>(regex, options);
  }
  return RE2::FullMatch(text, *compiled);
}

enum class Form { kPlain, kWild, kArn };

struct Expression {
  std::string regex;
  bool unresolved = false;
};

inline Expression expression(const std::string& pattern, Form form, bool variables, const Context& context) {
  Expression made;
  int colons = 0;
  const auto any = [&] { return form == Form::kArn && colons < 5 ? "[^:]" : "."; };
  for (size_t i = 0; i < pattern.size(); ++i) {
    const size_t end = pattern.find('}', i);
    if (variables && pattern.compare(i, 2, "${") == 0 && end != std::string::npos && end > i + 2) {
      const std::string inside = pattern.substr(i + 2, end - i - 2);
      i = end;
      if (inside == "*" || inside == "?" || inside == "$") {
        made.regex += RE2::QuoteMeta(inside);
        continue;
      }
      const size_t comma = inside.find(',');
      const auto found = context.find(to_lower(inside.substr(0, comma)));
      const bool absent = found == context.end() || found->second.empty();
      if (!absent && found->second.size() == 1) {
        made.regex += RE2::QuoteMeta(found->second[0]);
      } else if (absent && comma != std::string::npos) {
        const size_t quote = inside.find('\'');
        made.regex += RE2::QuoteMeta(inside.substr(quote + 1, inside.rfind('\'') - quote - 1));
      } else {
        made.unresolved = true;
      }
    } else if (form != Form::kPlain && pattern[i] == '*') {
      made.regex += any() + std::string("*");
    } else if (form != Form::kPlain && pattern[i] == '?') {
      made.regex += any();
    } else {
      if (pattern[i] == ':') ++colons;
      made.regex += RE2::QuoteMeta(pattern.substr(i, 1));
    }
  }
  if (form == Form::kArn && colons < 5) made.regex += ":.*";
  return made;
}

inline bool is_arn(const std::string& text) {
  return full_match("arn:([^:]*:){4}.*", text);
}

enum class Answered { kNo, kYes, kUnknown };

inline Answered is_resource(const std::string& pattern, const std::string& resource, bool variables,
                            const Context& context) {
  if (pattern == "*") return Answered::kYes;
  const Expression wanted = expression(pattern, Form::kArn, variables, context);
  if (wanted.unresolved) return Answered::kUnknown;
  return is_arn(resource) && full_match(wanted.regex, resource) ? Answered::kYes : Answered::kNo;
}

inline bool is_action(const std::string& pattern, const std::string& action) {
  if (pattern == "*") return true;
  return full_match("(?i)" + expression(pattern, Form::kWild, false, {}).regex, action);
}

inline std::optional<double> number(const std::string& text) {
  char* end = nullptr;
  if (text.empty() || std::isspace(text[0])) return std::nullopt;
  const double value = std::strtod(text.c_str(), &end);
  return *end == '\0' ? std::optional(value) : std::nullopt;
}

// The two forms that are generated: seconds, and 2026-01-31T12:34:56Z.
inline std::optional<double> date(const std::string& text) {
  std::tm parts = {};
  char zone = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d%c", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &zone) == 7) {
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return static_cast<double>(timegm(&parts));
  }
  return number(text);
}

// As a string of 33 or 129 characters: the family and the bits. Of IPv6 only groups with at most one "::".
inline std::optional<std::string> bits(const std::string& text) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (std::sscanf(text.c_str(), "%u.%u.%u.%u", &a, &b, &c, &d) == 4)
    return "4" + std::bitset<32>(a << 24 | b << 16 | c << 8 | d).to_string();
  if (text.find(':') == std::string::npos) return std::nullopt;
  const auto groups = [](const std::string& part) {
    std::string out;
    for (size_t at = 0; at < part.size();) {
      const size_t colon = std::min(part.find(':', at), part.size());
      out += std::bitset<16>(std::stoul(part.substr(at, colon - at), nullptr, 16)).to_string();
      at = colon + 1;
    }
    return out;
  };
  const size_t gap = text.find("::");
  if (gap == std::string::npos) return "6" + groups(text);
  const std::string head = groups(text.substr(0, gap)), tail = groups(text.substr(gap + 2));
  return "6" + head + std::string(128 - head.size() - tail.size(), '0') + tail;
}

inline bool in_range(const std::string& range, const std::string& address) {
  const size_t slash = range.find('/');
  const auto network = bits(range.substr(0, slash)), asked = bits(address);
  if (!network || !asked) return false;
  const size_t length =
      slash == std::string::npos ? network->size() - 1 : std::stoul(range.substr(slash + 1));
  return network->substr(0, length + 1) == asked->substr(0, length + 1);
}

template <typename Reading>
bool ordered(const std::string& test, const Reading& value, const Reading& operand) {
  if (!value || !operand) return false;
  if (test == "LessThan") return *value < *operand;
  if (test == "LessThanEquals") return *value <= *operand;
  if (test == "GreaterThan") return *value > *operand;
  if (test == "GreaterThanEquals") return *value >= *operand;
  return *value == *operand;
}

// Of the positive operator `name`, one value against one value.
inline Answered is_met(const std::string& name, const std::string& operand, const std::string& value,
                       bool variables, const Context& context) {
  const auto answer = [](bool yes) { return yes ? Answered::kYes : Answered::kNo; };
  if (name.starts_with("String")) {
    const Expression wanted =
        expression(operand, name == "StringLike" ? Form::kWild : Form::kPlain, variables, context);
    if (wanted.unresolved) return Answered::kUnknown;
    return answer(full_match((name.ends_with("IgnoreCase") ? "(?i)" : "") + wanted.regex, value));
  }
  if (name.starts_with("Arn")) {
    const Answered one = is_resource(operand, value, variables, context);
    return one == Answered::kYes && !is_arn(value) ? Answered::kNo : one;
  }
  if (name.starts_with("Numeric")) return answer(ordered(name.substr(7), number(value), number(operand)));
  if (name.starts_with("Date")) return answer(ordered(name.substr(4), date(value), date(operand)));
  if (name == "IpAddress") return answer(in_range(operand, value));
  if (name == "Bool") return answer(to_lower(operand) == to_lower(value));
  return answer(operand == value);  // base64 has one spelling
}

inline bool condition_holds(std::string op, const std::string& key, const std::vector<std::string>& operands,
                            bool variables, const Context& context) {
  const auto found = context.find(to_lower(key));
  const std::vector<std::string> values = found == context.end() ? std::vector<std::string>() : found->second;
  if (op == "Null") {
    return std::ranges::any_of(operands, [&](const std::string& operand) {
      return (to_lower(operand) == "true") == values.empty();
    });
  }
  const bool any = op.starts_with("ForAnyValue:"), all = op.starts_with("ForAllValues:");
  if (any || all) op.erase(0, op.find(':') + 1);
  const bool optional = op.ends_with("IfExists");
  if (optional) op.erase(op.size() - 8);
  const size_t negation = op.find("Not");
  const bool negated = negation != std::string::npos;
  if (negated) op.erase(negation, 3);
  if (values.empty()) return optional || all || (negated && !any);
  int passed = 0;
  for (const std::string& value : values) {
    bool met = false, unknown = false;
    for (const std::string& operand : operands) {
      const Answered one = is_met(op, operand, value, variables, context);
      met = met || one == Answered::kYes;
      unknown = unknown || one == Answered::kUnknown;
    }
    if (negated ? !met && !unknown : met) ++passed;
  }
  const bool every = passed == static_cast<int>(values.size());
  if (all || (negated && !any)) return every;
  return passed > 0;
}

// The names by which a policy may call someone, from the widest to the closest.
struct Names {
  std::vector<std::string> account = {};
  std::vector<std::string> role = {};
  std::vector<std::string> self = {};
};

inline Names names_of(const Principal& who) {
  Names names;
  if (!who.account.empty()) names.account = {who.account, "arn:aws:iam::" + who.account + ":root"};
  const std::string id = who.user_id.substr(0, who.user_id.find(':'));
  switch (who.kind) {
    case PrincipalKind::kUser:
      names.self = {who.arn, id};
      break;
    case PrincipalKind::kRoleSession:
      names.role = {who.role_arn, id};
      names.self = {who.arn};
      break;
    case PrincipalKind::kFederatedUser:
      names.self = {who.arn};
      break;
    case PrincipalKind::kService:
      names.self = {who.service};
      break;
    case PrincipalKind::kWebIdentity:
      names.self = {who.provider};
      break;
    default:
      break;
  }
  return names;
}

// 0 not at all, 1 their account, 2 their role, 3 themselves.
inline int closeness(const json::object& statement, const Principal& who) {
  const bool inverse = statement.contains("NotPrincipal");
  if (!inverse && !statement.contains("Principal")) return 3;
  const json::value& element = statement.at(inverse ? "NotPrincipal" : "Principal");
  std::set<std::string> listed;
  if (element.is_string()) {
    listed.insert("*");
  } else {
    for (const auto& member : element.get_object()) {
      const bool of_services = member.key() == "Service", of_providers = member.key() == "Federated";
      const bool apt = of_services    ? who.kind == PrincipalKind::kService
                       : of_providers ? who.kind == PrincipalKind::kWebIdentity
                                      : member.key() == "AWS";
      for (const std::string& name : texts(member.value()))
        if (apt) listed.insert(name);
    }
  }
  const auto has_any = [&](const std::vector<std::string>& names) {
    return std::ranges::any_of(names, [&](const std::string& name) { return listed.contains(name); });
  };
  const Names names = names_of(who);
  if (!inverse) {
    if (listed.contains("*") || has_any(names.self)) return 3;
    if (has_any(names.role)) return 2;
    return has_any(names.account) ? 1 : 0;
  }
  if (listed.contains("*")) return 0;
  bool spared = who.kind != PrincipalKind::kAnonymous;
  for (const auto& kind : {names.account, names.role, names.self})
    if (!kind.empty() && !has_any(kind)) spared = false;
  return spared ? 0 : 3;
}

inline bool is_about(const json::object& statement, const AccessRequest& request, const Context& context,
                     bool variables) {
  const bool not_action = statement.contains("NotAction");
  bool named = false;
  for (const std::string& action : texts(statement.at(not_action ? "NotAction" : "Action")))
    named = named || is_action(action, request.action);
  if (named == not_action) return false;
  const bool not_resource = statement.contains("NotResource");
  if (not_resource || statement.contains("Resource")) {
    bool yes = false, unknown = false;
    for (const std::string& resource : texts(statement.at(not_resource ? "NotResource" : "Resource"))) {
      const Answered one = is_resource(resource, request.resource, variables, context);
      yes = yes || one == Answered::kYes;
      unknown = unknown || one == Answered::kUnknown;
    }
    if (not_resource ? yes || unknown : !yes) return false;
  }
  if (!statement.contains("Condition")) return true;
  for (const auto& block : statement.at("Condition").get_object()) {
    for (const auto& key : block.value().get_object()) {
      if (!condition_holds(std::string(block.key()), std::string(key.key()), texts(key.value()), variables,
                           context))
        return false;
    }
  }
  return true;
}

struct Said {
  bool denies = false;
  int allows = 0;  // the closest
};

inline Said ask(PolicySource source, const std::vector<json::value>& policies, const AccessRequest& request,
                const Context& context, Answer& answer) {
  Said said;
  for (uint32_t i = 0; i < policies.size(); ++i) {
    const json::object& policy = policies[i].get_object();
    const bool variables = policy.contains("Version") && policy.at("Version") == "2012-10-17";
    json::array statements;
    if (policy.at("Statement").is_array()) {
      statements = policy.at("Statement").get_array();
    } else {
      statements.push_back(policy.at("Statement"));
    }
    for (uint32_t j = 0; j < statements.size(); ++j) {
      const json::object& statement = statements[j].get_object();
      const int close = closeness(statement, request.principal);
      if (close == 0 || !is_about(statement, request, context, variables)) continue;
      answer.matches.emplace(source, i, j);
      if (statement.at("Effect") == "Deny") said.denies = true;
      if (statement.at("Effect") == "Allow") said.allows = std::max(said.allows, close);
    }
  }
  return said;
}

inline std::vector<json::value> list_of(const std::optional<json::value>& policy) {
  return policy ? std::vector<json::value>{*policy} : std::vector<json::value>();
}

// The demands on a request that nothing denies, in order; the first that is not met is the reason.
inline Decision::Reason first_unmet(const AccessRequest& request, const Policies& policies,
                                    const Said& identity, const Said& resource, const Said& boundary,
                                    const Said& session) {
  using Reason = Decision::Reason;
  const Principal& who = request.principal;
  struct Demand {
    bool made;
    bool met;
    Reason otherwise;
  };
  const bool member = who.kind == PrincipalKind::kRoot || who.kind == PrincipalKind::kUser ||
                      who.kind == PrincipalKind::kRoleSession || who.kind == PrincipalKind::kFederatedUser;
  const bool root = who.kind == PrincipalKind::kRoot;
  const bool home = request.resource_account.empty() || request.resource_account == who.account;
  const bool settled = member && home && resource.allows == 3;
  const std::vector<Demand> demands = {
      {.made = !member, .met = resource.allows > 0, .otherwise = Reason::kNotAllowedByResource},
      {.made = member && home && policies.resource_is_authoritative,
       .met = resource.allows > 0,
       .otherwise = Reason::kNotAllowedByResource},
      {.made = member && !settled && !root && !(home && resource.allows == 2),
       .met = identity.allows > 0,
       .otherwise = Reason::kNotAllowedByIdentity},
      {.made = member && !settled && !root && policies.boundary.has_value(),
       .met = boundary.allows > 0,
       .otherwise = Reason::kNotAllowedByBoundary},
      {.made =
           member && !settled && (policies.has_session_policy || who.kind == PrincipalKind::kFederatedUser),
       .met = session.allows > 0,
       .otherwise = Reason::kNotAllowedBySession},
      {.made = member && !home, .met = resource.allows > 0, .otherwise = Reason::kNotAllowedByResource},
  };
  for (const Demand& demand : demands)
    if (demand.made && !demand.met) return demand.otherwise;
  return Reason::kAllowed;
}

inline Answer evaluate(const AccessRequest& request, const Context& context, const Policies& policies) {
  using Reason = Decision::Reason;
  Answer answer{.reason = Reason::kAllowed, .matches = {}};
  const PrincipalKind kind = request.principal.kind;
  const bool alone = kind == PrincipalKind::kService || kind == PrincipalKind::kWebIdentity ||
                     kind == PrincipalKind::kAnonymous;
  Said identity, boundary, session;
  if (!alone) {
    identity = ask(PolicySource::kIdentity, policies.identity, request, context, answer);
    boundary = ask(PolicySource::kBoundary, list_of(policies.boundary), request, context, answer);
    session = ask(PolicySource::kSession, policies.session, request, context, answer);
  }
  const Said resource = ask(PolicySource::kResource, list_of(policies.resource), request, context, answer);
  answer.reason = identity.denies   ? Reason::kDeniedByIdentity
                  : resource.denies ? Reason::kDeniedByResource
                  : boundary.denies ? Reason::kDeniedByBoundary
                  : session.denies  ? Reason::kDeniedBySession
                                    : first_unmet(request, policies, identity, resource, boundary, session);
  return answer;
}

}  // namespace hearth::identity::naive
