#include "wire/aws_chunked.h"

#include "io/loop.h"

namespace {

hearth::Task<void> drain(hearth::io::BodySource& body) {
  while (true) {
    const auto piece = co_await body.read();
    if (!piece || piece->empty()) co_return;
  }
}

}  // namespace

// The first byte chooses the form.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  hearth::wire::sigv4::ChunkedRules rules{.signed_chunks = (data[0] & 1) != 0, .trailer = (data[0] & 2) != 0};
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  hearth::wire::sigv4::AwsChunkedBody body(hearth::io::Body(std::move(bytes)), std::move(rules),
                                           std::nullopt);
  static hearth::io::Loop loop;
  loop.run_until_done(drain(body));
  return 0;
}
