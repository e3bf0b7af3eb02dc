#include "services/lambda/payload_fault.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/utf8.h"

namespace hearth::services::lambda {
namespace {

constexpr std::string_view kAnyValue =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

// Also of an identifier as Java has them, as far as it matters here.
bool is_word(unsigned char c) {
  return is_letter_or_digit(static_cast<char>(c)) || c == '_' || c == '$' || c > 0x9f;
}

bool is_control(unsigned char c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

std::string shown(unsigned char c) {
  if (is_control(c)) return fmt::format("(CTRL-CHAR, code {})", c);
  std::string text = "'";
  append_utf8(c, text);
  return text + fmt::format("' (code {})", c);
}

// With marks where it is no UTF-8, and escapes for control characters.
std::string printable(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    constexpr size_t kLongest = 4;
    size_t length = 1;
    while (length < kLongest && !is_utf8(bytes.substr(at, length))) ++length;
    const auto c = static_cast<unsigned char>(bytes[at]);
    if (!is_utf8(bytes.substr(at, length))) {
      text += "\xef\xbf\xbd";
      length = 1;
    } else if (length == 1 && is_control(c) && c != '\r' && c != '\n') {
      text += fmt::format("\\u{:04X}", c);
    } else {
      text += bytes.substr(at, length);
    }
    at += length;
  }
  return text;
}

std::string excerpt(std::string_view payload) {
  constexpr size_t kBytesMax = 500;
  std::string text = fmt::format("(byte[])\"{}\"", printable(payload.substr(0, kBytesMax)));
  if (payload.size() > kBytesMax) text += fmt::format("[truncated {} bytes]", payload.size() - kBytesMax);
  return text;
}

// Reads value after value as that reader does, and stops at the first fault or behind the first value.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::string fault() {
    while (!fault_ && !done_) step();
    if (!fault_) return {};
    return *fault_ + "\n at " + source(at_ + 1);
  }

 private:
  struct Scope {
    bool object;
    size_t column;  // behind its mark, counted from the payload's beginning
    bool begun = false;
  };

  static std::string_view name_of(bool object) { return object ? "Object" : "Array"; }

  std::string source(size_t column) const {
    size_t line = 1, begin = 0;
    for (size_t at = 0; at + 1 < column && at < text_.size(); ++at) {
      const bool ends = text_[at] == '\n' || (text_[at] == '\r' && text_.substr(at + 1, 1) != "\n");
      if (!ends) continue;
      ++line;
      begin = at + 1;
    }
    return fmt::format("[Source: {}; line: {}, column: {}]", excerpt(text_), line, column - begin);
  }

  void fail(std::string text) { fault_ = std::move(text); }
  void unexpected(unsigned char c, std::string_view why) {
    fail(fmt::format("Unexpected character ({}): {}", shown(c), why));
  }

