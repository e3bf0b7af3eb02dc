// A protocol: between HTTP messages and documents, guided by the shape tables. One codec a protocol, without
// state; codec_for() gives it.
#pragma once
#include <string>

#include "base/result.h"
#include "io/http_message.h"
#include "wire/document.h"
#include "wire/operation.h"
#include "wire/uri_template.h"

namespace hearth::wire {

struct EncodedRequest {
  const io::Request& request;  // its head; the body was taken
  const UriLabels& labels;
  std::string body;  // empty for streamed operations
  io::Body stream = {};
};

class Codec {
 public:
  virtual ~Codec() = default;
  // Fails with "SerializationException" (or what the protocol calls it) for a request that does not parse.
  virtual Result<Message> decode(const OperationInfo& operation, EncodedRequest request) const = 0;
  virtual io::Response encode(const OperationInfo& operation, Message output,
                              const std::string& request_id) const = 0;
  // `shape` describes the error where it is modelled, else null. `status` is final.
  virtual io::Response encode_error(const ServiceInfo& service, const Shape* shape, const Error& error,
                                    int status, const std::string& request_id) const = 0;
};

const Codec& codec_for(Protocol protocol);

// S3's id of a request: sixteen letters and digits.
std::string short_request_id(std::string_view uuid);
// S3's second id of a request, in the header x-amz-id-2 and in errors.
std::string host_id(const std::string& request_id);

// Any error as the service would send it: its status from the tables, the request id headers added. An error
// that neither the service nor the framework knows becomes InternalFailure and is logged: what went wrong
// inside is not the caller's business.
io::Response encode_error(const ServiceInfo& service, Protocol protocol, Error error,
                          const std::string& request_id);

// The protocol that a request speaks to its service.
Protocol protocol_of(const ServiceInfo& service, const io::Request& request);
bool is_form(Protocol protocol);

}  // namespace hearth::wire
