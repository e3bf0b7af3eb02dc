#include "wire/auth_errors.h"

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"
#include "wire/auth.h"

namespace hearth::wire {

namespace {

using sigv4::Refusal;

struct Spelling {
  std::string_view code;
  int status;
};

struct Row {
  Refusal refusal;
  Spelling query, json, rest_json, s3;
};

constexpr Row kRows[] = {
    {Refusal::kMissingToken,
     {"MissingAuthenticationToken", 403},
     {"MissingAuthenticationTokenException", 400},
     {"MissingAuthenticationTokenException", 403},
     {"AccessDenied", 403}},
    {Refusal::kOtherScheme,
     {"MissingAuthenticationToken", 403},
     {"MissingAuthenticationTokenException", 400},
     {"MissingAuthenticationTokenException", 403},
     {"InvalidArgument", 400}},
    {Refusal::kTwoForms,
     {"SignatureDoesNotMatch", 403},
     {"InvalidSignatureException", 400},
     {"InvalidSignatureException", 403},
     {"InvalidArgument", 400}},
    {Refusal::kIncomplete,
     {"IncompleteSignature", 400},
     {"IncompleteSignatureException", 400},
     {"IncompleteSignatureException", 403},
     {"AuthorizationHeaderMalformed", 400}},
    {Refusal::kIncompleteLink,
     {"IncompleteSignature", 400},
     {"IncompleteSignatureException", 400},
     {"IncompleteSignatureException", 403},
     {"AuthorizationQueryParametersError", 400}},
    {Refusal::kUnknownKey,
     {"InvalidClientTokenId", 403},
     {"UnrecognizedClientException", 400},
     {"UnrecognizedClientException", 403},
     {"InvalidAccessKeyId", 403}},
    {Refusal::kWrongSignature,
     {"SignatureDoesNotMatch", 403},
     {"InvalidSignatureException", 400},
     {"InvalidSignatureException", 403},
     {"SignatureDoesNotMatch", 403}},
    {Refusal::kExpired,
     {"SignatureDoesNotMatch", 403},
     {"InvalidSignatureException", 400},
     {"InvalidSignatureException", 403},
     {"RequestTimeTooSkewed", 403}},
    {Refusal::kLinkExpired,
     {"SignatureDoesNotMatch", 403},
     {"InvalidSignatureException", 400},
     {"InvalidSignatureException", 403},
     {"AccessDenied", 403}},
    {Refusal::kNotYet,
     {"SignatureDoesNotMatch", 403},
     {"InvalidSignatureException", 400},
     {"InvalidSignatureException", 403},
     {"RequestTimeTooSkewed", 403}},
    {Refusal::kExpiredSession,
     {"ExpiredToken", 403},
     {"ExpiredTokenException", 400},
     {"ExpiredTokenException", 403},
     {"ExpiredToken", 400}},
    {Refusal::kWrongTokenForKey,
     {"InvalidClientTokenId", 403},
     {"UnrecognizedClientException", 400},
     {"UnrecognizedClientException", 403},
     {"InvalidToken", 400}},
    {Refusal::kWrongScope,
     {"SignatureDoesNotMatch", 403},
     {"InvalidSignatureException", 400},
     {"InvalidSignatureException", 403},
     {"AuthorizationHeaderMalformed", 400}},
};

// What S3 says of a credential that cannot be read; it stands in quotes in the reason.
std::string s3_credential_message(std::string_view reason) {
  constexpr int kSlashes = 4;
  std::string_view text = reason.substr(reason.find('\'') + 1);
  text = text.substr(0, text.rfind('\''));
  if (std::ranges::count(text, '/') >= kSlashes) {
    const std::string last(text.substr(text.rfind('/') + 1));
    return "incorrect terminal \"" + last + "\". This endpoint uses \"aws4_request\".";
  }
  return "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";
}

std::string s3_header_message(const std::string& reason) {
  constexpr std::string_view kMalformed = "The authorization header is malformed; ";
  std::string told = reason;
  if (reason.starts_with("Credential must")) told = s3_credential_message(reason);
  if (reason.starts_with("Authorization header requires")) {
    told = "the authorization header requires three components: Credential, SignedHeaders, and Signature.";
  }
  return std::string(kMalformed) + told;
}

std::string s3_link_message(const std::string& reason) {
  if (reason.starts_with("X-Amz-Expires") || reason.starts_with("Invalid")) return reason;
  if (reason.starts_with("Unsupported X-Amz-Algorithm")) {
    return R"(X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256")";
  }
  if (reason.starts_with("Date")) {
    return R"(X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'")";
  }
  if (reason.starts_with("incorrect date format")) {
    return "Error parsing the X-Amz-Credential parameter; " + reason;
  }
  if (reason.starts_with("Credential")) {
    return "Error parsing the X-Amz-Credential parameter; " + s3_credential_message(reason);
  }
  return "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
         "X-Amz-Signature, "
         "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
}