  // The next character that is no white space, which counts as read; none at the end or at a fault.
  std::optional<unsigned char> next() {
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_++]);
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
      if (c > ' ') return c;
      fail(fmt::format(
          "Illegal character ({}): only regular white space (\\r, \\n, \\t) is allowed between tokens",
          shown(c)));
      break;
    }
    return std::nullopt;
  }
  // The same inside of a list or an object, where there must be one.
  std::optional<unsigned char> need() {
    const auto c = next();
    if (!c && !fault_)
      fail(fmt::format("Unexpected end-of-input within/between {} entries", name_of(scopes_.back().object)));
    return c;
  }

  void step() {
    auto c = next();
    if (!c) return fault_ ? void() : end();
    if (*c == ']' || *c == '}') return close(*c);
    if (!scopes_.empty() && std::exchange(scopes_.back().begun, true)) {
      if (*c != ',') {
        return unexpected(
            *c, fmt::format("was expecting comma to separate {} entries", name_of(scopes_.back().object)));
      }
      if (!(c = need())) return;
    }
    if (!scopes_.empty() && scopes_.back().object) {
      if (*c != '"') return unexpected(*c, "was expecting double-quote to start field name");
      if (!string("name", " in field name")) return;
      if (!(c = need())) return;
      if (*c != ':') return unexpected(*c, "was expecting a colon to separate field name and value");
      if (!(c = need())) return;
    }
    value(*c);
    done_ = scopes_.empty();
  }

  void end() {
    if (scopes_.empty()) return fail("No content to map due to end-of-input");
    const Scope& scope = scopes_.back();
    fail(fmt::format("Unexpected end-of-input: expected close marker for {} (start marker at {})",
                     name_of(scope.object), source(scope.column)));
  }

  void close(unsigned char c) {
    const bool object = c == '}';
    if (!scopes_.empty() && scopes_.back().object == object) {
      scopes_.pop_back();
      done_ = scopes_.empty();
      return;
    }
    const std::string scope =
        scopes_.empty()
            ? fmt::format("root starting at [Source: {}; line: 1, column: 0]", excerpt(text_))
            : fmt::format("{} starting at {}", name_of(scopes_.back().object), source(scopes_.back().column));
    fail(fmt::format("Unexpected close marker '{}': expected '{}' (for {})", static_cast<char>(c),
                     object ? ']' : '}', scope));
  }

  void value(unsigned char c) {
    switch (c) {
      case '{':
      case '[':
        scopes_.push_back({.object = c == '{', .column = at_});
        return;
      case '"':
        string("string value", ": was expecting closing quote for a string value");
        return;
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      case 'N':
        return nonstandard("NaN", "ALLOW_NON_NUMERIC_NUMBERS");
      case ',':
      case ']':
      case '}':
        return unexpected(c, "expected a value");
      default:
        if (c == '-' || is_digit(static_cast<char>(c))) return number(c);
        if (is_word(c) && !is_digit(static_cast<char>(c))) return unknown({});
        unexpected(c, fmt::format("expected a valid value {}", kAnyValue));
    }
  }

  void word(std::string_view wanted) {
    --at_;
    const size_t begin = at_;
    while (at_ - begin < wanted.size() && at_ < text_.size() && text_[at_] == wanted[at_ - begin]) ++at_;
    const bool ends = at_ == text_.size() || !is_word(static_cast<unsigned char>(text_[at_]));
    if (at_ - begin == wanted.size() && ends) return;
    unknown(text_.substr(begin, at_ - begin));
  }

  void nonstandard(std::string_view wanted, std::string_view feature) {
    word(wanted);
    if (fault_) return;
    fail(fmt::format("Non-standard token '{}': enable JsonParser.Feature.{} to allow", wanted, feature));
  }

  // `begin` is what of it was read; the character behind it counts as read too.
  void unknown(std::string_view begin) {
    constexpr size_t kLongest = 256;
    if (begin.empty()) --at_;
    std::string token(begin);
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (!is_word(static_cast<unsigned char>(c))) break;
      token += c;
      if (token.size() < kLongest) continue;
      token += "...";
      break;
    }
    fail(fmt::format("Unrecognized token '{}': was expecting {}", printable(token), kAnyValue));
  }

  // The opening quote was read. `unended` is what to say where no other one follows.
  bool string(std::string_view what, std::string_view unended) {
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_++]);
      if (c == '"') return true;
      if (c < ' ') {
        fail(fmt::format(
            "Illegal unquoted character ({}): has to be escaped using backslash to be included in "
            "{}",
            shown(c), what));
      } else if (c == '\\') {
        escape();
      } else if (c > 0x7f) {
        character(c);
      }
      if (fault_) return false;
    }
    fail(fmt::format("Unexpected end-of-input{}", unended));
    return false;
  }

  void escape() {
    if (at_ == text_.size()) return fail("Unexpected end-of-input in character escape sequence");
    const auto c = static_cast<unsigned char>(text_[at_++]);
    if (std::string_view("\"\\/bfnrt").contains(static_cast<char>(c))) return;
    if (c != 'u') return fail(fmt::format("Unrecognized character escape {}", shown(c)));
    for (int digits = 0; digits < 4 && at_ < text_.size(); ++digits) {
      const auto digit = static_cast<unsigned char>(text_[at_++]);
      if (!std::isxdigit(digit))
        return unexpected(digit, "expected a hex-digit for character escape sequence");
    }
  }

  void character(unsigned char first) {
    const size_t more = (first & 0xe0) == 0xc0   ? 1
                        : (first & 0xf0) == 0xe0 ? 2
                        : (first & 0xf8) == 0xf0 ? 3
                                                 : 0;
    if (more == 0) return fail(fmt::format("Invalid UTF-8 start byte 0x{:x}", first));
    for (size_t read = 0; read < more && at_ < text_.size(); ++read) {
      const auto c = static_cast<unsigned char>(text_[at_++]);
      if ((c & 0xc0) != 0x80) return fail(fmt::format("Invalid UTF-8 middle byte 0x{:x}", c));
    }
  }

  void in_number(std::string_view why) {
    if (at_ == text_.size()) return fail("Unexpected end-of-input in numeric value");
    fail(fmt::format("Unexpected character ({}) in numeric value: {}",
                     shown(static_cast<unsigned char>(text_[at_++])), why));
  }

  size_t digits() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ - begin;
  }

  void number(unsigned char first) {
    if (first != '-') --at_;
    const size_t begin = at_;
    if (digits() == 0) return in_number("expected digit (0-9) to follow minus sign, for valid numeric value");
    if (text_[begin] == '0' && at_ - begin > 1)
      return fail("Invalid numeric value: Leading zeroes not allowed");
    if (text_.substr(at_, 1) == ".") {
      ++at_;
      if (digits() == 0) return in_number("Decimal point not followed by a digit");
    }
    if (text_.substr(at_, 1) == "e" || text_.substr(at_, 1) == "E") {
      ++at_;
      if (text_.substr(at_, 1) == "-" || text_.substr(at_, 1) == "+") ++at_;
      if (digits() == 0) return in_number("Exponent indicator not followed by a digit");
    }
    if (!scopes_.empty() || at_ == text_.size() || std::string_view(" \t\r\n").contains(text_[at_])) return;
    unexpected(static_cast<unsigned char>(text_[at_++]), "Expected space separating root-level values");
  }

  std::string_view text_;
  size_t at_ = 0;  // bytes read
  std::vector<Scope> scopes_;
  std::optional<std::string> fault_;
  bool done_ = false;
};

}  // namespace

std::string payload_fault(std::string_view payload) {
  return Reader(payload).fault();
}

}  // namespace hearth::services::lambda
