#include "identity/policy_pattern.h"

#include <algorithm>

#include "base/encoding.h"

namespace hearth::identity {
namespace {

constexpr char16_t kStar = 0x100;
constexpr char16_t kOne = 0x101;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

char16_t unit(char c, bool ignore_case) {
  return static_cast<uint8_t>(ignore_case ? lower(c) : c);
}

bool continues_character(char c) {
  return (static_cast<uint8_t>(c) & 0xc0) == 0x80;
}

// Goes back to the last `*` only: what an earlier one could take instead, the last one can take as well.
bool glob_matches(std::u16string_view pattern, std::string_view text, bool ignore_case) {
  size_t p = 0, t = 0;
  size_t star = std::u16string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == kStar) {
      star = ++p;
      star_text = t;
      if (p == pattern.size()) return true;
    } else if (p < pattern.size() && pattern[p] == kOne) {
      ++p;
      do ++t;
      while (t < text.size() && continues_character(text[t]));
    } else if (p < pattern.size() && pattern[p] == unit(text[t], ignore_case)) {
      ++p;
      ++t;
    } else if (star != std::u16string_view::npos) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == kStar) ++p;
  return p == pattern.size();
}

struct VariableText {
  size_t length;  // with ${ and }
  std::string_view inside;
};

// The variable that `text`, which begins with "${", opens with. Nothing when it is never closed, or empty:
// then it is plain text.
std::optional<VariableText> leading_variable(std::string_view text) {
  const size_t end = text.find('}');
  if (end == std::string_view::npos || end == 2) return std::nullopt;
  return VariableText{.length = end + 1, .inside = text.substr(2, end - 2)};
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

PatternVariable variable_of(std::string_view inside, size_t at) {
  const size_t comma = inside.find(',');
  const std::string_view name = trimmed(inside.substr(0, comma));
  PatternVariable variable{.name = std::string(name), .key = ContextKey(name), .fallback = {}, .at = at};
  if (comma == std::string_view::npos) return variable;
  std::string_view fallback = trimmed(inside.substr(comma + 1));
  if (fallback.size() >= 2 && fallback.front() == '\'' && fallback.back() == '\'')
    fallback = fallback.substr(1, fallback.size() - 2);
  variable.fallback = std::string(fallback);
  return variable;
}

bool is_escape(std::string_view inside) {
  return inside == "*" || inside == "?" || inside == "$";
}

const std::string* value_of(const PatternVariable& variable, const ConditionContext& context) {
  const auto values = context.find(variable.key);
  if (values.size() == 1) return &values.front();
  return values.empty() && variable.fallback ? &*variable.fallback : nullptr;
}

}  // namespace

TextPattern TextPattern::compile(std::string_view text, PatternSyntax syntax) {
  TextPattern pattern;
  pattern.ignore_case_ = syntax.ignore_case;
  size_t unclosed = std::string_view::npos;  // from here on no variable is closed
  for (size_t i = 0; i < text.size();) {
    if (syntax.variables && i < unclosed && text.substr(i).starts_with("${")) {
      if (const auto variable = leading_variable(text.substr(i))) {
        if (is_escape(variable->inside)) {
          pattern.units_ += unit(variable->inside[0], false);
        } else {
          pattern.variables_.push_back(variable_of(variable->inside, pattern.units_.size()));
        }
        i += variable->length;
        continue;
      }
      if (!text.substr(i).starts_with("${}")) unclosed = i;
    }
    const char c = text[i++];
    if (syntax.wildcards && (c == '*' || c == '?')) {
      // Several `*` in a row are one.
      if (c == '?' || pattern.units_.empty() || pattern.units_.back() != kStar ||
          (!pattern.variables_.empty() && pattern.variables_.back().at == pattern.units_.size())) {
        pattern.units_ += c == '*' ? kStar : kOne;
      }
    } else {
      pattern.units_ += unit(c, syntax.ignore_case);
    }
  }
  const size_t plain_end = pattern.variables_.empty() ? pattern.units_.size() : pattern.variables_.front().at;
  size_t length = 0;
  while (length < plain_end && pattern.units_[length] < kStar)
    pattern.literal_ += static_cast<char>(pattern.units_[length++]);
  const std::u16string_view rest = std::u16string_view(pattern.units_).substr(length);
  pattern.kind_ = !pattern.variables_.empty()           ? Kind::kTemplate
                  : rest.empty()                        ? Kind::kLiteral
                  : rest.size() > 1 || rest[0] != kStar ? Kind::kGlob
                  : length == 0                         ? Kind::kAny
                                                        : Kind::kPrefix;
  return pattern;
}

