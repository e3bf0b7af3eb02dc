// A caller's X-Amzn-Trace-Id: what is kept of it is well formed, and is read again as the same.
#include <cstdlib>

#include "execution/trace.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hearth::execution::Trace;
  const auto trace = Trace::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  const std::string header = trace.header();
  if (!header.empty() && Trace::parse(header).header() != header) std::abort();
  return 0;
}
