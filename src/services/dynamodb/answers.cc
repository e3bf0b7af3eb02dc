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
constexpr size_t kHeaderBytesMax = size_t{16} * 1024;
constexpr std::string_view kJson = "application/json";

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

std::string_view content_type(const io::Request& request) {
  const std::string_view type = request.headers.get("content-type");
  return type.substr(0, type.find_first_of("; "));
}

// Wherever it is sent: the service does not care about paths.
bool is_call(const io::Request& request) {
  if (request.method != "POST") return false;
  const std::string_view type = content_type(request);
  return type == "application/x-amz-json-1.0" || type == kJson || request.body.size_bytes() == 0;
}

bool has_long_headers(const io::Request& request) {
  size_t bytes = 0;
  for (const auto& [name, value] : request.headers) bytes += name.size() + value.size();
  return bytes > kHeaderBytesMax;
}

// Whether it is known, by its host, its signature or its target, whom a request is for. What a page would
// like to call is known by the target that it is going to name.
bool is_for_us(const io::Request& request) {
  const io::Headers& headers = request.headers;
  const bool names_target =
      request.method == "OPTIONS" &&
      to_lower(headers.get("access-control-request-headers")).find("x-amz-target") != std::string::npos;
  return names_target || headers.get("host").starts_with("dynamodb.") ||
         headers.get("host").starts_with("streams.dynamodb.") ||
         headers.get("x-amz-target").starts_with("DynamoDB") ||
         headers.get("authorization").find("/dynamodb/aws4_request") != std::string_view::npos;
}

}  // namespace

void Answers::mount(wire::Router& router) {
  router.front_with(api::dynamodb::kService, *this);
  router.front_with(api::dynamodbstreams::kService, *this);
}

bool Answers::takes(const io::Request& request, std::string_view) const {
  return (!is_call(request) || has_long_headers(request)) && is_for_us(request);
}

Async<io::Response> Answers::serve(wire::Call& call, io::Request& request, std::string path) {
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
  if (has_long_headers(request)) {
    co_return Error{.code = "RequestHeaderSectionTooLarge",
                    .message = "Your request header and query parameters exceed the maximum allowed size.",
                    .status = 400};
  }
  if (request.method == "GET" && path == "/") {
    response.headers.add("Content-Type", "text/plain");
    response.body = "healthy: dynamodb." + call.region + ".amazonaws.com ";
    co_return response;
  }
  constexpr int kNotFound = 404;
  response.status = kNotFound;
  response.body = std::string("<UnknownOperationException/>\n");
  co_return response;
}

Task<void> Answers::complete(const wire::Call& call, std::string, io::Response& response) {
  const io::Headers& asked = call.request->headers;
  // Any page may call: what it may do is in its signature.
  if (asked.has("origin")) response.headers.set("Access-Control-Allow-Origin", "*");
  const bool is_json = response.headers.get("content-type").starts_with("application/");
  if (is_json && content_type(*call.request) == kJson)
    response.headers.set("Content-Type", std::string(kJson));
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
  // What is nothing at all is no JSON either.
  if (body.empty()) return fail(Error{.code = "SerializationException", .message = ""});
  const std::string coding = to_lower(request.headers.get("content-encoding"));
  if (coding.empty() || coding == "identity") return {};
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

Status Answers::misread(const wire::OperationInfo& operation, const json::object& input) const {
  return dynamodb::misread(operation, input);
}

}  // namespace hearth::services::dynamodb
