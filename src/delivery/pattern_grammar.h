// From the text of an event pattern to what it asks: lists of tests, each at a path, in alternatives.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "delivery/pattern.h"
#include "delivery/pattern_reader.h"

namespace hearth::delivery {

class PatternGrammar {
 public:
  PatternGrammar(std::string_view text, const PatternRules& rules) : reader_(text), rules_(rules) {}

  // Paths (names joined by dots) and the place of their tests in leaves().
  using Alternative = std::map<std::string, uint32_t>;

  Result<std::vector<Alternative>> parse();
  std::vector<Pattern::Leaf>& leaves() { return leaves_; }

 private:
  using Token = PatternReader::Token;
  using Alternatives = std::vector<Alternative>;

  // What `so_far` asks and this object as well. REQUIRES that the object's bracket has been read.
  Result<Alternatives> object(const std::string& path, Alternatives so_far, bool in_or);
  Result<Alternatives> either(const std::string& path, const Alternatives& so_far);
  Status add_leaf(const std::string& path, Alternatives& alternatives);
  Status tests(Pattern::Leaf& leaf);
  Result<ValueTest> plain(Token token);

  PatternReader reader_;
  const PatternRules& rules_;
  std::vector<Pattern::Leaf> leaves_;
};

}  // namespace hearth::delivery
