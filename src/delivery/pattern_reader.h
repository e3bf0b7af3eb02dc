// The tokens of an event pattern's JSON text, one at a time, with errors that name the place as users of the
// service know it: the one a streaming parser has reached after the token. Such a parser looks one step
// ahead: with a name it has taken the colon and the first character of the value, and of a string it has
// taken the opening quote only until the string is asked for.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::delivery {

class PatternReader {
 public:
  enum class Token {
    kBeginObject,
    kEndObject,
    kBeginArray,
    kEndArray,
    kName,
    kString,
    kNumber,
    kTrue,
    kFalse,
    kNull,
    kEnd
  };

  static constexpr size_t kDepthMax = 1000;

  // The text outlives the reader.
  explicit PatternReader(std::string_view text) : text_(text) {}

  Result<Token> next();
  // What a name or string says. Reads a string to its end.
  Result<std::string> string();
  // A number as it is written.
  std::string_view number() const { return number_; }
  // What stands where the last token does, for messages: a string without quotes, `[`, `{`, a number.
  Result<std::string> shown();

  // "<reason>\n at [Source: (String)"<text>"; line: 1, column: 5]", of the present place.
  std::unexpected<Error> error(std::string_view reason) const;

 private:
  Result<Token> value();
  Result<Token> name();
  Result<Token> word();
  Result<Token> read_number();
  Result<std::string> read_string();
  Status read_escape(std::string& out);
  Result<unsigned> read_hex();
  Status finish_string();
  void skip_blanks();
  bool at_end() const { return at_ >= text_.size(); }
  std::unexpected<Error> unexpected(std::string_view expected);
  std::unexpected<Error> ended(std::string_view where);

  std::string_view text_;
  size_t at_ = 0;
  std::string open_;   // '{' and '['
  bool first_ = true;  // in the innermost of them
  bool begun_ = false;
  Token token_ = Token::kEnd;
  std::optional<Token> ahead_;
  bool string_unread_ = false;
  std::string string_;
  std::string_view number_;
};

}  // namespace hearth::delivery
