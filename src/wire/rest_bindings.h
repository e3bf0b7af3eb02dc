// What the REST protocols put outside the body: labels, query, headers, status.
#pragma once
#include "base/result.h"
#include "io/http_message.h"
#include "wire/codec.h"

namespace hearth::wire {

// Members of location uri, query, header and headers, into `document`.
Status read_bindings(const Shape& shape, const io::Request& request, const UriLabels& labels,
                     json::object& document);

// Members of location header, headers and status, into `response`.
void write_bindings(const Shape& shape, const json::object& document, io::Response& response);

// Whether any member goes into the body itself (and not all into headers and the like).
bool has_body_members(const Shape& shape);

// A body that is one member: blobs as they are, strings as text. False for shapes that the protocol encodes.
bool is_raw_payload(const Member& payload);
// Takes the request's raw payload into the message.
Result<Message> read_raw_payload(const Member& payload, EncodedRequest& request, Message message);
// Moves the raw payload of the message into the response, with its default content type.
void write_raw_payload(const Member& payload, Message& output, io::Response& response);

}  // namespace hearth::wire
