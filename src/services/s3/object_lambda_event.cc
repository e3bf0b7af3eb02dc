#include "services/s3/object_lambda_event.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text_member.h"
#include "wire/sigv4.h"
#include "wire/uri_template.h"

namespace hearth::services::s3 {
namespace {

// As long as a caller waits for the first byte, and what a slow function may need to begin.
constexpr std::string_view kLinkSeconds = "120";

constexpr std::string_view kProofs[] = {
    "x-amz-algorithm", "x-amz-credential",    "x-amz-date",     "x-amz-expires", "x-amz-security-token",
    "x-amz-signature", "x-amz-signedheaders", "awsaccesskeyid", "expires",       "signature"};

bool is_proof(std::string_view name) {
  return std::ranges::any_of(kProofs, [&](std::string_view proof) { return iequals(proof, name); });
}

// Headers that this server says itself, of its own answer.
bool is_ours(std::string_view name) {
  constexpr std::string_view kOurs[] = {"connection",        "date",       "keep-alive",      "server",
                                        "transfer-encoding", "x-amz-id-2", "x-amz-request-id"};
  return std::ranges::any_of(kOurs, [&](std::string_view own) { return iequals(own, name); });
}

// Nothing by which a header would end and another begin.
bool is_field(std::string_view name, std::string_view value) {
  const auto is_token = [](unsigned char c) { return c > ' ' && c < 0x7f && c != ':'; };
  const auto is_text = [](unsigned char c) { return c >= ' ' && c != 0x7f; };
  return !name.empty() && std::ranges::all_of(name, is_token) && std::ranges::all_of(value, is_text);
}

void append_query(std::string& target, std::string_view name, std::string_view value) {
  target += target.find('?') == std::string::npos ? '?' : '&';
  target.append(percent_encode(name)).append("=").append(percent_encode(value));
}

}  // namespace

std::string signed_link(const InputLink& link, TimePoint now) {
  const std::string time = amz_basic_date(now);
  wire::sigv4::Claim claim{.form = wire::sigv4::Claim::Form::kQuery,
                           .access_key_id = link.access_key_id,
                           .date = time.substr(0, time.find('T')),
                           .region = link.region,
                           .service = "s3",
                           .signed_headers = {"host"},
                           .timestamp = time};
  io::Request request{.method = link.method,
                      .target = "/" + link.bucket + "/" + percent_encode(link.key, "/")};
  request.headers.add("host", link.host);
  for (const auto& [name, value] : link.headers) {
    request.headers.add(name, value);
    claim.signed_headers.push_back(name);
  }
  std::ranges::sort(claim.signed_headers);
  std::string signed_names;
  for (const std::string& name : claim.signed_headers)
    signed_names += (signed_names.empty() ? "" : ";") + name;

  for (const auto& [name, value] : link.query) append_query(request.target, name, value);
  append_query(request.target, "X-Amz-Algorithm", wire::sigv4::kAlgorithm);
  append_query(request.target, "X-Amz-Credential", link.access_key_id + "/" + claim.scope());
  append_query(request.target, "X-Amz-Date", time);
  append_query(request.target, "X-Amz-Expires", kLinkSeconds);
  if (!link.session_token.empty()) append_query(request.target, "X-Amz-Security-Token", link.session_token);
  append_query(request.target, "X-Amz-SignedHeaders", signed_names);
  const std::string canonical = wire::sigv4::canonical_request(
      request, claim, wire::sigv4::kUnsignedPayload, wire::sigv4::PathRules::for_service(claim.service));
  append_query(request.target, "X-Amz-Signature",
               wire::sigv4::signature_of(wire::sigv4::signing_key(link.secret, claim),
                                         wire::sigv4::string_to_sign(claim, canonical)));
  return "http://" + link.host + request.target;
}

std::vector<std::pair<std::string, std::string>> headers_to_sign(const io::Headers& headers) {
  constexpr std::string_view kBeginnings[] = {"x-amz-server-side-encryption-customer-", "x-amz-request-payer",
                                              "x-amz-expected-bucket-owner"};
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& [name, value] : headers) {
    const std::string lower = to_lower(name);
    const bool wanted = std::ranges::any_of(
        kBeginnings, [&lower](std::string_view beginning) { return lower.starts_with(beginning); });
    if (wanted) found.emplace_back(lower, value);
  }
  return found;
}

Result<HeadAnswer> read_head_answer(const json::object& result) {
  HeadAnswer answer;
  const auto invalid = [] {
    return fail(Error{.code = "LambdaInvalidResponse",
                      .message = "The Lambda function returned an invalid response.",
                      .status = 400});
  };
  const json::value* status = result.if_contains("statusCode");
  if (!status || !status->is_int64() || status->get_int64() < 200 || status->get_int64() > 599)
    return invalid();
  answer.status = static_cast<int>(status->get_int64());
  answer.error_code = text_member(result, "errorCode");
  answer.error_message = text_member(result, "errorMessage");
  const json::value* headers = result.if_contains("headers");
  if (headers && !headers->is_object()) return invalid();
  if (!headers) return answer;
  for (const auto& [name, value] : headers->get_object()) {
    if (is_ours(name)) continue;
    const bool is_number = value.is_int64();
    if (!value.is_string() && !is_number) return invalid();
    std::string field = is_number ? std::to_string(value.get_int64()) : std::string(value.get_string());
    if (!is_field(name, field)) return invalid();
    answer.headers.emplace_back(name, std::move(field));
  }
  return answer;
}

json::object user_request(const io::Request& request) {
  std::string target(request.raw_path());
  for (const auto& [name, value] : wire::parse_query(request.raw_query(), false)) {
    if (!is_proof(name)) append_query(target, name, value);
  }
  json::object headers;
  for (const auto& [name, value] : request.headers) {
    if (iequals(name, "authorization") || iequals(name, "x-amz-security-token")) continue;
    json::value& field = headers[name];
    field = field.is_null() ? json::value(value) : json::value(std::string(field.as_string()) + "," + value);
  }
  const std::string scheme = request.tls ? "https://" : "http://";
  return {{"url", scheme + std::string(request.headers.get("host")) + target},
          {"headers", std::move(headers)}};
}

json::object user_identity(const wire::Identity& identity) {
  constexpr std::string_view kRoot = ":root", kRole = ":assumed-role/", kFederated = ":federated-user/";
  const std::string& arn = identity.arn;
  std::string_view type = "IAMUser";
  if (arn.ends_with(kRoot)) type = "Root";
  if (arn.find(kRole) != std::string::npos) type = "AssumedRole";
  if (arn.find(kFederated) != std::string::npos) type = "FederatedUser";
  return {{"type", type},
          {"principalId", identity.user_id},
          {"arn", arn},
          {"accountId", identity.account},
          {"accessKeyId", identity.access_key_id}};
}

}  // namespace hearth::services::s3
