// REST-XML: bindings outside, XML inside. S3 speaks it, with an error form of its own.
#include <pugixml.hpp>

#include "wire/protocols.h"
#include "wire/rest_bindings.h"
#include "wire/scalar_text.h"
#include "wire/xml_writer.h"

namespace hearth::wire {

namespace {

std::unexpected<Error> malformed() {
  return fail("MalformedXML",
              "The XML you provided was not well-formed or did not validate against our published "
              "schema");
}

// A name as it stands, or behind its namespace's prefix.
bool is_named(std::string_view given, std::string_view wanted) {
  if (given == wanted) return true;
  const size_t colon = given.find(':');
  return colon != std::string_view::npos && given.substr(colon + 1) == wanted;
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& candidate : node.children()) {
    if (candidate.type() == pugi::node_element && is_named(candidate.name(), name)) return candidate;
  }
  return {};
}

std::vector<pugi::xml_node> children(const pugi::xml_node& node, std::string_view name) {
  std::vector<pugi::xml_node> found;
  for (const pugi::xml_node& candidate : node.children()) {
    if (candidate.type() == pugi::node_element && is_named(candidate.name(), name))
      found.push_back(candidate);
  }
  return found;
}

std::string text_of(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& part : node.children()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) text += part.value();
  }
  return text;
}

class Reader {
 public:
  Result<json::object> members(const Shape& shape, const pugi::xml_node& node, int depth) const {
    json::object document;
    if (depth > kNestingMax) return malformed();
    if (!knows_all(shape, node)) return malformed();
    for (const Member& member : shape.members) {
      if (member.location != Location::kBody) continue;
      if (member.xml_attribute) {
        const pugi::xml_attribute attribute = node.attribute(std::string(member.wire_name).c_str());
        if (!attribute) continue;
        TRY_SYNC(auto value, scalar(*member.shape, attribute.value()));
        document.emplace(member.name, std::move(value));
        continue;
      }
      const std::vector<pugi::xml_node> found = children(node, flattened_name(member));
      if (found.empty()) continue;
      TRY_SYNC(auto value, member.flattened ? flattened(*member.shape, found, depth + 1)
                                            : read(*member.shape, found.front(), depth + 1));
      document.emplace(member.name, std::move(value));
    }
    return document;
  }

 private:
  static Result<json::value> scalar(const Shape& shape, std::string_view text) {
    auto value = scalar_from_text(shape, text);
    if (!value) return malformed();
    return value;
  }

  // Whether every element is a member's.
  static bool knows_all(const Shape& shape, const pugi::xml_node& node) {
    return std::ranges::all_of(node.children(), [&shape](const pugi::xml_node& child) {
      if (child.type() != pugi::node_element) return true;
      return std::ranges::any_of(shape.members, [&child](const Member& member) {
        return member.location == Location::kBody && !member.xml_attribute &&
               is_named(child.name(), flattened_name(member));
      });
    });
  }

  Result<json::value> flattened(const Shape& shape, const std::vector<pugi::xml_node>& found,
                                int depth) const {
    if (shape.kind == Kind::kMap) return entries(shape, found, depth);
    json::array items;
    for (const pugi::xml_node& node : found) {
      TRY_SYNC(auto value, read(*shape.element, node, depth));
      items.push_back(std::move(value));
    }
    return json::value(std::move(items));
  }

  Result<json::value> entries(const Shape& shape, const std::vector<pugi::xml_node>& found, int depth) const {
    json::object map;
    for (const pugi::xml_node& entry : found) {
      const pugi::xml_node key = child(entry, shape.key_name.empty() ? "key" : shape.key_name);
      const pugi::xml_node value = child(entry, shape.element_name.empty() ? "value" : shape.element_name);
      if (!key || !value) return malformed();
      TRY_SYNC(auto converted, read(*shape.element, value, depth));
      map.insert_or_assign(text_of(key), std::move(converted));
    }
    return json::value(std::move(map));
  }

  Result<json::value> read(const Shape& shape, const pugi::xml_node& node, int depth) const {
    switch (shape.kind) {
      case Kind::kStructure: {
        TRY_SYNC(auto document, members(shape, node, depth));
        return json::value(std::move(document));
      }
      case Kind::kList:
        return flattened(shape, children(node, shape.element_name.empty() ? "member" : shape.element_name),
                         depth);
      case Kind::kMap:
        return entries(shape, children(node, "entry"), depth);
      default:
        return scalar(shape, text_of(node));
    }
  }
};

std::string unreadable_text(const std::string& name) {
  if (name == "partNumber") return "Part number must be an integer between 1 and 10000, inclusive";
  if (name == "x-amz-object-lock-retain-until-date") {
    return "The retain until date must be provided in ISO 8601 format";
  }
  if (name.starts_with("x-amz-")) return "Value for " + name + " header is invalid.";
  return "Provided " + name + " not an integer or within integer range";
}

