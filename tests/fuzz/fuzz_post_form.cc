#include <cstdlib>

#include "base/encoding.h"
#include "io/loop.h"
#include "services/s3/metadata_text.h"
#include "services/s3/multipart.h"
#include "services/s3/post_policy.h"

namespace {

using namespace hearth::services::s3;  // NOLINT: a test's

hearth::Task<void> drain(MultipartReader& reader) {
  while (true) {
    const auto part = co_await reader.next();
    if (!part || !*part) co_return;
    while (true) {
      const auto piece = co_await reader.read();
      if (!piece) co_return;
      if (piece->empty()) break;
      // What ends a part is in none.
      if (piece->find("\r\n--b") != std::string::npos) std::abort();
    }
  }
}

}  // namespace

// What browsers post: the form's parts, its policy, its metadata.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static hearth::io::Loop loop;
  MultipartReader reader(hearth::io::Body(text), "b");
  loop.run_until_done(drain(reader));
  (void)boundary_of(text);
  (void)boundary_of("multipart/form-data;" + text);
  if (const auto policy = PostPolicy::parse(hearth::base64_encode(text))) {
    // A field that nothing speaks of is never let in.
    if (policy->check({{"\x01", "x"}}, hearth::TimePoint()) && text.find("u0001") == std::string::npos &&
        text.find('\x01') == std::string::npos) {
      std::abort();
    }
  }
  for (const char c : shown_text(text)) {
    if (static_cast<signed char>(c) < 0) std::abort();
  }
  return 0;
}
