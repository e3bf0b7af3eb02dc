#include "services/logs/terms.h"

#include <algorithm>

#include "api/logs.h"
#include "base/ascii.h"
#include "wire/not_implemented.h"

namespace hearth::services::logs {
namespace {

Error invalid(std::string message) {
  return api::logs::errors::invalid_parameter_exception(std::move(message));
}

bool plain(char c) {
  return is_letter_or_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Both take what they read away from `rest`.
Result<std::string> take_phrase(std::string_view& rest) {
  std::string phrase;
  for (size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return phrase;
    }
    const bool escape =
        rest[at] == '\\' && at + 1 < rest.size() && (rest[at + 1] == '"' || rest[at + 1] == '\\');
    if (escape) ++at;
    phrase += rest[at];
  }
  return fail(invalid("Invalid filter pattern"));
}

Result<std::string> take_word(std::string_view& rest) {
  const size_t size = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, size);
  const auto odd = std::ranges::find_if_not(word, plain);
  if (odd != word.end()) return fail(invalid(std::string("Invalid character(s) in term '") + *odd + "'"));
  if (word.empty()) return fail(invalid("Invalid filter pattern"));
  rest.remove_prefix(size);
  return std::string(word);
}

}  // namespace

Result<Terms> Terms::parse(std::string_view pattern) {
  Terms terms;
  for (std::string_view rest = pattern;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) return terms;
    if (rest[0] == '{' || rest[0] == '[' || rest[0] == '%') {
      return fail(wire::not_implemented("filter patterns on fields and regular expressions"));
    }
    auto* kind = rest[0] == '-' ? &terms.none_ : rest[0] == '?' ? &terms.any_ : &terms.all_;
    if (kind != &terms.all_) rest.remove_prefix(1);
    TRY_SYNC(std::string term, rest.starts_with('"') ? take_phrase(rest) : take_word(rest));
    // A phrase of nothing asks for nothing.
    if (term.find_first_not_of(' ') != std::string::npos) kind->push_back(std::move(term));
  }
}

bool Terms::match(std::string_view message) const {
  auto occurs = [&](const std::string& term) { return message.contains(term); };
  if (all_.empty() && none_.empty()) return any_.empty() || std::ranges::any_of(any_, occurs);
  return std::ranges::all_of(all_, occurs) && std::ranges::none_of(none_, occurs);
}

}  // namespace hearth::services::logs
