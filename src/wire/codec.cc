#include "wire/codec.h"

#include "base/check.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/log.h"
#include "wire/protocols.h"
#include "wire/scalar_text.h"

namespace hearth::wire {

namespace {

struct FrameworkError {
  std::string_view code;
  int status;
};

// What the framework in front of every service may answer, by code; where a protocol differs, the error
// itself brings its status (auth_errors.h).
constexpr FrameworkError kFrameworkErrors[] = {
    {"AccessDenied", 403},
    {"AccessDeniedException", 403},
    {"ExpiredTokenException", 403},
    {"IncompleteSignature", 400},
    {"InsufficientStorage", 507},
    {"InternalFailure", 500},
    {"InvalidAction", 400},
    {"InvalidParameterException", 400},
    {"InvalidRequest", 400},
    {"InvalidRequestContentException", 400},
    {"MalformedQueryString", 400},
    {"MalformedXML", 400},
    {"MissingAction", 400},
    {"NotImplemented", 501},
    {"RequestEntityTooLargeException", 413},
    {"RequestTooLargeException", 413},
    {"SerializationException", 400},
    {"ServiceUnavailable", 503},
    {"ServiceUnavailableException", 503},
    {"Throttling", 400},
    {"ThrottlingException", 400},
    {"UnknownOperationException", 404},
    {"ValidationError", 400},
    {"ValidationException", 400},
    {"XAmzContentSHA256Mismatch", 400},
};

// The framework's refusals in the JSON protocols, and in the query protocol.
struct TwoSpellings {
  std::string_view json;
  std::string_view query;
  int query_status;
};

constexpr TwoSpellings kTwoSpellings[] = {
    {"AccessDeniedException", "AccessDenied", 403},
    {"ExpiredTokenException", "ExpiredToken", 403},
    {"IncompleteSignatureException", "IncompleteSignature", 400},
    {"InvalidSignatureException", "SignatureDoesNotMatch", 403},
    {"MissingAuthenticationTokenException", "MissingAuthenticationToken", 403},
    {"UnrecognizedClientException", "InvalidClientTokenId", 403},
};

const TwoSpellings* spellings_of(std::string_view json) {
  for (const TwoSpellings& known : kTwoSpellings) {
    if (known.json == json) return &known;
  }
  return nullptr;
}

bool is_json_rpc(Protocol protocol) {
  return protocol == Protocol::kJson10 || protocol == Protocol::kJson11 || protocol == Protocol::kCbor;
}

int framework_status(const ServiceInfo& service, const std::string& code) {
  for (const FrameworkError& known : kFrameworkErrors) {
    if (known.code != code) continue;
    // The JSON protocols answer all of the caller's faults with 400.
    return is_json_rpc(service.protocol) && known.status < 500 && known.status != 413 ? 400 : known.status;
  }
  return 0;
}

}  // namespace

json::object error_document(const Shape& shape, const Error& error) {
  json::object document;
  for (const Member& member : shape.members) {
    if (iequals(member.name, "message") && !error.message.empty()) {
      document.emplace(member.name, error.message);
    } else if (member.name == "Type" && member.shape->kind == Kind::kString) {
      document.emplace(member.name, shape.server_fault || shape.error_status >= 500 ? "Service" : "User");
    }
  }
  for (const auto& [name, value] : error.extra) {
    const Member* member = shape.find(name);
    if (!member) continue;
    if (member->shape->opaque) {
      document.insert_or_assign(name, value);
    } else if (auto converted = scalar_from_text(*member->shape, value))
      document.insert_or_assign(name, *std::move(converted));
  }
  return document;
}

const Codec& codec_for(Protocol protocol) {
  switch (protocol) {
    case Protocol::kRestJson:
      return rest_json_codec();
    case Protocol::kRestXml:
      return rest_xml_codec();
    case Protocol::kJson10:
    case Protocol::kJson11:
      return json_codec(protocol);
    case Protocol::kQuery:
    case Protocol::kEc2:
      return query_codec(protocol);
    case Protocol::kCbor:
    case Protocol::kAmzCbor:
      return cbor_codec(protocol);
  }
  CHECK(false, "a protocol without a codec");
}

std::string_view query_code(const Shape* shape, const Error& error) {
  if (shape) return shape->query_code.empty() ? std::string_view(error.code) : shape->query_code;
  const TwoSpellings* spellings = spellings_of(error.code);
  return spellings ? spellings->query : std::string_view(error.code);
}

Protocol protocol_of(const ServiceInfo& service, const io::Request& request) {
  if (service.protocol == Protocol::kJson11 && request.headers.get("content-type") == kAmzCborType)
    return Protocol::kAmzCbor;
  return service.form && !request.headers.has("x-amz-target") ? *service.form : service.protocol;
}

bool is_form(Protocol protocol) {
  return protocol == Protocol::kQuery || protocol == Protocol::kEc2;
}

std::string qualified_code(const ServiceInfo& service, const Shape* shape, const Error& error) {
  if (service.error_namespace.empty()) return error.code;
  // The framework's own have its namespaces.
  if (!shape && error.code == "ValidationException") return "com.amazon.coral.validate#" + error.code;
  if (!shape) return "com.amazon.coral.service#" + error.code;
  return std::string(service.error_namespace) + "#" + error.code;
}

std::string short_request_id(std::string_view uuid) {
  constexpr size_t kLetters = 16;
  std::string id;
  for (const char c : uuid) {
    if (c != '-' && id.size() < kLetters) id += static_cast<char>(std::toupper(c));
  }
  return id;
}

std::string host_id(const std::string& request_id) {
  return base64_encode(sha256(request_id));
}

io::Response encode_error(const ServiceInfo& service, Protocol protocol, Error error,
                          const std::string& request_id) {
  const Shape* shape = service.find_error(error.code);
  int status = error.status;
  if (is_form(protocol) && !is_form(service.protocol)) {
    const TwoSpellings* spellings = shape ? nullptr : spellings_of(error.code);
    if (spellings) status = spellings->query_status;
    if (shape && !shape->query_message.empty()) error.message = shape->query_message;
  }
  if (error.code == "StoreFull") {
    error = {.code = "InsufficientStorage",
             .message = "The disk of this server is full; nothing of the request was kept."};
  }
  if (status == 0) status = shape ? shape->error_status : framework_status(service, error.code);
  if (status == 0) {
    log::error("{}: request {} ended in {}: {}", service.name, request_id, error.code, error.message);
    error = {.code = "InternalFailure", .message = "An internal error occurred."};
    shape = nullptr;
    status = 500;
  }
  return codec_for(protocol).encode_error(service, shape, error, status, request_id);
}

}  // namespace hearth::wire
