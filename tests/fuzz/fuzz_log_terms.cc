#include <cstdlib>

#include "services/logs/terms.h"

// The first line is the pattern, the rest the message.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(bytes.size(), bytes.find('\n'));
  const std::string pattern(bytes.substr(0, line));
  const std::string_view message = line < bytes.size() ? bytes.substr(line + 1) : std::string_view();
  const auto terms = hearth::services::logs::Terms::parse(pattern);
  if (!terms) return 0;
  // One more term is one more that must occur, whatever stands before it.
  const auto more = hearth::services::logs::Terms::parse(pattern + " \"\x01never\x02\"");
  if (!more) std::abort();
  if (more->match(message) && !message.contains("\x01never\x02")) std::abort();
  (void)terms->match(message);
  return 0;
}
