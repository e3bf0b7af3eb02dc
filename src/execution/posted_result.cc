#include "execution/posted_result.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/json.h"
#include "execution/api_answer.h"

namespace hearth::execution {
namespace {

constexpr const char* kMode = "Lambda-Runtime-Function-Response-Mode";

// An error that a streaming runtime tells behind the part of its response that it had sent.
std::optional<RuntimeEvent> error_in_trailers(const io::Body& body) {
  const io::Headers* trailers = body.trailers();
  const std::string* type = trailers ? trailers->find("Lambda-Runtime-Function-Error-Type") : nullptr;
  if (!type) return std::nullopt;
  auto document = base64_decode(trailers->get("Lambda-Runtime-Function-Error-Body"));
  if (!document || document->empty()) document = to_text(json::object{{"errorType", *type}});
  return RuntimeEvent{.kind = RuntimeEvent::Kind::kError,
                      .body = *std::move(document),
                      .error_type = checked_error_type(*type)};
}

PostedResult too_large(uint64_t bytes_max) {
  return {.event = {.kind = RuntimeEvent::Kind::kTooLarge, .bytes_max = bytes_max},
          .answer = refusal(413, "RequestEntityTooLarge",
                            fmt::format("Exceeded maximum allowed payload size ({} bytes).", bytes_max))};
}

// The response has arrived, or what of it there was. A body that was handed on already comes empty.
PostedResult arrived(Result<std::string> body, const io::Request& request, uint64_t bytes_max) {
  if (!body && body.error().code == "BodyTooLarge") return too_large(bytes_max);
  if (!body) {
    return {.event = {.kind = RuntimeEvent::Kind::kTruncated},
            .answer = refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated")};
  }
  if (auto error = error_in_trailers(request.body)) return {.event = *std::move(error), .answer = accepted()};
  return {.event = {.kind = RuntimeEvent::Kind::kResponse,
                    .body = *std::move(body),
                    .content_type = std::string(request.headers.get("Content-Type"))},
          .answer = accepted()};
}

}  // namespace

std::string checked_error_type(std::string_view type) {
  for (const std::string_view family : {"Runtime", "Function"}) {
    if (!type.starts_with(family)) continue;
    const std::string_view rest = type.substr(family.size());
    const bool named = rest.size() >= 3 && rest[0] == '.' && rest[1] >= 'A' && rest[1] <= 'Z' &&
                       rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 1) ==
                           std::string_view::npos;
    return named ? std::string(type) : fmt::format("{}.Unknown", family);
  }
  return type.empty() ? "Function.Unknown" : "Runtime.Unknown";
}

bool streams(const io::Request& request) {
  return request.headers.get(kMode) == "streaming";
}

std::optional<io::Response> refuse_response_mode(const io::Request& request) {
  if (request.headers.get(kMode).empty() || streams(request)) return std::nullopt;
  return refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode header");
}

Task<PostedResult> take_response(io::Request request) {
  auto body = co_await request.body.read_all(kResponseBytesMax);
  co_return arrived(std::move(body), request, kResponseBytesMax);
}

Task<std::optional<PostedResult>> hand_on_response(io::Request request, ResponseStream stream,
                                                   std::function<bool()> wanted) {
  stream.begun.set(ResponseHead{.content_type = std::string(request.headers.get("Content-Type"))});
  for (uint64_t left_bytes = kStreamedBytesMax;;) {
    auto piece = co_await request.body.read();
    if (!wanted()) co_return std::nullopt;
    if (!piece || piece->empty()) co_return arrived(std::move(piece), request, kStreamedBytesMax);
    if (piece->size() > left_bytes) co_return too_large(kStreamedBytesMax);
    left_bytes -= piece->size();
    co_await stream.bytes.write(*std::move(piece));
    if (!wanted()) co_return std::nullopt;
  }
}

Task<PostedResult> take_error(io::Request request) {
  const std::string type = checked_error_type(request.headers.get("Lambda-Runtime-Function-Error-Type"));
  auto body = co_await request.body.read_all(kResponseBytesMax);
  PostedResult result = too_large(kResponseBytesMax);
  if (body) {
    result = {.event = {.kind = RuntimeEvent::Kind::kError, .body = *std::move(body)}, .answer = accepted()};
  }
  result.event.error_type = type;
  co_return result;
}

}  // namespace hearth::execution
