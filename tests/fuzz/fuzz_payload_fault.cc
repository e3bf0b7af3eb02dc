// What is told of a payload that is no JSON: nothing of one that is.
#include <cstdlib>

#include "base/json.h"
#include "services/lambda/payload_fault.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string fault = hearth::services::lambda::payload_fault(text);
  if (!fault.empty() && hearth::parse_json(text)) std::abort();
  return 0;
}
