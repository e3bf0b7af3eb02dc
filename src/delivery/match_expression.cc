#include "delivery/match_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/encoding.h"
#include "identity/policy/glob.h"

namespace hearth::delivery {
namespace {

using Token = PatternReader::Token;
using Kind = TextTest::Kind;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::string_view kIgnoreCase = "equals-ignore-case";
// So many wildcards with one character after each are refused: a text of that character would keep all of
// them busy. The service counts more exactly.
constexpr size_t kLikeWildcardsMax = 4;

std::optional<Kind> text_kind(std::string_view name) {
  if (name == "prefix") return Kind::kPrefix;
  if (name == "suffix") return Kind::kSuffix;
  if (name == kIgnoreCase) return Kind::kEquals;
  if (name == "wildcard") return Kind::kWildcard;
  return std::nullopt;
}

Status check_wildcards(const PatternReader& reader, std::u16string_view glob) {
  std::array<size_t, 0x101> followed{};
  for (size_t i = 0; i + 1 < glob.size(); ++i) {
    if (glob[i] == identity::kGlobAny && ++followed[glob[i + 1]] > kLikeWildcardsMax) {
      return reader.error(
          "Rule is too complex - try using fewer wildcard characters or fewer repeating "
          "character sequences after a wildcard character");
    }
  }
  return {};
}

Result<std::u16string> glob_of(const PatternReader& reader, std::string_view text) {
  std::u16string glob;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      if (i + 1 == text.size() || (text[i + 1] != '*' && text[i + 1] != '\\'))
        return reader.error(fmt::format("Invalid escape character at pos {}", i + 1));
      glob += static_cast<unsigned char>(text[++i]);
    } else if (c != '*') {
      glob += static_cast<unsigned char>(c);
    } else if (glob.ends_with(identity::kGlobAny)) {
      // Positions count the opening quote.
      return reader.error(fmt::format("Consecutive wildcard characters at pos {}", i));
    } else {
      glob += identity::kGlobAny;
    }
  }
  TRY_SYNC_VOID(check_wildcards(reader, glob));
  return glob;
}

Result<TextTest> make_text_test(PatternReader& reader, Kind kind, bool ignore_case) {
  TRY_SYNC(std::string text, reader.string());
  TextTest test{.kind = kind, .ignore_case = ignore_case, .text = ignore_case ? to_lower(text) : text};
  if (kind == Kind::kWildcard) {
    TRY_SYNC(test.glob, glob_of(reader, text));
  }
  return test;
}

// Behind "prefix" or "suffix": a string, or {"equals-ignore-case": a string}.
Result<TextTest> read_affix(PatternReader& reader, Kind kind, std::string_view name) {
  TRY_SYNC(Token token, reader.next());
  if (token == Token::kString) return make_text_test(reader, kind, false);
  const std::string must = fmt::format("{} match pattern must be a string", name);
  if (token != Token::kBeginObject) return reader.error(must);
  TRY_SYNC(token, reader.next());
  if (token != Token::kName) return reader.error(must);
  TRY_SYNC(const std::string inner, reader.string());
  if (inner != kIgnoreCase) return reader.error(fmt::format("Unsupported {} pattern: {}", name, inner));
  TRY_SYNC(token, reader.next());
  if (token != Token::kString) return reader.error("equals-ignore-case match pattern must be a string");
  TRY_SYNC(TextTest test, make_text_test(reader, kind, true));
  TRY_SYNC(token, reader.next());
  if (token != Token::kEndObject) return reader.error("Only one key allowed in match expression");
  return test;
}

Result<TextTest> read_text_test(PatternReader& reader, Kind kind, std::string_view name) {
  if (kind == Kind::kPrefix || kind == Kind::kSuffix) return read_affix(reader, kind, name);
  TRY_SYNC(const Token token, reader.next());
  if (token != Token::kString) return reader.error(fmt::format("{} match pattern must be a string", name));
  return make_text_test(reader, kind, kind == Kind::kEquals);
}

