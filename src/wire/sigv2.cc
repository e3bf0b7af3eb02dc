#include "wire/sigv2.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/digest.h"
#include "base/encoding.h"
#include "wire/scalar_text.h"
#include "wire/uri_template.h"

namespace hearth::wire::sigv2 {
namespace {

using sigv4::Failure;
using sigv4::Refusal;

constexpr std::string_view kScheme = "AWS ";
constexpr auto kSkew = std::chrono::minutes(15);

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
std::string header_of(const io::Request& request, const QueryPairs& parameters, std::string_view name) {
  if (const std::string* header = request.headers.find(name)) return *header;
  const std::string* parameter = find(parameters, name);
  return parameter ? *parameter : std::string();
}

// x-amz-… of headers and parameters, in the order of their names.
std::string amz_headers(const io::Request& request, const QueryPairs& parameters) {
  std::map<std::string, std::string> values;
  const auto add = [&values](std::string_view name, const std::string& value) {
    const std::string lower = to_lower(name);
    if (!lower.starts_with("x-amz-")) return;
    std::string& all = values[lower];
    all += (all.empty() ? "" : ",") + value;
  };
  for (const auto& [name, value] : request.headers) add(name, value);
  for (const auto& [name, value] : parameters) {
    if (!request.headers.has(name)) add(name, value);
  }
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
  // A bucket by itself has a slash behind it, whether the path says so or not.
  if (path.size() > 1 && path.find('/', 1) == std::string_view::npos) text += '/';
  char separator = '?';
  for (const auto& [name, value] : signed_pairs) {
    text += std::exchange(separator, '&') + name;
    if (!value.empty()) text += "=" + value;
  }
  return text;
}

std::expected<std::optional<sigv4::Claim>, Failure> parse_header(std::string_view header,
                                                                 const io::Request& request) {
  header.remove_prefix(kScheme.size());
  const size_t colon = header.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == header.size()) {
    return std::unexpected(Failure{
        Refusal::kOtherScheme,
        "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
        {{"ArgumentName", "Authorization"}, {"ArgumentValue", std::string(kScheme) + std::string(header)}}});
  }
  const std::string_view date = request.headers.get("x-amz-date");
  return sigv4::Claim{.form = sigv4::Claim::Form::kOldHeader,
                      .access_key_id = std::string(header.substr(0, colon)),
                      .service = "s3",
                      .signature = std::string(header.substr(colon + 1)),
                      .timestamp = std::string(date.empty() ? request.headers.get("date") : date),
                      .session_token = std::string(request.headers.get("x-amz-security-token"))};
}

std::optional<Failure> check_time(const sigv4::Claim& claim, TimePoint now) {
  if (claim.form == sigv4::Claim::Form::kOldLink) {
    const TimePoint expires(std::chrono::seconds(claim.expires_seconds));
    if (expires >= now) return std::nullopt;
    return Failure{Refusal::kLinkExpired,
                   "Request has expired",
                   {{"Expires", iso8601_seconds(expires)}, {"ServerTime", iso8601_seconds(now)}}};
  }
  const auto basic = sigv4::parse_amz_date(claim.timestamp);
  const auto signed_at = basic ? basic : parse_time(claim.timestamp);
  if (!signed_at) {
    return Failure{Refusal::kMissingToken, "AWS authentication requires a valid Date or x-amz-date header"};
  }
  if (*signed_at > now + kSkew) return sigv4::skewed(Refusal::kNotYet, {}, claim.timestamp, now);
  if (*signed_at < now - kSkew) return sigv4::skewed(Refusal::kExpired, {}, claim.timestamp, now);
  return std::nullopt;
}

}  // namespace

std::expected<std::optional<sigv4::Claim>, Failure> parse_claim(const io::Request& request) {
  const std::string* header = request.headers.find("authorization");
  if (header && header->starts_with(kScheme)) return parse_header(*header, request);
  if (request.raw_query().find("AWSAccessKeyId=") == std::string_view::npos) return std::nullopt;
  const QueryPairs query = parse_query(request.raw_query(), false);
  const std::string* key = find(query, "AWSAccessKeyId");
  const std::string* expires = find(query, "Expires");
  const std::string* signature = find(query, "Signature");
  sigv4::Claim claim{.form = sigv4::Claim::Form::kOldLink, .service = "s3"};
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

void take_parameters(io::Request& request) {
  for (const auto& [name, value] : parse_query(request.raw_query(), false)) {
    const std::string lower = to_lower(name);
    const bool header = lower.starts_with("x-amz-") || lower == "content-type" || lower == "content-md5";
    if (header && !request.headers.has(name)) request.headers.set(name, value);
  }
}

std::string string_to_sign(const io::Request& request, const sigv4::Claim& claim, std::string_view path) {
  const bool link = claim.form == sigv4::Claim::Form::kOldLink;
  const QueryPairs query = parse_query(request.raw_query(), false);
  const QueryPairs& parameters = link ? query : QueryPairs();
  std::string text = request.method + "\n";
  for (const std::string_view name : {"content-md5", "content-type"})
    text += header_of(request, parameters, name) + "\n";
  if (link) {
    const std::string* expires = find(query, "Expires");
    text += expires ? *expires : "";
  } else if (!request.headers.has("x-amz-date")) {
    text += request.headers.get("date");
  }
  return text + "\n" + amz_headers(request, parameters) + resource(path, query);
}

std::string signature_of(std::string_view secret, std::string_view text) {
  return base64_encode(hmac_sha1(secret, text));
}

std::optional<Failure> verify(const io::Request& request, const sigv4::Claim& claim, std::string_view secret,
                              std::string_view path, TimePoint now) {
  if (auto failure = check_time(claim, now)) return failure;
  const std::string text = string_to_sign(request, claim, path);
  if (constant_time_equal(signature_of(secret, text), claim.signature)) return std::nullopt;
  return sigv4::wrong_signature(claim, text, {});
}

}  // namespace hearth::wire::sigv2
