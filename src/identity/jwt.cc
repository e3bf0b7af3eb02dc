#include "identity/jwt.h"

#include "base/encoding.h"
#include "base/json.h"
#include "identity/jwks.h"

namespace hearth::identity {
namespace {

constexpr std::string_view kTagsClaim = "https://aws.amazon.com/tags";
constexpr std::string_view kSourceClaim = "https://aws.amazon.com/source_identity";

std::unexpected<Error> malformed(std::string message) {
  return fail("MalformedToken", std::move(message));
}
std::unexpected<Error> missing(std::string_view claim) {
  return fail("MissingClaim", std::string(claim));
}

Result<json::object> part(std::string_view text) {
  const auto bytes = base64url_decode(text);
  if (!bytes || !is_utf8(*bytes)) return malformed("a part is no base64url of UTF-8");
  auto value = parse_json(*bytes);
  if (!value || !value->is_object()) return malformed("a part is no JSON object");
  return std::move(value->get_object());
}

// Empty when absent; fails when it is there and no string.
Result<std::string> text_of(const json::object& from, std::string_view name) {
  const json::value* value = from.if_contains(name);
  if (!value) return std::string();
  if (!value->is_string()) return malformed(std::string(name) + " is no string");
  return std::string(value->get_string());
}

// One string, or a list of them; empty when absent.
Result<std::vector<std::string>> texts_of(const json::value* value, std::string_view name) {
  std::vector<std::string> out;
  if (!value) return out;
  if (value->is_string()) {
    out.emplace_back(value->get_string());
    return out;
  }
  if (!value->is_array()) return malformed(std::string(name) + " is neither string nor list");
  for (const json::value& one : value->get_array()) {
    if (!one.is_string()) return malformed(std::string(name) + " has something other than strings");
    out.emplace_back(one.get_string());
  }
  return out;
}

// The service takes whole seconds only.
Result<std::optional<int64_t>> seconds_of(const json::object& from, std::string_view name) {
  const json::value* value = from.if_contains(name);
  if (!value) return std::optional<int64_t>();
  if (!value->is_int64()) return malformed(std::string(name) + " is no whole number of seconds");
  return std::optional<int64_t>(value->get_int64());
}

Status add_tag(std::string_view key, const json::value& value, SessionClaims& out) {
  constexpr size_t kKeyMax = 128, kValueMax = 256, kTagsMax = 50;
  TRY_SYNC(auto values, texts_of(&value, "a session tag"));
  if (values.size() != 1) return malformed("a session tag has one value");
  const bool fits = !key.empty() && utf8_length(key) <= kKeyMax && utf8_length(values[0]) <= kValueMax;
  if (!fits || out.tags.size() == kTagsMax) return malformed("session tags are too long or too many");
  out.tags.emplace_back(key, std::move(values[0]));
  return {};
}

// Tags come nested, {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]}, or flat, with a
// claim for each: "https://aws.amazon.com/tags/principal_tags/team": "red".
Result<SessionClaims> session_claims(const json::object& claims) {
  SessionClaims out;
  const std::string flat_tag = std::string(kTagsClaim) + "/principal_tags/";
  const std::string flat_keys = std::string(kTagsClaim) + "/transitive_tag_keys";
  for (const auto& [name, value] : claims) {
    const std::string_view key = name;
    if (key.starts_with(flat_tag)) TRY_SYNC_VOID(add_tag(key.substr(flat_tag.size()), value, out));
  }
  TRY_SYNC(out.transitive_tags, texts_of(claims.if_contains(flat_keys), flat_keys));
  if (const json::value* nested = claims.if_contains(kTagsClaim)) {
    if (!nested->is_object()) return malformed("the claim of session tags is no object");
    const json::object& tags = nested->get_object();
    if (const json::value* own = tags.if_contains("principal_tags")) {
      if (!own->is_object()) return malformed("principal_tags is no object");
      for (const auto& [name, value] : own->get_object()) TRY_SYNC_VOID(add_tag(name, value, out));
    }
    TRY_SYNC(auto keys, texts_of(tags.if_contains("transitive_tag_keys"), "transitive_tag_keys"));
    for (std::string& key : keys) out.transitive_tags.push_back(std::move(key));
  }
  if (claims.contains(kSourceClaim)) {
    TRY_SYNC(out.source_identity, text_of(claims, kSourceClaim));
  }
  return out;
}

Status read_claims(const json::object& claims, Jwt& out) {
  TRY_SYNC(out.issuer, text_of(claims, "iss"));
  TRY_SYNC(out.subject, text_of(claims, "sub"));
  TRY_SYNC(out.audiences, texts_of(claims.if_contains("aud"), "aud"));
  TRY_SYNC(out.authorized_party, text_of(claims, "azp"));
  TRY_SYNC(out.methods, texts_of(claims.if_contains("amr"), "amr"));
  TRY_SYNC(const auto expires, seconds_of(claims, "exp"));
  TRY_SYNC(out.not_before, seconds_of(claims, "nbf"));
  TRY_SYNC(out.issued, seconds_of(claims, "iat"));
  if (out.issuer.empty()) return missing("iss");
  if (out.subject.empty()) return missing("sub");
  if (out.audiences.empty()) return missing("aud");
  if (!expires) return missing("exp");
  out.expires = *expires;
  TRY_SYNC(out.session, session_claims(claims));
  return {};
}

}  // namespace

std::optional<std::string> base64url_decode(std::string_view text) {
  constexpr size_t kGroup = 4;
  std::string usual(text);
  for (char& c : usual) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') {
      c = '+';
    } else if (c == '_') {
      c = '/';
    }
  }
  usual.append((kGroup - usual.size() % kGroup) % kGroup, '=');
  return base64_decode(usual);
}

Result<Jwt> Jwt::parse(std::string_view text) {
  const size_t first = text.find('.');
  const size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
    return malformed("a token has three parts");
  TRY_SYNC(const json::object header, part(text.substr(0, first)));
  TRY_SYNC(const json::object claims, part(text.substr(first + 1, second - first - 1)));
  auto signature = base64url_decode(text.substr(second + 1));
  if (!signature) return malformed("the signature is no base64url");
  Jwt out;
  TRY_SYNC(out.algorithm, text_of(header, "alg"));
  TRY_SYNC(out.key_id, text_of(header, "kid"));
  // Extensions that must be understood (RFC 7515 section 4.1.11); none is.
  if (header.contains("crit")) return malformed("the header has critical extensions");
  if (!is_known_algorithm(out.algorithm)) return fail("UnknownAlgorithm", out.algorithm);
  TRY_SYNC_VOID(read_claims(claims, out));
  out.signed_text = text.substr(0, second);
  out.signature = *std::move(signature);
  return out;
}

}  // namespace hearth::identity
