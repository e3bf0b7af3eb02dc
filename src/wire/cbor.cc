// The rpc-v2-cbor protocol: the path names service and operation, the body is one CBOR map. And what some
// clients of JSON 1.1 speak in its place: the operation stands in X-Amz-Target as there, times are
// milliseconds.
#include "wire/cbor_body.h"
#include "wire/json_body.h"
#include "wire/protocols.h"

namespace hearth::wire {

namespace {

class Cbor final : public Codec {
 public:
  explicit Cbor(bool amz) : amz_(amz), times_(amz ? CborTimes::kMilliseconds : CborTimes::kSeconds) {}

  Result<Message> decode(const OperationInfo& operation, EncodedRequest request) const override {
    Message message;
    if (request.body.empty()) return message;
    TRY_SYNC(auto body, parse_cbor(request.body, times_));
    TRY_SYNC(auto document, document_from_json(*operation.input, std::move(body), {.blobs = BlobForm::kRaw}));
    message.document = std::move(document.as_object());
    return message;
  }

  io::Response encode(const OperationInfo& operation, Message output, const std::string&) const override {
    std::string body;
    if (!operation.modelled_output && !amz_)
      return {.status = 200, .headers = {{"smithy-protocol", "rpc-v2-cbor"}}};
    write_cbor(*operation.output, output.document, body, times_);
    return respond(200, std::move(body));
  }

  io::Response encode_error(const ServiceInfo& service, const Shape* shape, const Error& error, int status,
                            const std::string&) const override {
    const json::object document = shape ? error_document(*shape, error) : json::object();
    const bool has_text =
        document.contains("message") || document.contains("Message") || error.message.empty();
    std::string body;
    write_cbor_map_head(1 + document.size() + (has_text ? 0 : 1), body);
    write_cbor_text("__type", body);
    write_cbor_text(qualified_code(service, shape, error), body);
    if (!has_text) {
      write_cbor_text("message", body);
      write_cbor_text(error.message, body);
    }
    for (const auto& [name, value] : document) {
      const Member& member = *shape->find(name);
      write_cbor_text(member.wire_name, body);
      write_cbor(*member.shape, value, body, times_);
    }
    return respond(status, std::move(body));
  }

 private:
  io::Response respond(int status, std::string body) const {
    io::Response response{.status = status};
    response.headers.add("Content-Type", std::string(amz_ ? kAmzCborType : "application/cbor"));
    if (!amz_) response.headers.add("smithy-protocol", "rpc-v2-cbor");
    response.body = std::move(body);
    return response;
  }

  const bool amz_;
  const CborTimes times_;
};

}  // namespace

const Codec& cbor_codec(Protocol dialect) {
  static const Cbor rpc(false);
  static const Cbor amz(true);
  return dialect == Protocol::kAmzCbor ? amz : rpc;
}

}  // namespace hearth::wire
