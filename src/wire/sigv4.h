// AWS Signature Version 4 as pure functions: what a request claims to be signed with, the text that was
// signed, and the signature that should stand there. Keys, clocks and error forms are its users' matter.
//
// Sources of the rules: the vendor's published signing vectors (checked by sigv4_test.cc where they are at
// hand) and, for what they do not cover, the behaviour of the public SDKs.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/http_message.h"

namespace hearth::wire::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kStreamingSigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
inline constexpr std::string_view kStreamingSignedTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
inline constexpr std::string_view kStreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

// Why a request is refused before its operation is looked at. The error code and status for each differ by
// protocol; see auth_errors.h.
enum class Refusal {
  kMissingToken,
  kOtherScheme,  // an Authorization header of another kind
  kTwoForms,     // in the header and in the query
  kIncomplete,
  kIncompleteLink,  // presigned, and part of what that needs is missing or malformed
  kUnknownKey,
  kWrongSignature,
  kExpired,      // signed too long ago
  kLinkExpired,  // presigned, and past its time
  kNotYet,       // signed for the future
  kExpiredSession,
  kWrongTokenForKey,
  kWrongScope,
};

struct Failure {
  Refusal refusal;
  std::string message;
  // What S3 tells beside the text, by the names of its elements.
  std::vector<std::pair<std::string, std::string>> extra = {};
};

// What the Authorization header or the query says.
struct Claim {
  enum class Form {
    kHeader,
    kQuery,
    kOldLink,  // of version 2 (sigv2.h), which knows no region
    kOldHeader,
  };
  Form form = Form::kHeader;
  std::string access_key_id;
  std::string date;  // yyyymmdd
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  // lower case, as listed
  std::string signature;
  std::string timestamp;        // 20150830T123600Z
  int64_t expires_seconds = 0;  // query form: after the timestamp; old link: since the epoch
  std::string session_token;

  bool is_old() const { return form == Form::kOldLink || form == Form::kOldHeader; }
  std::string scope() const { return date + "/" + region + "/" + service + "/aws4_request"; }
};

// Nothing when the request is not signed at all.
std::expected<std::optional<Claim>, Failure> parse_claim(const io::Request& request);

// "key/date/region/service/aws4_request", the first four into the claim.
std::expected<void, Failure> parse_credential(std::string_view text, Claim& claim);

// S3 signs the path as it stands on the wire; all other services normalise it and encode it once more.
struct PathRules {
  bool normalize = true;
  bool encode_again = true;

  static PathRules for_service(std::string_view service) {
    const bool as_is = service == "s3" || service == "s3-object-lambda";
    return {.normalize = !as_is, .encode_again = !as_is};
  }
};

// `with_token` false leaves X-Amz-Security-Token out of the canonical query: some clients add it after
// signing.
std::string canonical_request(const io::Request& request, const Claim& claim, std::string_view payload_hash,
                              PathRules rules, bool with_token = true);
std::string string_to_sign(const Claim& claim, std::string_view canonical_request);
// HMAC chain of secret, date, region and service; may be kept for the day.
std::string signing_key(std::string_view secret, const Claim& claim);
std::string signature_of(std::string_view signing_key, std::string_view string_to_sign);

// The hash that goes into the canonical request when the request itself names one (x-amz-content-sha256, or
// S3's presigned form); nothing when the hash of the body is needed.
std::optional<std::string> declared_payload_hash(const io::Request& request, const Claim& claim);

// Signature and time together. `body_sha256` (lower-case hex) is used where the request declares no hash.
std::optional<Failure> verify(const io::Request& request, const Claim& claim, std::string_view signing_key,
                              std::string_view body_sha256, TimePoint now);

// Of a request that is too old or too early to be of now.
Failure skewed(Refusal refusal, std::string message, const std::string& timestamp, TimePoint now);
// Of a signature that is not the one it should be.
Failure wrong_signature(const Claim& claim, std::string_view string_to_sign,
                        std::string_view canonical_request);

std::optional<TimePoint> parse_amz_date(std::string_view text);

}  // namespace hearth::wire::sigv4
