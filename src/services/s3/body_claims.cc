#include "services/s3/body_claims.h"

#include "base/encoding.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kMd5Bytes = 16;
constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";

Error wrong_checksum(ChecksumKind kind) {
  return {.code = "BadDigest",
          .message =
              "The " + std::string(name_of(kind)) + " you specified did not match the calculated checksum.",
          .status = 400};
}

Error wrong_md5(const std::string& expected, const std::string& calculated) {
  return {
      .code = "BadDigest",
      .message = "The Content-MD5 you specified did not match what we received.",
      .extra = {{"ExpectedDigest", base64_encode(expected)}, {"CalculatedDigest", base64_encode(calculated)}},
      .status = 400};
}

// A body whose bytes are looked at as they pass.
class TappedBody final : public io::BodySource {
 public:
  // Both outlive it.
  TappedBody(io::Body& body, ChecksumStream& checksum) : body_(body), checksum_(checksum) {}

  Async<std::string> read() override {
    TRY(std::string piece, co_await body_.read());
    checksum_.update(piece);
    co_return std::move(piece);
  }
  std::optional<uint64_t> remaining_bytes() const override { return body_.size_bytes(); }

 private:
  io::Body& body_;
  ChecksumStream& checksum_;
};

// What went wrong while a body was read, as its sender is told.
Error told(Error error) {
  constexpr std::string_view kIncomplete =
      "You did not provide the number of bytes specified by the Content-Length HTTP header";
  if (error.code == "TruncatedBody" || error.code == "IncompleteBody") {
    return {.code = "IncompleteBody", .message = std::string(kIncomplete), .status = 400};
  }
  if (error.code == "Timeout") {
    return {.code = "RequestTimeout",
            .message =
                "Your socket connection to the server was not read from or written to within the timeout "
                "period. Idle connections will be closed.",
            .status = 400};
  }
  if (error.code == "SignatureDoesNotMatch" && error.status == 0) error.status = 403;
  if (error.code == "InvalidChunk" || error.code == "BadChunk") {
    return {.code = "InvalidChunkSizeError",
            .message = std::move(error.message),
            .extra = std::move(error.extra),
            .status = 400};
  }
  return error;
}

Error wrong_algorithm() {
  return errors::invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.");
}

}  // namespace

bool is_form(const wire::Call& call) {
  return call.request && call.request->method == "POST";
}

Result<std::string> parse_md5(const std::string& text) {
  auto bytes = base64_decode(text);
  if (bytes && bytes->size() == kMd5Bytes) return *std::move(bytes);
  return fail(Error{.code = "InvalidDigest",
                    .message = "The Content-MD5 you specified was invalid.",
                    .extra = {{"Content-MD5", text}},
                    .status = 400});
}

Status check_chosen(const std::string& algorithm, std::optional<ChecksumKind> given) {
  if (!given || parse_checksum_kind(algorithm) == given) return {};
  return fail(wrong_algorithm());
}

Result<ChecksumKind> chosen_checksum(const std::string& algorithm, const wire::Call& call) {
  const auto kind = parse_checksum_kind(algorithm);
  if (!kind) return fail(wrong_algorithm());
  if (call.request && !is_form(call)) {
    return fail(errors::invalid_request(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* "
        "or x-amz-trailer headers were found."));
  }
  return *kind;
}

Status check_checksum_headers(const wire::Call& call) {
  if (!call.request) return {};
  for (const auto& [given, value] : call.request->headers) {
    const std::string_view name = given;
    if (!iequals(name.substr(0, kChecksumPrefix.size()), kChecksumPrefix)) continue;
    const std::string kind = to_lower(name.substr(kChecksumPrefix.size()));
    const bool known = kind == "algorithm" || kind == "type" || kind == "mode" || parse_checksum_kind(kind);
    if (known) continue;
    return fail(
        errors::invalid_request("The algorithm type you specified in x-amz-checksum- header is invalid."));
  }
  return {};
}

Result<std::optional<ChecksumKind>> announced_trailer(const wire::Call& call) {
  if (!call.request) return std::nullopt;
  const std::string name = to_lower(call.request->headers.get("x-amz-trailer"));
  if (!name.starts_with(kChecksumPrefix)) return std::nullopt;
  const auto kind = parse_checksum_kind(std::string_view(name).substr(kChecksumPrefix.size()));
  if (!kind) {
    return fail(errors::invalid_request("The value specified in the x-amz-trailer header is not supported"));
  }
  return kind;
}

Async<ClaimedBody> receive_claimed(Bodies& bodies, io::Body& body, const BodyClaims& claims,
                                   ChecksumKind kept, Protection protection) {
  if (claims.sized && !body.size_bytes()) {
    co_return Error{.code = "MissingContentLength",
                    .message = "You must provide the Content-Length HTTP header.",
                    .status = 411};
  }
  std::optional<ChecksumStream> beside;  // of what is claimed, where something else is kept
  if (claims.kind && *claims.kind != kept) beside.emplace(*claims.kind);
  io::Body tapped;
  if (beside) tapped = std::unique_ptr<io::BodySource>(std::make_unique<TappedBody>(body, *beside));
  auto received =
      co_await bodies.receive(beside ? tapped : body, limits::kPutBytesMax, kept, std::move(protection));
  if (!received) co_return told(received.error());
  if (!claims.md5.empty() && claims.md5 != received->md5()) co_return wrong_md5(claims.md5, received->md5());
  if (!claims.kind) co_return ClaimedBody{.body = *std::move(received)};
  std::string expected = claims.checksum;
  if (claims.in_trailer) {
    const io::Headers* trailers = body.trailers();
    const std::string text(trailers ? trailers->get(header_of(*claims.kind)) : std::string_view());
    if (text.empty()) {
      co_return Error{.code = "MalformedTrailerError",
                      .message =
                          "The request contained trailing data that was not well-formed or did not conform "
                          "to our published schema.",
                      .status = 400};
    }
    TRY(expected, parse_checksum({*claims.kind, text}));
  }
  const std::string value = beside ? beside->finish() : received->checksum().value;
  if (!expected.empty() && expected != value) co_return wrong_checksum(*claims.kind);
  co_return ClaimedBody{.body = *std::move(received),
                        .claimed = Checksum{.kind = *claims.kind, .value = value}};
}

}  // namespace hearth::services::s3
