#include "identity/jwks.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>

#include "base/free_by.h"
#include "base/json.h"
#include "base/text_member.h"
#include "base/unsigned_bytes.h"

namespace hearth::identity {
namespace {

using Number = std::unique_ptr<BIGNUM, FreeBy<BN_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, FreeBy<OSSL_PARAM_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeBy<OSSL_PARAM_BLD_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeBy<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;
using CurveSignature = std::unique_ptr<ECDSA_SIG, FreeBy<ECDSA_SIG_free>>;

struct Algorithm {
  std::string_view name;
  const EVP_MD* (*digest)();
  int curve_bits = 0;  // 0: RSA
};
constexpr Algorithm kAlgorithms[] = {
    {"RS256", EVP_sha256},      {"RS384", EVP_sha384},      {"RS512", EVP_sha512},
    {"ES256", EVP_sha256, 256}, {"ES384", EVP_sha384, 384}, {"ES512", EVP_sha512, 521},
};

struct Curve {
  std::string_view name;
  const char* group;
  int bits;
};
constexpr Curve kCurves[] = {
    {"P-256", "prime256v1", 256}, {"P-384", "secp384r1", 384}, {"P-521", "secp521r1", 521}};

constexpr size_t coordinate_bytes(int bits) {
  constexpr int kByte = 8;
  return static_cast<size_t>((bits + kByte - 1) / kByte);
}

const Algorithm* find_algorithm(std::string_view name) {
  const auto* found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  return found == std::end(kAlgorithms) ? nullptr : found;
}

Number number(std::string_view bytes) {
  return Number(BN_bin2bn(unsigned_bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string bytes_of(const json::object& from, std::string_view name) {
  return base64url_decode(text_member(from, name)).value_or("");
}

EVP_PKEY* built(const char* kind, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  const bool good = parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
  ERR_clear_error();
  return good ? key : nullptr;
}

// A modulus that is weak, or so long that checking a signature would take long, makes no key.
EVP_PKEY* rsa_key(const std::string& modulus, const std::string& exponent) {
  constexpr int kBitsMin = 2048, kBitsMax = 8192;
  constexpr int kExponentBitsMax = 64;
  const Number n = number(modulus), e = number(exponent);
  if (BN_num_bits(n.get()) < kBitsMin || BN_num_bits(n.get()) > kBitsMax) return nullptr;
  if (!BN_is_odd(e.get()) || BN_is_one(e.get()) || BN_num_bits(e.get()) > kExponentBitsMax) return nullptr;
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  return built("RSA", builder.get());
}

// OpenSSL sees to it that the point is on the curve.
EVP_PKEY* curve_key(const Curve& curve, const std::string& x, const std::string& y) {
  const size_t size = coordinate_bytes(curve.bits);
  if (x.empty() || y.empty() || x.size() > size || y.size() > size) return nullptr;
  const std::string point =
      '\x04' + std::string(size - x.size(), '\0') + x + std::string(size - y.size(), '\0') + y;
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
          1)
    return nullptr;
  return built("EC", builder.get());
}

// Tokens carry the two numbers side by side (RFC 7518 section 3.4), OpenSSL wants them as ASN.1. Empty for
// what is no signature of that curve.
std::string curve_signature(std::string_view raw, int curve_bits) {
  const size_t size = coordinate_bytes(curve_bits);
  if (raw.size() != 2 * size) return {};
  const CurveSignature signature(ECDSA_SIG_new());
  Number r = number(raw.substr(0, size)), s = number(raw.substr(size));
  if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();
  (void)s.release();
  unsigned char* encoded = nullptr;
  const int length = i2d_ECDSA_SIG(signature.get(), &encoded);
  if (length <= 0) return {};
  std::string out(reinterpret_cast<const char*>(encoded), static_cast<size_t>(length));
  OPENSSL_free(encoded);
  return out;
}

bool is_signed(const Jwt& token, const Algorithm& algorithm, EVP_PKEY* key) {
  const std::string signature =
      algorithm.curve_bits ? curve_signature(token.signature, algorithm.curve_bits) : token.signature;
  const DigestContext context(EVP_MD_CTX_new());
  const bool good =
      !signature.empty() &&
      EVP_DigestVerifyInit(context.get(), nullptr, algorithm.digest(), nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), unsigned_bytes(std::string_view(signature)), signature.size(),
                       unsigned_bytes(std::string_view(token.signed_text)), token.signed_text.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace

bool is_known_algorithm(std::string_view name) {
  return find_algorithm(name) != nullptr;
}

void KeySet::FreeKey::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}

bool KeySet::Key::fits(std::string_view token_algorithm) const {
  const Algorithm* wanted = find_algorithm(token_algorithm);
  if (!wanted || (!algorithm.empty() && algorithm != token_algorithm)) return false;
  return elliptic ? wanted->curve_bits == bits : wanted->curve_bits == 0;
}

std::optional<KeySet::Key> KeySet::read(const json::object& from) {
  const std::string use = text_member(from, "use"), kind = text_member(from, "kty");
  if (!use.empty() && use != "sig") return std::nullopt;
  Key out{.id = text_member(from, "kid"), .algorithm = text_member(from, "alg")};
  if (kind == "RSA") {
    out.key.reset(rsa_key(bytes_of(from, "n"), bytes_of(from, "e")));
  } else if (kind == "EC") {
    const auto* curve = std::ranges::find(kCurves, text_member(from, "crv"), &Curve::name);
    if (curve == std::end(kCurves)) return std::nullopt;
    out.elliptic = true;
    out.bits = curve->bits;
    out.key.reset(curve_key(*curve, bytes_of(from, "x"), bytes_of(from, "y")));
  }
  if (!out.key) return std::nullopt;
  return out;
}

Result<KeySet> KeySet::parse(std::string_view text) {
  const auto parsed = parse_json(text);
  const json::object* root = parsed ? parsed->if_object() : nullptr;
  const json::value* listed = root ? root->if_contains("keys") : nullptr;
  if (!listed || !listed->is_array()) return fail("MalformedKeys", "this is no JSON Web Key Set");
  if (listed->get_array().size() > kKeysMax) return fail("MalformedKeys", "the key set has too many keys");
  KeySet out;
  for (const json::value& one : listed->get_array()) {
    if (!one.is_object()) continue;
    if (auto key = read(one.get_object())) out.keys_.push_back(*std::move(key));
  }
  if (out.keys_.empty()) return fail("MalformedKeys", "the key set has no key that signs tokens");
  return out;
}

const KeySet::Key* KeySet::find(const Jwt& token) const {
  const Key* found = nullptr;
  for (const Key& key : keys_) {
    if (!key.fits(token.algorithm)) continue;
    if (!token.key_id.empty()) {
      if (key.id == token.key_id) return &key;
      continue;
    }
    if (found) return nullptr;
    found = &key;
  }
  return found;
}

KeySet::Verdict KeySet::verify(const Jwt& token) const {
  const Key* key = find(token);
  if (!key) return Verdict::kUnknownKey;
  return is_signed(token, *find_algorithm(token.algorithm), key->key.get()) ? Verdict::kGood
                                                                            : Verdict::kWrongSignature;
}

}  // namespace hearth::identity
