// Event patterns: what is refused says why and where, what is taken can be asked of any document and answers
// the same twice. The first line is the document, the rest the pattern.
#include <cstdlib>

#include "base/json.h"
#include "delivery/pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hearth::delivery::Pattern;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  for (const bool narrow : {false, true}) {
    const auto pattern = Pattern::parse(input.substr(line + 1), {.narrow_anything_but = narrow});
    if (!pattern) {
      if (pattern.error().code != "InvalidEventPattern" || pattern.error().message.empty()) std::abort();
      continue;
    }
    const auto event = hearth::parse_json(input.substr(0, line));
    if (!event) continue;
    if (pattern->matches(*event) != pattern->matches(*event)) std::abort();
  }
  return 0;
}
