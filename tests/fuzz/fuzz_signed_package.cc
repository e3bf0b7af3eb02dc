// Signatures and the archives that they are in: a signature has one text, what is signed has the contents
// that it was signed for, and those that it had before.
#include <clocale>
#include <cstdlib>
#include <string_view>

#include "services/signer/package.h"
#include "services/signer/signature.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth::services::signer;
  static const char* const locale = std::setlocale(LC_CTYPE, "C.UTF-8");  // as the server has it
  (void)locale;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto signature = read_signature(input)) {
    if (write_signature(signature->statement, signature->bytes) != input) std::abort();
  }
  const PackageLimits limits{.bytes_max = 1 << 20, .entries_max = 100};
  (void)signature_of(input);
  const auto contents = contents_of(input, limits);
  std::string told;
  const auto out = with_signature(
      input,
      [&](std::string hash) {
        told = std::move(hash);
        return std::string("signature");
      },
      limits);
  if (contents && out && told != *contents) std::abort();
  if (!out) return 0;
  const auto again = contents_of(*out, limits);
  if (!again || *again != told || signature_of(*out)->value() != "signature") std::abort();
  return 0;
}
