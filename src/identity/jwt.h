// JSON Web Tokens in their compact form (RFC 7519), as far as OpenID Connect needs them: what a token says,
// and what was signed. Whether it was signed, and by whom, is for the keys to say (jwks.h); until then
// nothing in it is true.
//
// Pure functions of bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hearth::identity {

// Of a token's claims those that begin with https://aws.amazon.com/: what the provider asks of the session.
struct SessionClaims {
  std::vector<std::pair<std::string, std::string>> tags = {};
  std::vector<std::string> transitive_tags = {};
  std::optional<std::string> source_identity = {};
};

struct Jwt {
  std::string algorithm;  // one that jwks.h knows: never "none", never one with a shared secret
  std::string key_id;     // empty: the token names none
  std::string issuer;
  std::string subject;
  std::vector<std::string> audiences;  // not empty
  std::string authorized_party;        // azp; empty: none
  std::vector<std::string> methods;    // amr
  int64_t expires = 0;                 // these three in seconds since 1970
  std::optional<int64_t> not_before;
  std::optional<int64_t> issued;
  SessionClaims session;

  std::string signed_text;
  std::string signature;  // raw

  // Errors: "MalformedToken" for what is no token at all, "MissingClaim" with the claim's name as its message
  // for one without issuer, subject, audience or expiry, "UnknownAlgorithm" with the algorithm's.
  static Result<Jwt> parse(std::string_view text);
};

// Without padding, in the alphabet that URLs take (RFC 4648 section 5). Nothing on any other character.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace hearth::identity
