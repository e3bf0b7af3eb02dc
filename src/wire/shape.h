// Shapes are data: constant tables that describe the structures, members, lists, maps and scalars of a
// service's published model. The generator (tools/modelgen) writes them together with plain C++ structs; the
// codecs, the validator and the converters between documents and structs walk them and are written once.
// Tables may as well be built at run time; those have no structs, leave the access parts empty, and live
// to the end of the process like the others.
//
// A *document* is a JSON value whose keys are the model's member names. Absent members are absent, never
// null. Blobs stand in it as raw bytes, timestamps as seconds since the epoch; see document.h.
//
// Threads: immutable; any.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hearth::wire {

enum class Kind : uint8_t {
  kStructure,
  kList,
  kMap,
  kString,
  kBlob,
  kBoolean,
  kInteger,
  kLong,
  kFloat,
  kDouble,
  kTimestamp,
  kDocument,
};
enum class Location : uint8_t { kBody, kHeader, kHeaders, kUri, kQuery, kStatus };
enum class TimeFormat : uint8_t { kDefault, kEpoch, kIso8601, kRfc822 };

struct Shape;
struct OptionalAccess;  // access.h: how the C++ side is reached
struct ContainerAccess;

struct Member {
  std::string_view name;  // in the model and in documents
  const Shape* shape = nullptr;
  std::string_view wire_name;  // on the wire: JSON key, header or its prefix, query key, label, element
  Location location = Location::kBody;
  TimeFormat time_format = TimeFormat::kDefault;
  bool required = false;
  bool flattened = false;  // XML and query: list or map without a wrapping element
  bool xml_attribute = false;
  bool idempotency_token = false;
  bool json_value = false;  // a string that holds JSON (base64 of it in a header)
  bool host_label = false;
  std::string_view query_name;     // EC2 spelling, where it differs
  std::string_view xml_namespace;  // URI
  std::string_view xml_prefix;
  std::string_view default_json;  // JSON text filled in when the caller sent nothing; empty for none

  // The C++ side; unused in tables without structs.
  uint32_t offset = 0;
  const OptionalAccess* optional = nullptr;  // null for a plain member
};

struct Shape {
  std::string_view name;
  Kind kind = Kind::kStructure;

  // Structures.
  std::span<const Member> members;
  const Member* payload = nullptr;  // the member that is the body itself
  bool is_union = false;

  // Lists and maps.
  const Shape* element = nullptr;  // a map's values too
  const Shape* key = nullptr;
  std::string_view element_name;  // XML: of a list's items or a map's values; empty takes the protocol's
  std::string_view key_name;
  bool flattened = false;
  bool sparse = false;

  // Constraints. Lengths of strings, blobs, lists and maps; values of numbers.
  std::optional<double> min;
  std::optional<double> max;
  std::string_view pattern;        // as the service prints it
  std::string_view regex;          // RE2 form, empty when `pattern` is one
  std::string_view regex_refused;  // and its beginning must not match this (a leading negative look-ahead)
  std::span<const std::string_view> enum_values;
  bool sensitive = false;  // its value is never printed

  TimeFormat time_format = TimeFormat::kDefault;
  bool streaming = false;  // blob that passes as a stream (io::Body)
  // A value that nobody reads but the service itself: structs and documents hold it as JSON text, in a
  // string.
  bool opaque = false;
  bool holds_opaque = false;  // is it, or has such a value somewhere inside
  std::string_view xml_name;
  std::string_view xml_namespace;
  std::string_view xml_prefix;

  // Errors: what the caller sees as the code, and its HTTP status. 0 when this is no error.
  int error_status = 0;
  std::string_view error_code;
  bool server_fault = false;
  // In the query protocol, where that is a second form of the service's (ServiceInfo::form) and says it its
  // own way. Empty: the same.
  std::string_view query_code;
  std::string_view query_message;

  const ContainerAccess* container = nullptr;

  const Member* find(std::string_view member_name) const {
    for (const Member& member : members) {
      if (member.name == member_name) return &member;
    }
    return nullptr;
  }
};

// The name that each item of a flattened list or map bears in XML and forms. Older models flatten the list or
// map itself and name its items; there that name stands in place of the member's.
inline std::string_view flattened_name(const Member& member) {
  const Shape& shape = *member.shape;
  const std::string_view own = shape.kind == Kind::kList ? shape.element_name : shape.xml_name;
  const bool by_item = shape.flattened && !own.empty() && member.wire_name == member.name;
  return by_item ? own : member.wire_name;
}

}  // namespace hearth::wire
