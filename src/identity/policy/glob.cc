#include "identity/policy/glob.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "base/utf8.h"

namespace hearth::identity {
namespace {

// Below this many steps the tables of the other way cost more.
constexpr size_t kStepsMax = 4096;
constexpr size_t kBytes = 256;

uint8_t byte_of(char c, bool ignore_case) {
  return static_cast<uint8_t>(ignore_case && c >= 'A' && c <= 'Z' ? c + 32 : c);
}

// A set of places in the pattern.
class Places {
 public:
  explicit Places(size_t count) : words_(count / 64 + 1) {}

  void add(size_t place) { words_[place / 64] |= uint64_t{1} << place % 64; }
  bool has(size_t place) const { return words_[place / 64] >> place % 64 & 1; }
  uint64_t word(size_t i) const { return words_[i]; }
  void set_word(size_t i, uint64_t word) { words_[i] = word; }
  size_t words() const { return words_.size(); }

 private:
  std::vector<uint64_t> words_;
};

}  // namespace

bool glob_matches(std::u16string_view pattern, std::string_view text, bool ignore_case) {
  if (pattern.size() <= 1 || text.size() <= kStepsMax / pattern.size())
    return glob_matches_by_steps(pattern, text, ignore_case);
  return glob_matches_by_sets(pattern, text, ignore_case);
}

// Goes back to the last `*` only: what an earlier one could take instead, the last one can take as well.
bool glob_matches_by_steps(std::u16string_view pattern, std::string_view text, bool ignore_case) {
  size_t p = 0, t = 0;
  size_t star = std::u16string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == kGlobAny) {
      star = ++p;
      star_text = t;
      if (p == pattern.size()) return true;
    } else if (p < pattern.size() && pattern[p] == kGlobOne) {
      ++p;
      do ++t;
      while (t < text.size() && continues_character(text[t]));
    } else if (p < pattern.size() && pattern[p] == byte_of(text[t], ignore_case)) {
      ++p;
      ++t;
    } else if (star != std::u16string_view::npos) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == kGlobAny) ++p;
  return p == pattern.size();
}

// Place i is reached when the text so far matches the first i characters of the pattern, `*` not counted.
bool glob_matches_by_sets(std::u16string_view pattern, std::string_view text, bool ignore_case) {
  std::u16string units;
  Places loops(pattern.size()), behind_one(pattern.size());  // a `*` stands there; a `?` stands before it
  for (const char16_t unit : pattern) {
    if (unit == kGlobAny) {
      loops.add(units.size());
    } else {
      units += unit;
      if (unit == kGlobOne) behind_one.add(units.size());
    }
  }
  const size_t words = loops.words();
  // Of each byte, the places from which it leads on.
  std::vector<uint64_t> leads(kBytes * words);
  for (size_t i = 0; i < units.size(); ++i) {
    const uint64_t bit = uint64_t{1} << i % 64;
    if (units[i] != kGlobOne) {
      leads[units[i] * words + i / 64] |= bit;
      continue;
    }
    for (size_t byte = 0; byte < kBytes; ++byte) leads[byte * words + i / 64] |= bit;
  }
  Places reached(pattern.size());
  reached.add(0);
  for (const char c : text) {
    const uint64_t* leading = &leads[byte_of(c, ignore_case) * words];
    // The rest of the character that a `?` took.
    const bool rest = continues_character(c);
    uint64_t carry = 0;
    for (size_t i = 0; i < words; ++i) {
      const uint64_t here = reached.word(i);
      const uint64_t held = rest ? here & behind_one.word(i) : 0;
      const uint64_t moving = here & ~held & leading[i];
      reached.set_word(i, moving << 1 | carry | (here & loops.word(i)) | held);
      carry = moving >> 63;
    }
  }
  return reached.has(units.size());
}

}  // namespace hearth::identity
