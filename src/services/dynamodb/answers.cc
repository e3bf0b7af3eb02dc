#include "services/dynamodb/answers.h"

#include "api/dynamodb.h"
#include "api/dynamodbstreams.h"
#include "base/crc.h"
#include "base/deflate.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "services/dynamodb/accepted_coding.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/request_review.h"

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kPackedFromBytes = 4096;

// Five bits a character; the last one has what is left.
std::string base32(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  constexpr unsigned kBits = 5;
  std::string text;
  unsigned held = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    held = (held << 8U) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= kBits; bits -= kBits) text += kDigits[(held >> (bits - kBits)) & 31U];
  }
  if (bits > 0) text += kDigits[(held << (kBits - bits)) & 31U];
  return text;
}

void pack(std::string_view accepted, io::Response& response) {
  const auto form = accepted_coding(accepted);
  if (!form) return;
  std::string packed = deflate(*response.body.bytes(), *form);
  response.headers.set("Content-Encoding", *form == Deflate::kGzip ? "gzip" : "deflate");
  response.body = std::move(packed);
}

}  // namespace

void Answers::mount(wire::Router& router) {
  router.front_with(api::dynamodb::kService, *this);
  router.front_with(api::dynamodbstreams::kService, *this);
}

bool Answers::takes(const io::Request& request, std::string_view path) const {
  const bool for_us = request.headers.get("host").starts_with("dynamodb.");
  return for_us && (request.method == "GET" || request.method == "OPTIONS") && path == "/";
}

Async<io::Response> Answers::serve(wire::Call& call, io::Request& request, std::string) {
  io::Response response{.status = 200};
  if (request.method == "OPTIONS") {
    constexpr const char* kSeconds = "172800";
    response.headers.add("Access-Control-Max-Age", kSeconds);
    for (const std::string what : {"Methods", "Headers"}) {
      const std::string* asked = request.headers.find(what == "Methods" ? "access-control-request-method"
                                                                        : "access-control-request-headers");
      if (asked) response.headers.add("Access-Control-Allow-" + what, *asked);
    }
    co_return response;
  }
  response.headers.add("Content-Type", "text/plain");
  response.body = "healthy: dynamodb." + call.region + ".amazonaws.com ";
  co_return response;
}

Task<void> Answers::complete(const wire::Call& call, std::string, io::Response& response) {
  const io::Headers& asked = call.request->headers;
  // Any page may call: what it may do is in its signature.
  if (asked.has("origin")) response.headers.set("Access-Control-Allow-Origin", "*");
  const std::string* bytes = response.body.bytes();
  if (!bytes) co_return;
  if (bytes->size() > kPackedFromBytes) pack(asked.get("accept-encoding"), response);
  Crc crc(CrcKind::kCrc32);
  crc.update(*response.body.bytes());
  response.headers.set("x-amz-crc32", std::to_string(crc.value()));
}

// 52 capital letters and digits, which look like nothing else.
std::string Answers::request_id(std::string uuid) const {
  return base32(sha256(uuid));
}

Status Answers::unpack(const io::Request& request, std::string& body) const {
  const std::string coding = to_lower(request.headers.get("content-encoding"));
  if (coding.empty() || coding == "identity" || body.empty()) return {};
  const bool gzip = coding == "gzip";
  if (!gzip && coding != "deflate") {
    return fail(errors::validation("Unsupported content encoding: " + coding));
  }
  auto inflated = inflate(body, gzip ? Deflate::kGzip : Deflate::kZlib, limits::kRequestBytesMax);
  if (!inflated) return fail(Error{.code = "InternalServerError", .message = "", .status = 500});
  if (inflated->too_long)
    return fail(Error{.code = "RequestEntityTooLargeException", .message = "", .status = 413});
  body = std::move(inflated->bytes);
  return {};
}

Status Answers::review(const wire::OperationInfo& operation, const json::object& input) const {
  return dynamodb::review(operation, input);
}

}  // namespace hearth::services::dynamodb
