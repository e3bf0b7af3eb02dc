#include "delivery/pattern_reader.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/utf8.h"

namespace hearth::delivery {
namespace {

using Token = PatternReader::Token;

constexpr size_t kShownMax = 500;
constexpr std::string_view kValues =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

bool is_word(char c) {
  return is_letter_or_digit(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::unexpected<Error> PatternReader::error(std::string_view reason) const {
  size_t line = 1, begin = 0;
  for (size_t i = 0; i < at_ && i < text_.size(); ++i) {
    if (text_[i] != '\n' && (text_[i] != '\r' || text_.substr(i + 1, 1) == "\n")) continue;
    ++line;
    begin = i + 1;
  }
  std::string shown = "\"" + std::string(text_.substr(0, kShownMax)) + "\"";
  if (text_.size() > kShownMax) shown += fmt::format("[truncated {} chars]", text_.size() - kShownMax);
  return fail("InvalidEventPattern", fmt::format("{}\n at [Source: (String){}; line: {}, column: {}]", reason,
                                                 shown, line, at_ - begin + 1));
}

std::unexpected<Error> PatternReader::ended(std::string_view where) {
  at_ = text_.size();
  return error(fmt::format("Unexpected end-of-input{}", where));
}

std::unexpected<Error> PatternReader::unexpected(std::string_view expected) {
  const auto code = static_cast<unsigned char>(text_[at_]);
  const std::string what =
      code < 0x20 ? fmt::format("(CTRL-CHAR, code {})", code)
                  : fmt::format("('{}' (code {}))", std::string(1, static_cast<char>(code)), code);
  ++at_;
  return error(fmt::format("Unexpected character {}: {}", what, expected));
}

void PatternReader::skip_blanks() {
  at_ = std::min(text_.size(), text_.find_first_not_of(" \t\r\n", at_));
}

Status PatternReader::finish_string() {
  if (!string_unread_) return {};
  string_unread_ = false;
  TRY_SYNC(string_, read_string());
  return {};
}

Result<std::string> PatternReader::string() {
  if (token_ == Token::kString) TRY_SYNC_VOID(finish_string());
  return string_;
}

Result<std::string> PatternReader::shown() {
  switch (token_) {
    case Token::kString:
    case Token::kName:
      return string();
    case Token::kNumber:
      return std::string(number_);
    case Token::kBeginObject:
      return std::string("{");
    case Token::kEndObject:
      return std::string("}");
    case Token::kBeginArray:
      return std::string("[");
    case Token::kEndArray:
      return std::string("]");
    case Token::kTrue:
      return std::string("true");
    case Token::kFalse:
      return std::string("false");
    default:
      return std::string("null");
  }
}

Result<Token> PatternReader::next() {
  if (ahead_) {
    token_ = *std::exchange(ahead_, std::nullopt);
    return token_;
  }
  if (token_ == Token::kString) TRY_SYNC_VOID(finish_string());
  skip_blanks();
  if (open_.empty()) {
    if (at_end()) return token_ = Token::kEnd;
    if (begun_) return unexpected(std::string("was expecting end of the text"));
    begun_ = true;
    TRY_SYNC(token_, value());
    return token_;
  }
  const bool object = open_.back() == '{';
  if (at_end()) {
    return ended(object ? ": expected close marker for Object" : ": expected close marker for Array");
  }
  if (text_[at_] == (object ? '}' : ']')) {
    ++at_;
    open_.pop_back();
    first_ = false;
    return token_ = object ? Token::kEndObject : Token::kEndArray;
  }
  if (!std::exchange(first_, false)) {
    if (text_[at_] != ',') {
      return unexpected(object ? "was expecting comma to separate Object entries"
                               : "was expecting comma to separate Array entries");
    }
    ++at_;
    skip_blanks();
    if (at_end()) return ended(object ? " within/between Object entries" : " within/between Array entries");
  }
  TRY_SYNC(token_, object ? name() : value());
  return token_;
}

Result<Token> PatternReader::name() {
  if (text_[at_] != '"') return unexpected("was expecting double-quote to start field name");
  ++at_;
  TRY_SYNC(std::string name, read_string());
  skip_blanks();
  if (at_end()) return ended(" within/between Object entries");
  if (text_[at_] != ':') return unexpected("was expecting a colon to separate field name and value");
  ++at_;
  skip_blanks();
  if (at_end()) return ended(" within/between Object entries");
  TRY_SYNC(ahead_, value());
  string_ = std::move(name);
  return Token::kName;
}

Result<Token> PatternReader::value() {
  const char c = text_[at_];
  switch (c) {
    case '"':
      ++at_;
      string_unread_ = true;
      return Token::kString;
    case '{':
    case '[':
      ++at_;
      open_ += c;
      first_ = true;
      if (open_.size() > kDepthMax) {
        return error(fmt::format("Document nesting depth ({}) exceeds the maximum allowed ({})", open_.size(),
                                 kDepthMax));
      }
      return c == '{' ? Token::kBeginObject : Token::kBeginArray;
    default:
      break;
  }
  if (c == '-' || is_digit(c)) return read_number();
  if (is_word(c)) return word();
  return unexpected("expected a valid value " + std::string(kValues));
}

Result<Token> PatternReader::word() {
  const size_t begin = at_;
  while (!at_end() && is_word(text_[at_])) ++at_;
  const std::string_view word = text_.substr(begin, at_ - begin);
  if (word == "true") return Token::kTrue;
  if (word == "false") return Token::kFalse;
  if (word == "null") return Token::kNull;
  return error(fmt::format("Unrecognized token '{}': was expecting {}", word, kValues));
}

Result<Token> PatternReader::read_number() {
  const size_t begin = at_;
  const auto digits = [&] {
    const size_t from = at_;
    while (!at_end() && is_digit(text_[at_])) ++at_;
    return at_ - from;
  };
  const auto take = [&](std::string_view any) {
    const bool taken = !at_end() && any.find(text_[at_]) != std::string_view::npos;
    at_ += taken;
    return taken;
  };
  take("-");
  const size_t whole = at_;
  if (digits() == 0) return error("Invalid numeric value: a digit was expected after the sign");
  if (text_[whole] == '0' && at_ - whole > 1)
    return error("Invalid numeric value: Leading zeroes not allowed");
  if (take(".") && digits() == 0) return error("Invalid numeric value: a digit was expected after the point");
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return error("Invalid numeric value: a digit was expected in the exponent");
  }
  if (!at_end() && is_word(text_[at_])) return unexpected("Expected space separating root-level values");
  number_ = text_.substr(begin, at_ - begin);
  return Token::kNumber;
}

Result<std::string> PatternReader::read_string() {
  std::string out;
  for (;;) {
    if (at_end()) return ended(": was expecting closing quote for a string value");
    const char c = text_[at_++];
    if (c == '"') return out;
    if (static_cast<unsigned char>(c) < 0x20) {
      return error(
          fmt::format("Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using "
                      "backslash to be included in string value",
                      static_cast<int>(c)));
    }
    if (c != '\\') {
      out += c;
      continue;
    }
    TRY_SYNC_VOID(read_escape(out));
  }
}

Result<unsigned> PatternReader::read_hex() {
  unsigned code = 0;
  for (int i = 0; i < 4; ++i) {
    if (at_end()) return ended(" in character escape sequence");
    const char c = text_[at_++];
    const size_t digit = std::string_view("0123456789abcdefABCDEF").find(c);
    if (digit == std::string_view::npos)
      return error("Unexpected character: expected a hex-digit for character escape sequence");
    code = code * 16 + static_cast<unsigned>(digit < 16 ? digit : digit - 6);
  }
  return code;
}

Status PatternReader::read_escape(std::string& out) {
  if (at_end()) return ended(" in character escape sequence");
  const char c = text_[at_++];
  constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  if (const size_t place = kNames.find(c); place != std::string_view::npos) {
    out += kMeanings[place];
    return {};
  }
  if (c != 'u') {
    return error(fmt::format("Unrecognized character escape '{}' (code {})", c,
                             static_cast<int>(static_cast<unsigned char>(c))));
  }
  TRY_SYNC(unsigned code, read_hex());
  // Half of a pair alone is no character; like others we take what stands for one.
  if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
    const size_t before = at_;
    at_ += 2;
    TRY_SYNC(const unsigned low, read_hex());
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else {
      at_ = before;
    }
  }
  append_utf8(code >= 0xd800 && code < 0xe000 ? 0xfffd : code, out);
  return {};
}

}  // namespace hearth::delivery
