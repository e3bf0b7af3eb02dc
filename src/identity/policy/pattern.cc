#include "identity/policy/pattern.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "identity/policy/glob.h"

namespace hearth::identity {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

char16_t unit(char c, bool ignore_case) {
  return static_cast<uint8_t>(ignore_case ? lower(c) : c);
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

PatternVariable variable_of(std::string_view inside, size_t at) {
  const size_t comma = inside.find(',');
  const std::string_view name = trimmed(inside.substr(0, comma), " ");
  PatternVariable variable{.name = std::string(name), .key = ContextKey(name), .fallback = {}, .at = at};
  if (comma == std::string_view::npos) return variable;
  std::string_view fallback = trimmed(inside.substr(comma + 1), " ");
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
      if (c == '?' || pattern.units_.empty() || pattern.units_.back() != kGlobAny ||
          (!pattern.variables_.empty() && pattern.variables_.back().at == pattern.units_.size())) {
        pattern.units_ += c == '*' ? kGlobAny : kGlobOne;
      }
    } else {
      pattern.units_ += unit(c, syntax.ignore_case);
    }
  }
  pattern.settle();
  return pattern;
}

void TextPattern::settle() {
  const auto is_wildcard = [](char16_t one) { return one >= kGlobAny; };
  const auto first_wildcard = std::ranges::find_if(units_, is_wildcard);
  size_t head = static_cast<size_t>(first_wildcard - units_.begin());
  if (!variables_.empty()) head = std::min(head, variables_.front().at);
  size_t tail = units_.size();
  const size_t last_variable = variables_.empty() ? 0 : variables_.back().at;
  while (tail > std::max(head, last_variable) && !is_wildcard(units_[tail - 1])) --tail;
  head_.assign(units_.begin(), units_.begin() + static_cast<std::ptrdiff_t>(head));
  tail_.assign(units_.begin() + static_cast<std::ptrdiff_t>(tail), units_.end());
  units_ = units_.substr(head, tail - head);
  for (PatternVariable& variable : variables_) variable.at -= head;
  wild_at_ = static_cast<size_t>(std::ranges::find_if(units_, is_wildcard) - units_.begin());
  if (!variables_.empty()) {
    kind_ = Kind::kTemplate;
  } else if (!units_.empty()) {
    kind_ = tail_.empty() && units_.size() == 1 && units_[0] == kGlobAny ? Kind::kPrefix : Kind::kGlob;
  }
}

bool TextPattern::matches(std::string_view text, const ConditionContext& context) const {
  const auto equal = [&](std::string_view a, std::string_view b) {
    return ignore_case_ ? iequals(a, b) : a == b;
  };
  if (kind_ == Kind::kLiteral) return equal(text, head_);
  if (text.size() < head_.size() + tail_.size() || !equal(text.substr(0, head_.size()), head_)) return false;
  if (kind_ == Kind::kPrefix) return true;
  return equal(text.substr(text.size() - tail_.size()), tail_) &&
         middle_matches(text.substr(head_.size(), text.size() - tail_.size() - head_.size()), context);
}

bool TextPattern::middle_matches(std::string_view text, const ConditionContext& context) const {
  // As far as no wildcard stands before them, variables are compared where they must be.
  size_t taken = 0;
  const auto take_units = [&](size_t end) {
    for (; taken < end; ++taken, text.remove_prefix(1)) {
      if (text.empty() || units_[taken] != unit(text.front(), ignore_case_)) return false;
    }
    return true;
  };
  size_t next = 0;
  for (; next < variables_.size() && variables_[next].at <= wild_at_; ++next) {
    const std::string* value = value_of(variables_[next], context);
    if (!value || !take_units(variables_[next].at) || text.size() < value->size()) return false;
    const std::string_view part = text.substr(0, value->size());
    if (!(ignore_case_ ? iequals(part, *value) : part == *value)) return false;
    text.remove_prefix(value->size());
  }
  const std::u16string_view rest = std::u16string_view(units_).substr(taken);
  if (next == variables_.size())
    return (rest.size() == 1 && rest[0] == kGlobAny) || glob_matches(rest, text, ignore_case_);
  std::u16string resolved;
  for (; next < variables_.size(); ++next) {
    const std::string* value = value_of(variables_[next], context);
    if (!value) return false;
    resolved.append(units_, taken, variables_[next].at - taken);
    taken = variables_[next].at;
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
  const auto fields = split_arn_pattern(text, variables);
  for (const std::string_view field : fields) {
    TextPattern compiled = TextPattern::compile(field, {.wildcards = true, .variables = variables});
    if (plain_so_far) {
      if (!pattern.fields_.empty()) pattern.literal_ += ':';
      pattern.literal_ += compiled.head();
    }
    if (pattern.fields_.size() + 1 == ArnFields::kCount && plain_so_far) {
      if (compiled.is_literal()) pattern.kind_ = Kind::kLiteral;
      if (compiled.is_prefix()) pattern.kind_ = Kind::kPrefix;
    }
    plain_so_far = plain_so_far && compiled.is_literal();
    // The colon behind a field is in the literal as well, but for the last's.
    if (plain_so_far && pattern.fields_.size() + 1 < fields.size()) ++pattern.open_from_;
    pattern.fields_.push_back(std::move(compiled));
  }
  if (fields.size() == ArnFields::kCount) pattern.tail_ = pattern.fields_.back().tail();
  return pattern;
}

bool ArnPattern::matches(const ArnFields& arn, const ConditionContext& context) const {
  if (kind_ == Kind::kAny) return true;
  if (!arn.is_arn()) return false;
  if (kind_ == Kind::kLiteral) return arn.text() == literal_;
  if (!arn.text().ends_with(tail_) || !arn.text().starts_with(literal_)) return false;
  if (kind_ == Kind::kPrefix) return true;
  // Resources differ most in their last field.
  for (size_t i = fields_.size(); i > open_from_; --i) {
    if (!fields_[i - 1].matches(arn[i - 1], context)) return false;
  }
  return true;
}

bool ArnPattern::resolves(const ConditionContext& context) const {
  return std::ranges::all_of(fields_, [&](const TextPattern& field) { return field.resolves(context); });
}

}  // namespace hearth::identity
