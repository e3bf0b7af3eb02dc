// The codecs behind codec_for(), and what they share.
#pragma once
#include "wire/codec.h"

namespace hearth::wire {

// Levels of objects and lists in a request, in any protocol; parse_json() has the same limit.
inline constexpr int kNestingMax = 64;

const Codec& rest_json_codec();
const Codec& rest_xml_codec();
const Codec& json_codec(Protocol version);
const Codec& query_codec(Protocol dialect);
const Codec& cbor_codec(Protocol dialect);
inline constexpr std::string_view kAmzCborType = "application/x-amz-cbor-1.1";

// A modelled error's members by model name: the message under its own spelling, Lambda's `Type`, the extras.
json::object error_document(const Shape& shape, const Error& error);

// The refusal of an operation that a query service does not know.
Error unknown_action(const ServiceInfo& service, std::string_view name);

// The code as the query protocol has it, of a service that also speaks that.
std::string_view query_code(const Shape* shape, const Error& error);

// The code behind the namespace that the service puts before its own errors' names, if it does.
std::string qualified_code(const ServiceInfo& service, const Shape* shape, const Error& error);

}  // namespace hearth::wire