// A parameter that cannot be read, as S3 says it.
Error told(const OperationInfo& operation, Error error) {
  if (error.extra.empty() || operation.service->signing_name != "s3") return error;
  error.code = "InvalidArgument";
  error.message = unreadable_text(error.extra.front().second);
  error.status = 400;
  return error;
}

class RestXml final : public Codec {
 public:
  Result<Message> decode(const OperationInfo& operation, EncodedRequest request) const override {
    const Shape& shape = *operation.input;
    Message message;
    if (auto read = read_bindings(shape, request.request, request.labels, message.document); !read) {
      return fail(told(operation, std::move(read.error())));
    }
    const Member* payload = shape.payload;
    if (payload && is_raw_payload(*payload)) return read_raw_payload(*payload, request, std::move(message));
    if (request.body.empty() || (!payload && !has_body_members(shape))) return message;

    pugi::xml_document xml;
    // Blanks that are a value's only content count.
    if (!xml.load_buffer(request.body.data(), request.body.size(),
                         pugi::parse_default | pugi::parse_ws_pcdata_single)) {
      return malformed();
    }
    if (payload && !is_root(xml.document_element().name(), *payload)) return malformed();
    TRY_SYNC(auto members, Reader().members(payload ? *payload->shape : shape, xml.document_element(), 0));
    if (payload) {
      message.document.emplace(payload->name, std::move(members));
    } else {
      for (auto& [name, value] : members) message.document.insert_or_assign(name, std::move(value));
    }
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
    XmlWriter writer(operation.service->signing_name == "s3");
    const std::string_view service_namespace = operation.service->xml_namespace;
    if (payload) {
      const json::value* value = output.document.if_contains(payload->name);
      if (!value) return response;
      const Shape& inner = *payload->shape;
      const bool renamed = payload->wire_name != payload->name;
      write_root(renamed ? payload->wire_name : root_name(inner), inner, payload, value->as_object(),
                 service_namespace, writer);
    } else if (operation.unwrapped_output) {
      write_unwrapped(shape.members.front(), output.document, service_namespace, writer);
    } else if (has_body_members(shape)) {
      write_root(root_name(shape), shape, nullptr, output.document, service_namespace, writer);
    } else {
      return response;
    }
    respond(response, writer.take());
    return response;
  }

  io::Response encode_error(const ServiceInfo& service, const Shape* shape, const Error& error, int status,
                            const std::string& request_id) const override {
    io::Response response{.status = status};
    constexpr int kNotModified = 304;
    if (status == kNotModified) return response;
    const bool s3_form = service.signing_name == "s3";
    const bool wrapped = service.endpoint_prefix != "s3";  // S3 Control's are
    XmlWriter writer;
    writer.declaration();
    if (wrapped) writer.open("ErrorResponse", service.xml_namespace);
    writer.open("Error");
    if (!s3_form) writer.element("Type", status >= 500 ? "Receiver" : "Sender");
    writer.element("Code", error.code);
    if (s3_form || !error.message.empty()) writer.element("Message", error.message);
    if (s3_form) {
      // S3 tells more than its model declares.
      for (const auto& [name, value] : error.extra) writer.element(name, value);
    } else if (shape) {
      json::object document = error_document(*shape, error);
      write_bindings(*shape, document, response);
      document.erase("message");
      document.erase("Message");
      write_xml_members(*shape, document, writer);
    }
    if (wrapped) writer.close("Error");
    writer.element("RequestId", request_id);
    if (s3_form) writer.element("HostId", host_id(request_id));
    writer.close(wrapped ? "ErrorResponse" : "Error");
    respond(response, writer.take());
    return response;
  }

 private:
  static bool is_root(std::string_view name, const Member& payload) {
    return is_named(name, payload.wire_name) || is_named(name, root_name(*payload.shape));
  }

  static std::string_view root_name(const Shape& shape) {
    return shape.xml_name.empty() ? shape.name : shape.xml_name;
  }

  static void write_root(std::string_view name, const Shape& shape, const Member* member,
                         const json::object& document, std::string_view service_namespace,
                         XmlWriter& writer) {
    std::string_view uri = shape.xml_namespace, prefix = shape.xml_prefix;
    if (member && !member->xml_namespace.empty()) {
      uri = member->xml_namespace;
      prefix = member->xml_prefix;
    }
    writer.declaration();
    writer.open(name, uri.empty() ? service_namespace : uri, prefix);
    write_xml_members(shape, document, writer);
    writer.close(name);
  }

  // An absent member is an empty element.
  static void write_unwrapped(const Member& member, const json::object& document,
                              std::string_view service_namespace, XmlWriter& writer) {
    writer.declaration();
    writer.open(member.wire_name, service_namespace);
    if (const json::value* value = document.if_contains(member.name); value && value->is_string()) {
      writer.content(value->get_string());
    }
    writer.close(member.wire_name);
  }

  static void respond(io::Response& response, std::string body) {
    if (!response.headers.has("Content-Type")) response.headers.add("Content-Type", "application/xml");
    response.body = std::move(body);
  }
};

}  // namespace

const Codec& rest_xml_codec() {
  static const RestXml codec;
  return codec;
}

}  // namespace hearth::wire
