// The public keys of an identity provider (a JSON Web Key Set, RFC 7517), and whether one of them signed a
// token. RSA with PKCS #1 v1.5 (RS256, RS384, RS512) of 2048 to 8192 bits, and ECDSA (ES256, ES384, ES512):
// what AssumeRoleWithWebIdentity takes. A key verifies only with algorithms of its own kind, whatever the
// token's header says.
//
// Threads: any, once made.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "base/result.h"
#include "identity/jwt.h"

struct evp_pkey_st;

namespace hearth::identity {

bool is_known_algorithm(std::string_view name);

class KeySet {
 public:
  static constexpr size_t kKeysMax = 200;

  // Keys of other kinds or uses, and those that are too weak, are passed over. Error: "MalformedKeys" for
  // what is no key set, or has no key left.
  static Result<KeySet> parse(std::string_view text);

  enum class Verdict {
    kGood,
    kUnknownKey,  // none has the token's key id and fits its algorithm
    kWrongSignature,
  };
  // A token without a key id is tried with the only key that fits; it is of no known key where several do.
  Verdict verify(const Jwt& token) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  struct Key {
    std::string id;
    std::string algorithm;  // that it is for; empty: any of its kind
    bool elliptic = false;
    int bits = 0;
    std::unique_ptr<evp_pkey_st, FreeKey> key;

    bool fits(std::string_view token_algorithm) const;
  };

  const Key* find(const Jwt& token) const;
  // Nothing for a key of no use here.
  static std::optional<Key> read(const json::object& from);

  std::vector<Key> keys_;
};

}  // namespace hearth::identity
