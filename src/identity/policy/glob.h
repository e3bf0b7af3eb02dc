// Whether a text matches a pattern of characters, `*` (any characters) and `?` (one character), in time that
// nobody can make long: what grows beyond a few comparisons a character is done for 64 characters of the
// pattern at once.
#pragma once
#include <string_view>

namespace hearth::identity {

// A pattern's units are bytes and these, which are no bytes. `?` is a character of UTF-8, not a byte.
inline constexpr char16_t kGlobAny = 0x100;
inline constexpr char16_t kGlobOne = 0x101;

// `ignore_case`: of ASCII letters; the pattern is in lower case then.
bool glob_matches(std::u16string_view pattern, std::string_view text, bool ignore_case);

// The two ways of it, of which it takes the better; they answer alike. Pattern times text steps at worst:
bool glob_matches_by_steps(std::u16string_view pattern, std::string_view text, bool ignore_case);
// A 64th of that, always:
bool glob_matches_by_sets(std::u16string_view pattern, std::string_view text, bool ignore_case);

}  // namespace hearth::identity