std::string s3_message(const sigv4::Failure& failure) {
  switch (failure.refusal) {
    case Refusal::kMissingToken:
      return failure.message == usual_failure(failure.refusal).message ? "Access Denied" : failure.message;
    case Refusal::kLinkExpired:
      return "Request has expired";
    case Refusal::kIncomplete:
    case Refusal::kWrongScope:
      return s3_header_message(failure.message);
    case Refusal::kIncompleteLink:
      return s3_link_message(failure.message);
    case Refusal::kUnknownKey:
      return "The AWS Access Key Id you provided does not exist in our records.";
    case Refusal::kWrongSignature:
      return "The request signature we calculated does not match the signature you provided. Check your key "
             "and "
             "signing method.";
    case Refusal::kExpired:
    case Refusal::kNotYet:
      return "The difference between the request time and the current time is too large.";
    case Refusal::kExpiredSession:
      return "The provided token has expired.";
    case Refusal::kWrongTokenForKey:
      return "The provided token is malformed or otherwise invalid.";
    default:
      return failure.message;
  }
}

std::unexpected<Error> wrong_argument(std::string message, const char* name, const std::string& value) {
  return fail(Error{.code = "InvalidArgument",
                    .message = std::move(message),
                    .extra = {{"ArgumentName", name}, {"ArgumentValue", value}},
                    .status = 400});
}

bool is_payload_hash(std::string_view text) {
  constexpr size_t kDigits = 64;
  return text == sigv4::kUnsignedPayload || text.starts_with("STREAMING-") ||
         (text.size() == kDigits && hex_decode(text));
}

}  // namespace

Status check_s3_form(const io::Request& request) {
  constexpr const char* kHashHeader = "x-amz-content-sha256";
  const std::string* header = request.headers.find("authorization");
  if (header && header->empty()) header = nullptr;
  const std::string_view query = request.raw_query();
  const bool link = query.contains("X-Amz-Algorithm=") || query.contains("AWSAccessKeyId=");
  const bool old = header && header->starts_with("AWS ");
  const bool now = header && header->starts_with(sigv4::kAlgorithm);
  if (header && link) {
    return wrong_argument(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
        "parameter or the Authorization header should be specified",
        "Authorization", *header);
  }
  if (header && !old && !now)
    return wrong_argument("Unsupported Authorization Type", "Authorization", *header);
  const std::string_view date =
      request.headers.get(request.headers.has("x-amz-date") ? "x-amz-date" : "date");
  if (now && !sigv4::parse_amz_date(date)) {
    return fail(Error{.code = "AccessDenied",
                      .message = "AWS authentication requires a valid Date or x-amz-date header",
                      .status = 403});
  }
  const std::string* hash = request.headers.find(kHashHeader);
  if (now && !hash) {
    return fail(Error{.code = "InvalidRequest",
                      .message = "Missing required header for this request: x-amz-content-sha256",
                      .status = 400});
  }
  if (!hash || !(now || link) || is_payload_hash(*hash)) return {};
  return wrong_argument(
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
      "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid "
      "sha256 value.",
      kHashHeader, *hash);
}

sigv4::Failure usual_failure(Refusal refusal) {
  switch (refusal) {
    case Refusal::kMissingToken:
      return {refusal, "Missing Authentication Token"};
    case Refusal::kExpiredSession:
      return {refusal, "The security token included in the request is expired"};
    case Refusal::kUnknownKey:
    case Refusal::kWrongTokenForKey:
      return {refusal, "The security token included in the request is invalid."};
    default:
      return {refusal,
              "The request signature we calculated does not match the signature you provided. Check your AWS "
              "Secret "
              "Access Key and signing method. Consult the service documentation for details."};
  }
}

Error auth_error(const ServiceInfo& service, const sigv4::Failure& failure) {
  for (const Row& row : kRows) {
    if (row.refusal != failure.refusal) continue;
    Spelling spelling = row.json;
    std::string message = failure.message;
    switch (service.protocol) {
      case Protocol::kQuery:
      case Protocol::kEc2:
        spelling = row.query;
        break;
      case Protocol::kRestJson:
        spelling = row.rest_json;
        break;
      case Protocol::kRestXml:
        spelling = row.s3;
        message = s3_message(failure);
        break;
      default:
        break;
    }
    const bool unsigned_request =
        failure.refusal == Refusal::kMissingToken || failure.refusal == Refusal::kOtherScheme;
    if (unsigned_request && service.protocol != Protocol::kRestJson &&
        service.protocol != Protocol::kRestXml) {
      message = "Request is missing Authentication Token";
    }
    Error error{.code = std::string(spelling.code), .message = std::move(message), .status = spelling.status};
    if (service.protocol == Protocol::kRestXml) error.extra = failure.extra;
    return error;
  }
  CHECK(false, "a refusal without a row");
}

Error access_denied(const Call& call, std::string message) {
  const Protocol protocol = call.operation->service->protocol;
  const bool short_code =
      protocol == Protocol::kQuery || protocol == Protocol::kEc2 || protocol == Protocol::kRestXml;
  // S3 gives nobody in particular no reasons.
  if (protocol == Protocol::kRestXml && call.identity.anonymous) message = "Access Denied";
  return Error{.code = short_code ? "AccessDenied" : "AccessDeniedException", .message = std::move(message)};
}

}  // namespace hearth::wire
