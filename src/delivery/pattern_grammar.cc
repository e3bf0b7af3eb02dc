#include "delivery/pattern_grammar.h"

#include <fmt/format.h>

#include "delivery/match_expression.h"

namespace hearth::delivery {
namespace {

constexpr std::string_view kOr = "$or";

std::vector<std::string> names_of(const std::string& path) {
  std::vector<std::string> names;
  for (size_t begin = 0;;) {
    const size_t dot = path.find('.', begin);
    names.push_back(path.substr(begin, dot - begin));
    if (dot == std::string::npos) return names;
    begin = dot + 1;
  }
}

}  // namespace

Result<std::vector<PatternGrammar::Alternative>> PatternGrammar::parse() {
  TRY_SYNC(const Token begin, reader_.next());
  if (begin != Token::kBeginObject) return reader_.error("Filter is not an object");
  TRY_SYNC(Alternatives alternatives, object({}, {Alternative{}}, false));
  TRY_SYNC_VOID(reader_.next());  // nothing may follow
  return alternatives;
}

Result<PatternGrammar::Alternatives> PatternGrammar::object(const std::string& path, Alternatives so_far,
                                                            bool in_or) {
  for (bool empty = true;; empty = false) {
    TRY_SYNC(Token token, reader_.next());
    if (token == Token::kEndObject) {
      if (empty) return reader_.error("Empty objects are not allowed");
      return so_far;
    }
    TRY_SYNC(const std::string name, reader_.string());
    if (in_or && is_match_name(name)) {
      return reader_.error(
          fmt::format("{} is Ruler reserved fieldName which cannot be used inside $or.", name));
    }
    const std::string below = path.empty() ? name : path + "." + name;
    TRY_SYNC(token, reader_.next());
    if (token == Token::kBeginObject) {
      TRY_SYNC(so_far, object(below, std::move(so_far), false));
    } else if (token != Token::kBeginArray) {
      return reader_.error(fmt::format("\"{}\" must be an object or an array", name));
    } else if (name == kOr) {
      TRY_SYNC(so_far, either(path, so_far));
    } else {
      TRY_SYNC_VOID(add_leaf(below, so_far));
    }
  }
}

Result<PatternGrammar::Alternatives> PatternGrammar::either(const std::string& path,
                                                            const Alternatives& so_far) {
  Alternatives all;
  for (size_t count = 0;; ++count) {
    TRY_SYNC(const Token token, reader_.next());
    if (token == Token::kEndArray) {
      if (count < 2) return reader_.error("There must have at least 2 Objects in $or relationship.");
      return all;
    }
    if (token != Token::kBeginObject)
      return reader_.error("Only JSON object is allowed in array of $or relationship.");
    TRY_SYNC(Alternatives more, object(path, so_far, true));
    std::ranges::move(more, std::back_inserter(all));
    if (all.size() > rules_.alternatives_max)
      return reader_.error("Rule is too complex - try using fewer $or combinations");
  }
}

Status PatternGrammar::add_leaf(const std::string& path, Alternatives& alternatives) {
  const auto place = static_cast<uint32_t>(leaves_.size());
  for (Alternative& alternative : alternatives) {
    if (!alternative.emplace(path, place).second)
      return reader_.error(fmt::format("Path `{}` cannot be allowed multiple times", path));
  }
  Pattern::Leaf leaf{.path = names_of(path), .tests = {}};
  TRY_SYNC_VOID(tests(leaf));
  leaves_.push_back(std::move(leaf));
  return {};
}

Status PatternGrammar::tests(Pattern::Leaf& leaf) {
  for (;;) {
    TRY_SYNC(const Token token, reader_.next());
    if (token == Token::kEndArray) break;
    if (token == Token::kBeginObject) {
      TRY_SYNC(ValueTest test, read_match_expression(reader_, rules_));
      leaf.may_be_absent |= std::holds_alternative<AbsentTest>(test);
      leaf.tests.push_back(std::move(test));
    } else {
      TRY_SYNC(ValueTest test, plain(token));
      leaf.tests.push_back(std::move(test));
    }
  }
  if (leaf.tests.empty()) return reader_.error("Empty arrays are not allowed");
  return {};
}

Result<ValueTest> PatternGrammar::plain(Token token) {
  using Kind = ExactTest::Kind;
  switch (token) {
    case Token::kNull:
      return ExactTest{.kind = Kind::kNull};
    case Token::kTrue:
      return ExactTest{.kind = Kind::kTrue};
    case Token::kFalse:
      return ExactTest{.kind = Kind::kFalse};
    case Token::kNumber:
      return ExactTest{.kind = Kind::kNumber, .number = Number::parse(reader_.number())};
    case Token::kString: {
      TRY_SYNC(std::string text, reader_.string());
      return ExactTest{.kind = Kind::kString, .text = std::move(text)};
    }
    default:
      return reader_.error("Match value must be String, number, true, false, or null");
  }
}

}  // namespace hearth::delivery
