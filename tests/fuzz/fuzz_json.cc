#include <cstdlib>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto value = hearth::parse_json({reinterpret_cast<const char*>(data), size});
  // What was read can be written and read again.
  if (value && !hearth::parse_json(hearth::to_text(*value))) std::abort();
  return 0;
}
