// Keys of signing profiles: ECDSA on P-384 with SHA-384, by OpenSSL. Keys are DER: a private one PKCS #8, a
// public one SubjectPublicKeyInfo.
//
// Threads: any.
#pragma once
#include <string>
#include <string_view>

namespace hearth::services::signer {

struct SigningKey {
  std::string private_der;  // secret
  std::string public_der;

  static SigningKey make();
};

// The signature of `text`, DER. REQUIRES a key that make() made.
std::string sign(std::string_view private_der, std::string_view text);
// False as well for what is no key or no signature.
bool is_signed(std::string_view public_der, std::string_view text, std::string_view signature);

}  // namespace hearth::services::signer
