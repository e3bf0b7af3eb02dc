// AWS JSON 1.0 and 1.1: the whole input and output is the body; the operation stands in X-Amz-Target.
#include "wire/event_stream.h"
#include "wire/json_body.h"
#include "wire/opaque.h"
#include "wire/protocols.h"

namespace hearth::wire {

namespace {

class JsonRpc final : public Codec {
 public:
  explicit JsonRpc(std::string content_type) : content_type_(std::move(content_type)) {}

  Result<Message> decode(const OperationInfo& operation, EncodedRequest request) const override {
    Message message;
    if (request.body.empty()) return message;
    TRY_SYNC(message.document, read(operation, std::move(request.body)));
    return message;
  }

  io::Response encode(const OperationInfo& operation, Message output, const std::string&) const override {
    if (operation.stream_output) {
      io::Response response{.status = 200};
      response.headers.add("Content-Type", std::string(kEventStreamType));
      response.body = std::move(output.stream);
      return response;
    }
    std::string body = "{";
    write_members(*operation.output, output.document, body);
    return respond(200, std::move(body += '}'));
  }

  io::Response encode_error(const ServiceInfo& service, const Shape* shape, const Error& error, int status,
                            const std::string&) const override {
    // Refusals of permission are the framework's own, and spelled as such also where a service models them.
    const bool denied = error.code == "AccessDeniedException";
    if (denied) shape = nullptr;
    std::string body = "{\"__type\":" + to_text(json::value(qualified_code(service, shape, error)));
    const json::object document = shape ? error_document(*shape, error) : json::object();
    std::string members;
    if (shape) write_members(*shape, document, members);
    if (!members.empty()) body.append(",").append(members);
    const bool has_text = document.contains("message") || document.contains("Message");
    if (!has_text && !error.message.empty()) {
      const bool misread = error.code == "SerializationException" && !service.error_namespace.empty();
      body += denied || misread ? ",\"Message\":" : ",\"message\":";
      body += to_text(json::value(error.message));
    }
    io::Response response = respond(status, std::move(body += '}'));
    if (service.form) {
      response.headers.add("x-amzn-query-error",
                           std::string(query_code(shape, error)) + (status >= 500 ? ";Receiver" : ";Sender"));
    }
    return response;
  }

 private:
  static Result<json::object> read(const OperationInfo& operation, std::string body) {
    const Shape& input = *operation.input;
    // Services that name the spaces of their errors have the older reader.
    const std::string_view package = operation.service->error_namespace;
    if (input.holds_opaque) return document_with_opaque(input, std::move(body), package);
    auto parsed = parse_json(body);
    // It does not say what it could not read.
    if (!parsed && !package.empty()) return fail("SerializationException", {});
    TRY_SYNC_VOID(parsed);
    TRY_SYNC(auto document, document_from_json(input, *std::move(parsed), {.java_package = package}));
    return std::move(document.as_object());
  }

  io::Response respond(int status, std::string body) const {
    io::Response response{.status = status};
    response.headers.add("Content-Type", content_type_);
    response.body = std::move(body);
    return response;
  }

  std::string content_type_;
};

}  // namespace

const Codec& json_codec(Protocol version) {
  static const JsonRpc json10("application/x-amz-json-1.0");
  static const JsonRpc json11("application/x-amz-json-1.1");
  return version == Protocol::kJson10 ? json10 : json11;
}

}  // namespace hearth::wire
