// Sealing: what must be kept secret on disk is encrypted and authenticated (AES-256-GCM) with a key that is
// derived from the server's own (root.h), one key a purpose. What is sealed for one purpose or one owner does
// not open for another.
//
// Threads: any.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace hearth::identity {

class Seal {
 public:
  // `server_key`: 32 secret bytes. `purpose` is spelled once for each kind of secret and never changes.
  Seal(std::string_view server_key, std::string_view purpose, Random& random);

  static constexpr size_t kOverheadBytes = 12 + 16;
  // 12 bytes nonce, the encrypted text, 16 bytes tag. `owner` is not in it but needed to open it: the id of
  // what the secret belongs to, so that a sealed text moved to another row is refused.
  std::string seal(std::string_view secret, std::string_view owner) const;
  // Nothing when it was not sealed by this key, for this purpose and owner, or was changed since.
  std::optional<std::string> open(std::string_view sealed, std::string_view owner) const;

 private:
  std::string key_;
  Random& random_;
};

}  // namespace hearth::identity
