// What a client says of the bytes that it sends (Content-MD5, checksums in headers or behind the body), and
// whether it was true.
#pragma once
#include <optional>

#include "io/http_message.h"
#include "services/s3/bodies.h"
#include "wire/call.h"

namespace hearth::services::s3 {

struct BodyClaims {
  std::string md5;                   // raw; empty: not said
  std::optional<ChecksumKind> kind;  // which checksum is named
  std::string checksum;              // raw; empty: not said, or behind the body
  bool in_trailer = false;
  bool sized = true;  // whether the client has to say how long it is
};

template <typename Input>
Result<BodyClaims> claims_of(const Input& input, const wire::Call& call);

struct ClaimedBody {
  ReceivedBody body;
  std::optional<Checksum> claimed;  // that the client named, and that proved true
};
// Receives the body and holds it to the claims; `kept` is the checksum that is kept. All outlive the task.
Async<ClaimedBody> receive_claimed(Bodies& bodies, io::Body& body, const BodyClaims& claims,
                                   ChecksumKind kept, Protection protection);

// Whether the call is that of a form (post_form.h), which cannot tell its file's length.
bool is_form(const wire::Call& call);

Result<std::string> parse_md5(const std::string& text);
// The algorithm that a client chooses without a value. Only who is no client of HTTP leaves the value to us.
Result<ChecksumKind> chosen_checksum(const std::string& algorithm, const wire::Call& call);
// That a client chooses no other than the one that it gives.
Status check_chosen(const std::string& algorithm, std::optional<ChecksumKind> given);
// Refuses headers of checksums that nobody knows.
Status check_checksum_headers(const wire::Call& call);
// The checksum that the request's headers announce to follow the body.
Result<std::optional<ChecksumKind>> announced_trailer(const wire::Call& call);

template <typename Input>
Result<BodyClaims> claims_of(const Input& input, const wire::Call& call) {
  BodyClaims claims{.sized = !is_form(call)};
  if (input.content_md5) {
    TRY_SYNC(claims.md5, parse_md5(*input.content_md5));
  }
  TRY_SYNC_VOID(check_checksum_headers(call));
  TRY_SYNC(const auto given, given_checksum(input));
  TRY_SYNC(const auto trailer, announced_trailer(call));
  if (input.checksum_algorithm) {
    TRY_SYNC_VOID(check_chosen(*input.checksum_algorithm, given ? std::optional(given->kind) : trailer));
  }
  if (given) {
    claims.kind = given->kind;
    TRY_SYNC(claims.checksum, parse_checksum(*given));
  } else if (trailer) {
    claims.kind = trailer;
    claims.in_trailer = true;
  } else if (input.checksum_algorithm) {
    TRY_SYNC(claims.kind, chosen_checksum(*input.checksum_algorithm, call));
  }
  return claims;
}

}  // namespace hearth::services::s3
