// What is known of an operation and its service, as constant tables beside the shapes.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "wire/shape.h"

namespace hearth::wire {

// kAmzCbor: a dialect of JSON 1.1, of clients that say so in their content type.
enum class Protocol : uint8_t { kRestJson, kRestXml, kJson10, kJson11, kQuery, kEc2, kCbor, kAmzCbor };

struct OperationInfo;

// How long a request's body may be, and how a longer one is refused (status 413). In the message, {bytes}
// stands for the length that was sent, {limit} and {operation} for what they say.
struct BodyLimit {
  uint64_t bytes_max = 0;
  std::string_view code = "RequestEntityTooLargeException";
  std::string_view message = "Request must be smaller than {limit} bytes for the {operation} operation";
  std::string_view header;  // applies only when this header has this value
  std::string_view header_value;
};

// A condition key of policies, and the input member that is its value.
struct ConditionMember {
  std::string_view key;
  std::string_view member;
};

// What must be allowed, on the same resource, when an input member is given.
struct MemberAction {
  std::string_view member;
  std::string_view action;
};

struct ServiceInfo {
  std::string_view name;        // "lambda": the file in api/ and the name for internal calls
  std::string_view service_id;  // "Lambda", "CloudWatch Logs"
  std::string_view full_name;
  Protocol protocol;
  // A second form of requests, that of the service's beginnings: what carries no target header is in it, and
  // its answer too. Errors then have a code in either (Shape::query_code).
  std::optional<Protocol> form = {};
  std::string_view signing_name;        // in the credential scope
  std::string_view other_signing_name;  // the same, of some requests
  std::string_view endpoint_prefix;     // first label of the host name
  std::string_view target_prefix;       // of X-Amz-Target
  std::string_view api_version;
  std::string_view xml_namespace;
  std::string_view
      error_namespace;  // before the names of modelled errors in the JSON protocols, where there is one
  std::string_view validation_code;     // of the framework's constraint failures
  std::string_view validation_message;  // in place of the text that tells which constraint
  // How the absence of a required member is said where that has a code of its own; {member} is its name.
  std::string_view missing_code;
  std::string_view missing_message;
  // Forms: the input member that a path beyond "/" stands for; operations without it are not served there.
  std::string_view path_member;
  // Of every request: tells it from those of a service whose paths are anything.
  std::string_view needs_header;
  // Rest: the URI's first label, which may stand before the host's name instead.
  std::string_view host_label;
  bool items_not_null = false;                       // and their texts say so of items (wire/validate.h)
  bool global = false;                               // its ARNs name no region
  std::span<const OperationInfo* const> operations;  // served or not
  std::span<const Shape* const> errors;              // those of served operations

  bool is_signed_as(std::string_view name) const {
    return name == signing_name || (!other_signing_name.empty() && name == other_signing_name);
  }
  const Shape* find_error(std::string_view code) const;
};

struct OperationInfo {
  std::string_view name;
  const ServiceInfo* service = nullptr;
  std::string_view method = "POST";
  std::string_view uri = "/";     // template: labels in braces, perhaps a query
  std::string_view needs_header;  // rest: tells it from operations with the same URI
  bool own_host = false;          // rest: what stands before the host's name is no part of its URI
  int success_status = 200;
  // False for those that the model knows and Hearth does not serve; all below is then empty.
  bool served = false;
  const Shape* input = nullptr;
  const Shape* output = nullptr;
  bool modelled_output = true;  // false when `output` stands for none at all
  std::span<const Shape* const> errors;
  std::string_view action;    // "lambda:CreateFunction"; empty: every authenticated caller may
  std::string_view resource;  // ARN template, see resource.h
  std::span<const ConditionMember> conditions;  // that its input gives values to, beside the tags
  std::span<const MemberAction> also;           // beside `action`: tags of something new
  std::span<const MemberAction> instead;        // in its place: an old version of the same thing
  std::span<const BodyLimit> body_limits;       // of a request that is buffered; the first that applies
  bool stream_input = false;                    // the payload member is an io::Body
  bool stream_output = false;
  bool anonymous = false;         // also open to callers without a signature
  bool unwrapped_output = false;  // rest-xml: the output's only member is the root element
  std::string_view input_name;    // rest-xml: element around the input, where the model names one
  std::string_view input_namespace;
  std::string_view result_wrapper;  // query
};

inline const Shape* ServiceInfo::find_error(std::string_view code) const {
  for (const Shape* error : errors) {
    if (error->error_code == code || error->name == code) return error;
  }
  return nullptr;
}

}  // namespace hearth::wire