// Behind {"anything-but": {"prefix" and the like: one string or a list of them.
Status read_excluded(PatternReader& reader, std::string_view name, AnythingButTest& test) {
  const Kind kind = *text_kind(name);
  const bool ignore_case = kind == Kind::kEquals;
  const auto add = [&]() -> Status {
    TRY_SYNC(TextTest text, make_text_test(reader, kind, ignore_case));
    if ((kind == Kind::kPrefix || kind == Kind::kSuffix) && text.text.empty())
      return reader.error("Null prefix/suffix not allowed");
    test.texts.push_back(std::move(text));
    return {};
  };
  TRY_SYNC(Token token, reader.next());
  if (token == Token::kString) return add();
  if (token == Token::kBeginObject && (kind == Kind::kPrefix || kind == Kind::kSuffix))
    return reader.error("prefix/suffix match pattern must be a string");
  if (token != Token::kBeginArray) {
    return reader.error(
        fmt::format("Value of anything-but/{} must be an array or single string value.", name));
  }
  for (;;) {
    TRY_SYNC(token, reader.next());
    if (token == Token::kEndArray) break;
    if (token != Token::kString) {
      return reader.error(
          fmt::format("Inside anything-but/{} list, number|start|null|boolean is not supported.", name));
    }
    TRY_SYNC_VOID(add());
  }
  if (test.texts.empty()) return reader.error("Empty arrays are not allowed");
  return {};
}

Status read_excluded_values(PatternReader& reader, AnythingButTest& test) {
  for (;;) {
    TRY_SYNC(const Token token, reader.next());
    if (token == Token::kEndArray) break;
    if (token == Token::kString) {
      TRY_SYNC(std::string text, reader.string());
      test.texts.push_back({.text = std::move(text)});
    } else if (token == Token::kNumber) {
      test.numbers.push_back(Number::parse(reader.number()));
    } else {
      return reader.error("Inside anything but list, start|null|boolean is not supported.");
    }
    if (!test.texts.empty() && !test.numbers.empty()) {
      return reader.error(
          "Inside anything but list, either all values are number or string, mixed type is not supported");
    }
  }
  if (test.texts.empty() && test.numbers.empty()) return reader.error("Empty arrays are not allowed");
  return {};
}

Result<ValueTest> read_anything_but(PatternReader& reader, const PatternRules& rules) {
  AnythingButTest test;
  TRY_SYNC(Token token, reader.next());
  if (token == Token::kString) {
    TRY_SYNC(std::string text, reader.string());
    test.texts.push_back({.text = std::move(text)});
  } else if (token == Token::kNumber) {
    test.numbers.push_back(Number::parse(reader.number()));
  } else if (token == Token::kBeginArray) {
    TRY_SYNC_VOID(read_excluded_values(reader, test));
  } else if (token == Token::kBeginObject) {
    TRY_SYNC(token, reader.next());
    if (token != Token::kName) return reader.error("Anything-But expression name not found");
    TRY_SYNC(const std::string name, reader.string());
    if (!text_kind(name) || (rules.narrow_anything_but && name != "prefix"))
      return reader.error(fmt::format("Unsupported anything-but pattern: {}", name));
    TRY_SYNC_VOID(read_excluded(reader, name, test));
    TRY_SYNC(token, reader.next());
    if (token != Token::kEndObject) return reader.error("Only one key allowed in match expression");
  } else {
    return reader.error("Value of anything-but must be an array or single string/number value.");
  }
  return test;
}

Result<double> read_bound(PatternReader& reader, std::string_view of) {
  TRY_SYNC(const Token token, reader.next());
  if (token != Token::kNumber) return reader.error(fmt::format("Value of {} must be numeric", of));
  return Number::parse(reader.number()).value;
}

// Behind [">", 0 the rest: nothing, or "<", 5.
Status read_upper_bound(PatternReader& reader, NumericTest& test) {
  TRY_SYNC(Token token, reader.next());
  if (token == Token::kEndArray) return {};
  TRY_SYNC(const std::string op, reader.shown());
  if (token != Token::kString) return reader.error(fmt::format("Bad value in numeric range: {}", op));
  if (op != "<" && op != "<=") return reader.error(fmt::format("Bad numeric range operator: {}", op));
  TRY_SYNC(test.high, read_bound(reader, op));
  test.high_included = op == "<=";
  TRY_SYNC(token, reader.next());
  if (token != Token::kEndArray) return reader.error("Too many terms in numeric range expression");
  if (test.low >= test.high) return reader.error("Bottom must be less than top");
  return {};
}

