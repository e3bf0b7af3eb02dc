// Signature Version 2 for S3: in links and forms, which SDKs still make where nobody tells them otherwise
// (the query has AWSAccessKeyId, Expires and Signature), and in the header of old clients, `Authorization:
// AWS key:signature`.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "wire/sigv4.h"

namespace hearth::wire::sigv2 {

// Nothing when the request is not signed in this way.
std::expected<std::optional<sigv4::Claim>, sigv4::Failure> parse_claim(const io::Request& request);

// A link may carry headers as parameters, which are signed too: makes them headers where the client sent
// none.
void take_parameters(io::Request& request);

// `path` as it stands on the wire, with the bucket as its first segment.
std::string string_to_sign(const io::Request& request, const sigv4::Claim& claim, std::string_view path);

// Base64, as it stands in headers, links and forms.
std::string signature_of(std::string_view secret, std::string_view text);

// Signature and time together.
std::optional<sigv4::Failure> verify(const io::Request& request, const sigv4::Claim& claim,
                                     std::string_view secret, std::string_view path, TimePoint now);

}  // namespace hearth::wire::sigv2
