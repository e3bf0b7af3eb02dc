// REST-JSON: bindings outside, JSON inside. Errors carry their code in a header.
#include "base/log.h"
#include "wire/json_body.h"
#include "wire/protocols.h"
#include "wire/rest_bindings.h"

namespace hearth::wire {

namespace {

class RestJson final : public Codec {
 public:
  Result<Message> decode(const OperationInfo& operation, EncodedRequest request) const override {
    const Shape& shape = *operation.input;
    Message message;
    TRY_SYNC_VOID(read_bindings(shape, request.request, request.labels, message.document));
    const Member* payload = shape.payload;
    if (payload && is_raw_payload(*payload)) return read_raw_payload(*payload, request, std::move(message));
    if (request.body.empty() || (!payload && !has_body_members(shape))) return message;

    TRY_SYNC(auto body, parse_json(request.body));
    if (payload) {
      if (body.is_null()) return message;
      TRY_SYNC(auto value, document_from_json(*payload->shape, std::move(body)));
      message.document.emplace(payload->name, std::move(value));
      return message;
    }
    TRY_SYNC(auto members, document_from_json(shape, std::move(body)));
    for (auto& [name, value] : members.as_object()) message.document.insert_or_assign(name, std::move(value));
    return message;
  }

  io::Response encode(const OperationInfo& operation, Message output, const std::string&) const override {
    const Shape& shape = *operation.output;
    io::Response response{.status = operation.success_status};
    write_bindings(shape, output.document, response);
    const Member* payload = shape.payload;
    if (payload && is_raw_payload(*payload)) {
      write_raw_payload(*payload, output, response);
      return response;
    }
    if (response.status == 204) return response;
    std::string body;
    if (payload) {
      const json::value* value = output.document.if_contains(payload->name);
      if (!value) return response;
      write_json(*payload->shape, *value, body);
    } else {
      write_json(shape, output.document, body);
    }
    if (!response.headers.has("Content-Type")) response.headers.add("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
  }

  io::Response encode_error(const ServiceInfo&, const Shape* shape, const Error& error, int status,
                            const std::string&) const override {
    io::Response response{.status = status};
    response.headers.add("Content-Type", "application/json");
    response.headers.add("x-amzn-ErrorType", error.code);
    std::string body;
    if (shape) {
      const json::object document = error_document(*shape, error);
      write_bindings(*shape, document, response);
      write_json(*shape, document, body);
    } else {
      // A refused permission is the one framework error that is spelled with a capital here.
      const std::string_view name = error.code == "AccessDeniedException" ? "Message" : "message";
      body = to_text(json::object{{name, error.message}});
    }
    response.body = std::move(body);
    return response;
  }
};

}  // namespace

const Codec& rest_json_codec() {
  static const RestJson codec;
  return codec;
}

}  // namespace hearth::wire