Result<ValueTest> read_numeric(PatternReader& reader) {
  TRY_SYNC(Token token, reader.next());
  if (token != Token::kBeginArray) return reader.error("Value of numeric must be an array.");
  TRY_SYNC(token, reader.next());
  TRY_SYNC(const std::string op, reader.shown());
  if (token != Token::kString) return reader.error(fmt::format("Invalid member in numeric match: {}", op));
  if (op == "=") {
    TRY_SYNC(const double value, read_bound(reader, "equals"));
    TRY_SYNC(token, reader.next());
    if (token != Token::kEndArray) return reader.error("Too many elements in numeric expression");
    return NumericTest{.low = value, .high = value};
  }
  if (op == ">" || op == ">=") {
    NumericTest test{.low = 0, .high = kInfinity};
    TRY_SYNC(test.low, read_bound(reader, op));
    test.low_included = op == ">=";
    TRY_SYNC_VOID(read_upper_bound(reader, test));
    return test;
  }
  if (op != "<" && op != "<=")
    return reader.error(fmt::format("Unrecognized numeric range operator: {}", op));
  NumericTest test{.low = -kInfinity, .high = 0};
  TRY_SYNC(test.high, read_bound(reader, op));
  test.high_included = op == "<=";
  TRY_SYNC(token, reader.next());
  if (token != Token::kEndArray) return reader.error("Too many terms in numeric range expression");
  return test;
}

Result<ValueTest> read_cidr(PatternReader& reader) {
  // These texts carry no place.
  const auto bad = [](std::string text) { return fail("InvalidEventPattern", std::move(text)); };
  TRY_SYNC(const Token token, reader.next());
  if (token != Token::kString) return reader.error("prefix match pattern must be a string");
  TRY_SYNC(const std::string text, reader.string());
  const size_t slash = text.find('/');
  if (slash == std::string::npos || text.find('/', slash + 1) != std::string::npos)
    return bad("Malformed CIDR, one '/' required");
  const std::string address = text.substr(0, slash), bits = text.substr(slash + 1);
  if (bits.empty() || bits.find_first_not_of("0123456789") != std::string::npos)
    return bad("Malformed CIDR, mask bits must be an integer");
  const auto parsed = identity::IpAddress::parse(address);
  if (!parsed) return bad("Nonstandard IP address: " + address);
  const auto range = identity::IpRange::parse(text);
  if (!range) return bad(parsed->v6 ? "IPv6 mask bits must be < 128" : "IPv4 mask bits must be < 32");
  return CidrTest{*range};
}

Result<ValueTest> read_exists(PatternReader& reader) {
  TRY_SYNC(const Token token, reader.next());
  if (token == Token::kTrue) return ExistsTest{};
  if (token == Token::kFalse) return AbsentTest{};
  return reader.error("exists match pattern must be either true or false.");
}

Result<ValueTest> read_exactly(PatternReader& reader) {
  TRY_SYNC(const Token token, reader.next());
  if (token != Token::kString) return reader.error("exact match pattern must be a string");
  TRY_SYNC(std::string text, reader.string());
  return ExactTest{.kind = ExactTest::Kind::kString, .text = std::move(text)};
}

Result<ValueTest> read_named(PatternReader& reader, const PatternRules& rules, const std::string& name) {
  if (const auto kind = text_kind(name)) return read_text_test(reader, *kind, name);
  if (name == "exactly") return read_exactly(reader);
  if (name == "anything-but") return read_anything_but(reader, rules);
  if (name == "numeric") return read_numeric(reader);
  if (name == "cidr") return read_cidr(reader);
  if (name == "exists") return read_exists(reader);
  return reader.error("Unrecognized match type " + name);
}

}  // namespace

bool is_match_name(std::string_view name) {
  constexpr std::string_view kNames[] = {"exactly", "anything-but", "numeric", "cidr", "exists"};
  return text_kind(name) || std::ranges::find(kNames, name) != std::end(kNames);
}

Result<ValueTest> read_match_expression(PatternReader& reader, const PatternRules& rules) {
  TRY_SYNC(Token token, reader.next());
  if (token != Token::kName) return reader.error("Match expression name not found");
  TRY_SYNC(const std::string name, reader.string());
  TRY_SYNC(ValueTest test, read_named(reader, rules, name));
  TRY_SYNC(token, reader.next());
  if (token != Token::kEndObject) return reader.error("Only one key allowed in match expression");
  return test;
}

}  // namespace hearth::delivery
