#include "wire/sigv2.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/digest.h"
#include "base/encoding.h"
#include "wire/uri_template.h"

namespace hearth::wire::sigv2 {
namespace {

using sigv4::Failure;
using sigv4::Refusal;

// Parameters that belong to what is signed; all others do not.
constexpr std::array<std::string_view, 39> kSubresources = {"accelerate",
                                                            "acl",
                                                            "analytics",
                                                            "cors",
                                                            "defaultObjectAcl",
                                                            "delete",
                                                            "encryption",
                                                            "inventory",
                                                            "lifecycle",
                                                            "location",
                                                            "logging",
                                                            "metrics",
                                                            "notification",
                                                            "object-lock",
                                                            "partNumber",
                                                            "policy",
                                                            "publicAccessBlock",
                                                            "replication",
                                                            "requestPayment",
                                                            "response-cache-control",
                                                            "response-content-disposition",
                                                            "response-content-encoding",
                                                            "response-content-language",
                                                            "response-content-type",
                                                            "response-expires",
                                                            "restore",
                                                            "retention",
                                                            "select",
                                                            "select-type",
                                                            "storageClass",
                                                            "tagging",
                                                            "torrent",
                                                            "uploadId",
                                                            "uploads",
                                                            "versionId",
                                                            "versioning",
                                                            "versions",
                                                            "website",
                                                            "legal-hold"};

const std::string* find(const QueryPairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return &value;
  }
  return nullptr;
}

// RFC 2104.
std::string hmac_sha1(std::string_view key, std::string_view message) {
  constexpr size_t kBlock = 64;
  constexpr char kInner = 0x36, kOuter = 0x5c;
  const auto hash = [](std::string_view first, std::string_view second) {
    Digest digest(DigestKind::kSha1);
    digest.update(first);
    digest.update(second);
    return digest.finish();
  };
  std::string padded = key.size() > kBlock ? hash(key, "") : std::string(key);
  padded.resize(kBlock, '\0');
  std::string inner = padded, outer = padded;
  for (size_t i = 0; i < kBlock; ++i) {
    inner[i] = static_cast<char>(inner[i] ^ kInner);
    outer[i] = static_cast<char>(outer[i] ^ kOuter);
  }
  return hash(outer, hash(inner, message));
}

// A header, which links may carry as a parameter.
std::string header_of(const io::Request& request, const QueryPairs& query, std::string_view name) {
  if (const std::string* header = request.headers.find(name)) return *header;
  const std::string* parameter = find(query, name);
  return parameter ? *parameter : std::string();
}

// x-amz-… of headers and query, in the order of their names.
std::string amz_headers(const io::Request& request, const QueryPairs& query) {
  std::map<std::string, std::string> values;
  const auto add = [&values](std::string_view name, const std::string& value) {
    const std::string lower = to_lower(name);
    if (!lower.starts_with("x-amz-")) return;
    std::string& all = values[lower];
    all += (all.empty() ? "" : ",") + value;
  };
  for (const auto& [name, value] : request.headers) add(name, value);
  for (const auto& [name, value] : query) add(name, value);
  std::string text;
  for (const auto& [name, value] : values) text += name + ":" + value + "\n";
  return text;
}

std::string resource(std::string_view path, const QueryPairs& query) {
  QueryPairs signed_pairs;
  for (const auto& pair : query) {
    if (std::ranges::find(kSubresources, pair.first) != kSubresources.end()) signed_pairs.push_back(pair);
  }
  std::ranges::sort(signed_pairs);
  std::string text(path);
  char separator = '?';
  for (const auto& [name, value] : signed_pairs) {
    text += std::exchange(separator, '&') + name;
    if (!value.empty()) text += "=" + value;
  }
  return text;
}

}  // namespace

std::expected<std::optional<sigv4::Claim>, Failure> parse_claim(const io::Request& request) {
  if (request.raw_query().find("AWSAccessKeyId=") == std::string_view::npos) return std::nullopt;
  const QueryPairs query = parse_query(request.raw_query(), false);
  const std::string* key = find(query, "AWSAccessKeyId");
  const std::string* expires = find(query, "Expires");
  const std::string* signature = find(query, "Signature");
  sigv4::Claim claim{.form = sigv4::Claim::Form::kLink, .service = "s3"};
  bool good = key && expires && signature;
  if (good) {
    const auto [end, error] =
        std::from_chars(expires->data(), expires->data() + expires->size(), claim.expires_seconds);
    good = error == std::errc{} && end == expires->data() + expires->size();
  }
  if (!good) {
    return std::unexpected(
        Failure{Refusal::kMissingToken,
                "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"});
  }
  claim.access_key_id = *key;
  claim.signature = *signature;
  if (const std::string* token = find(query, "x-amz-security-token")) claim.session_token = *token;
  return claim;
}

std::string string_to_sign(const io::Request& request, std::string_view path) {
  const QueryPairs query = parse_query(request.raw_query(), false);
  std::string text = request.method + "\n";
  for (const std::string_view name : {"content-md5", "content-type"})
    text += header_of(request, query, name) + "\n";
  const std::string* expires = find(query, "Expires");
  text += (expires ? *expires : "") + "\n";
  return text + amz_headers(request, query) + resource(path, query);
}

std::optional<Failure> verify(const io::Request& request, const sigv4::Claim& claim, std::string_view secret,
                              std::string_view path, TimePoint now) {
  const TimePoint expires(std::chrono::seconds(claim.expires_seconds));
  if (expires < now) return Failure{Refusal::kLinkExpired, "Request has expired"};
  const std::string expected = base64_encode(hmac_sha1(secret, string_to_sign(request, path)));
  if (constant_time_equal(expected, claim.signature)) return std::nullopt;
  return Failure{Refusal::kWrongSignature, {}};
}

}  // namespace hearth::wire::sigv2
