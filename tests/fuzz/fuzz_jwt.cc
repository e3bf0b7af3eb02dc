// Tokens and key sets of identity providers: what is taken is whole, and is judged the same twice. The first
// line is the key set, the rest the token.
#include <cstdlib>

#include "identity/jwks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth::identity;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  const auto keys = KeySet::parse(input.substr(0, line));
  if (!keys && keys.error().code != "MalformedKeys") std::abort();
  if (line == std::string_view::npos) return 0;
  const auto token = Jwt::parse(input.substr(line + 1));
  if (!token) {
    const std::string& code = token.error().code;
    if (code != "MalformedToken" && code != "MissingClaim" && code != "UnknownAlgorithm") std::abort();
    return 0;
  }
  if (!is_known_algorithm(token->algorithm) || token->issuer.empty() || token->subject.empty() ||
      token->audiences.empty())
    std::abort();
  if (keys && keys->verify(*token) != keys->verify(*token)) std::abort();
  return 0;
}
