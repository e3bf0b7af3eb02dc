// Patterns of the policy language: text with the wildcards `*` (any characters) and `?` (one character), with
// variables `${key}` or `${key, 'default'}`, and ARNs that are compared field by field.
//
// Compiled once. Hostile ones are matched as fast as others (glob.h). A variable's value stands for itself:
// wildcard characters in it are plain.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/policy/condition_context.h"

namespace hearth::identity {

struct PatternSyntax {
  bool wildcards = false;
  bool variables = false;
  bool ignore_case = false;  // of ASCII letters
};

struct PatternVariable {
  std::string name;  // as written
  ContextKey key;
  std::optional<std::string> fallback;
  size_t at;  // the unit of the pattern's middle before which its value belongs
};

class TextPattern {
 public:
  static TextPattern compile(std::string_view text, PatternSyntax syntax);

  // False when a variable has no value, or several.
  bool matches(std::string_view text, const ConditionContext& context) const;
  // Whether each variable has a value. Who asks for what does not match must ask this as well.
  bool resolves(const ConditionContext& context) const;
  // What every match begins with; all of it when is_literal().
  const std::string& head() const { return head_; }
  // What it ends with, when it is no literal.
  const std::string& tail() const { return tail_; }
  bool is_literal() const { return kind_ == Kind::kLiteral; }
  bool is_prefix() const { return kind_ == Kind::kPrefix; }
  const std::vector<PatternVariable>& variables() const { return variables_; }

 private:
  enum class Kind { kLiteral, kPrefix, kGlob, kTemplate };

  // Takes head and tail off the units, when all are there.
  void settle();
  bool middle_matches(std::string_view text, const ConditionContext& context) const;

  Kind kind_ = Kind::kLiteral;
  bool ignore_case_ = false;
  std::string head_;      // up to the first wildcard or variable
  std::string tail_;      // behind the last
  std::u16string units_;  // between: bytes, and the two wildcards, which are no bytes
  size_t wild_at_ = 0;    // the first wildcard of units_
  std::vector<PatternVariable> variables_;
};

// A text split at its first five colons.
class ArnFields {
 public:
  static constexpr size_t kCount = 6;

  // `text` outlives it.
  explicit ArnFields(std::string_view text);

  std::string_view text() const { return text_; }
  // "arn:" and all six fields are there. Only then are there fields.
  bool is_arn() const { return is_arn_; }
  std::string_view operator[](size_t field) const { return fields_[field]; }
  std::string_view service() const { return fields_[2]; }
  std::string_view account() const { return fields_[4]; }

 private:
  std::string_view text_;
  std::array<std::string_view, kCount> fields_ = {};
  bool is_arn_ = false;
};

// `*` alone matches everything. Otherwise a text matches that is an ARN and whose fields match one by one, so
// that wildcards do not reach over a colon, except in the last field. Fields that the pattern lacks may be
// anything.
class ArnPattern {
 public:
  // Variables only; wildcards are always understood.
  static ArnPattern compile(std::string_view text, bool variables);

  bool matches(const ArnFields& arn, const ConditionContext& context) const;
  bool resolves(const ConditionContext& context) const;
  const std::vector<TextPattern>& fields() const { return fields_; }

 private:
  enum class Kind { kAny, kLiteral, kPrefix, kFields };

  Kind kind_ = Kind::kFields;
  std::string tail_;      // what every matching ARN ends with, as far as wildcards leave that to be said
  std::string literal_;   // what every matching ARN is or begins with
  size_t open_from_ = 0;  // the first field that is not wholly in it
  std::vector<TextPattern> fields_;
};

// The fields of a pattern: at its first five colons that are not part of a variable.
std::vector<std::string_view> split_arn_pattern(std::string_view text, bool variables);

}  // namespace hearth::identity