bool TextPattern::matches(std::string_view text, const ConditionContext& context) const {
  switch (kind_) {
    case Kind::kAny:
      return true;
    case Kind::kLiteral:
      return ignore_case_ ? iequals(text, literal_) : text == literal_;
    case Kind::kPrefix:
      return ignore_case_ ? iequals(text.substr(0, literal_.size()), literal_) : text.starts_with(literal_);
    case Kind::kGlob:
      return glob_matches(units_, text, ignore_case_);
    case Kind::kTemplate:
      break;
  }
  std::u16string resolved;
  size_t taken = 0;
  for (const PatternVariable& variable : variables_) {
    const std::string* value = value_of(variable, context);
    if (!value) return false;
    resolved.append(units_, taken, variable.at - taken);
    taken = variable.at;
    for (const char c : *value) resolved += unit(c, ignore_case_);
  }
  resolved.append(units_, taken);
  return glob_matches(resolved, text, ignore_case_);
}

bool TextPattern::resolves(const ConditionContext& context) const {
  return std::ranges::all_of(variables_, [&](const auto& variable) { return value_of(variable, context); });
}

ArnFields::ArnFields(std::string_view text) : text_(text) {
  size_t begin = 0;
  for (size_t field = 0; field + 1 < kCount; ++field) {
    const size_t colon = text.find(':', begin);
    if (colon == std::string_view::npos) return;
    fields_[field] = text.substr(begin, colon - begin);
    begin = colon + 1;
  }
  fields_[kCount - 1] = text.substr(begin);
  is_arn_ = fields_[0] == "arn";
}

std::vector<std::string_view> split_arn_pattern(std::string_view text, bool variables) {
  std::vector<std::string_view> fields;
  size_t begin = 0;
  bool closes = true;
  for (size_t i = 0; i < text.size() && fields.size() + 1 < ArnFields::kCount; ++i) {
    if (variables && closes && text.substr(i).starts_with("${")) {
      const auto variable = leading_variable(text.substr(i));
      if (variable) i += variable->length - 1;
      closes = variable || text.substr(i).starts_with("${}");
    } else if (text[i] == ':') {
      fields.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  fields.push_back(text.substr(begin));
  return fields;
}

ArnPattern ArnPattern::compile(std::string_view text, bool variables) {
  ArnPattern pattern;
  if (text == "*") {
    pattern.kind_ = Kind::kAny;
    return pattern;
  }
  bool plain_so_far = true;
  for (const std::string_view field : split_arn_pattern(text, variables)) {
    TextPattern compiled = TextPattern::compile(field, {.wildcards = true, .variables = variables});
    if (plain_so_far) {
      if (!pattern.fields_.empty()) pattern.literal_ += ':';
      pattern.literal_ += compiled.literal();
    }
    if (pattern.fields_.size() + 1 == ArnFields::kCount && plain_so_far) {
      if (compiled.is_literal()) pattern.kind_ = Kind::kLiteral;
      if (compiled.is_prefix()) pattern.kind_ = Kind::kPrefix;
    }
    plain_so_far = plain_so_far && compiled.is_literal();
    pattern.fields_.push_back(std::move(compiled));
  }
  return pattern;
}

bool ArnPattern::matches(const ArnFields& arn, const ConditionContext& context) const {
  if (kind_ == Kind::kAny) return true;
  if (!arn.is_arn()) return false;
  if (kind_ == Kind::kLiteral) return arn.text() == literal_;
  if (!arn.text().starts_with(literal_)) return false;
  if (kind_ == Kind::kPrefix) return true;
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (!fields_[i].matches(arn[i], context)) return false;
  }
  return true;
}

bool ArnPattern::resolves(const ConditionContext& context) const {
  return std::ranges::all_of(fields_, [&](const TextPattern& field) { return field.resolves(context); });
}

}  // namespace hearth::identity
