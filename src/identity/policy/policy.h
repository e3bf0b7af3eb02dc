// A policy document, checked against the grammar and compiled once. evaluate.h decides by it.
//
// Parsing takes time and memory in proportion to the text, whatever it says, and evaluation a small part of
// the text's length times that of what is compared with it. How large a document may be is its entity's
// limit: non_white_size() counts as IAM does.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "identity/policy/statement.h"

namespace hearth::identity {

// What a document is used as decides what it may contain.
enum class PolicyKind {
  kIdentity,  // of users, groups and roles, managed or inline: resources, no principal
  kBoundary,  // the same, as an upper bound
  kSession,   // the same, handed over when a session begins
  kResource,  // of a resource: principals; a resource may be named
  kTrust,     // of a role, who may assume it: principals, no resource, only such actions
};

class Policy {
 public:
  // Errors: "MalformedPolicyDocument", with the text of IAM. Services with a code of their own for it
  // (MalformedPolicy, InvalidParameterValueException) translate.
  static Result<Policy> parse(std::string_view text, PolicyKind kind);

  PolicyKind kind() const { return kind_; }
  // Version 2012-10-17: managed policies may have no other (check_managed()).
  bool is_2012() const { return is_2012_; }
  const std::vector<Statement>& statements() const { return statements_; }
  // Indices of the statements that may be about an action: those that name it, for which there is nothing to
  // ask, those that name others of its service by wildcards, and those that may mean any service. Each is
  // ascending, and no statement is in two.
  struct Candidates {
    std::span<const uint32_t> naming_action;
    std::span<const uint32_t> of_service;
    std::span<const uint32_t> of_any_service;
  };
  // Both in lower case.
  Candidates candidates(std::string_view action, std::string_view service) const;

  // Of all Principal elements, as written: ARNs, ids, account numbers. Whether they exist is for the entity's
  // owner to check (invalid_principal()).
  std::vector<std::string> aws_principals() const;
  // Condition keys and variables, each once, in the spelling and order of the document.
  const std::vector<std::string>& context_keys() const { return context_keys_; }
  // Whether there are any: a request's need not be gathered for nothing.
  bool looks_at_context() const { return !context_keys_.empty(); }
  // Whether any begins with this, in any case of letters.
  bool looks_at(std::string_view beginning) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  using Index = std::unordered_map<std::string, std::vector<uint32_t>, Hash, std::equal_to<>>;

  Policy(PolicyKind kind, bool is_2012, std::vector<Statement> statements);
  void add_to_index(uint32_t statement);
  void find_context_keys();

  PolicyKind kind_;
  bool is_2012_;
  std::vector<Statement> statements_;
  std::vector<std::string> context_keys_;
  Index by_action_;
  Index by_service_;
  std::vector<uint32_t> of_any_service_;
};

// Customer managed policies must say Version 2012-10-17: "Policy document must be version 2012-10-17 or
// greater."
Status check_managed(const Policy& policy);

// Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/gone"
Error invalid_principal(std::string_view type, std::string_view name);

// Characters of UTF-8 without blanks, tabs and line ends, as the quotas on documents count.
size_t non_white_size(std::string_view text);

}  // namespace hearth::identity
