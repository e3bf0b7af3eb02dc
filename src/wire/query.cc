// The query protocols: a form with dotted names in, XML out. EC2's dialect flattens all lists and has an
// error form of its own.
#include "wire/protocols.h"
#include "wire/scalar_text.h"
#include "wire/xml_writer.h"

namespace hearth::wire {

namespace {

// The form as a tree: "A.member.1=x" stands at A / member / 1.
struct Node {
  std::string value;
  bool has_value = false;
  std::map<std::string, Node, std::less<>> children;

  const Node* child(std::string_view name) const {
    const auto found = children.find(name);
    return found == children.end() ? nullptr : &found->second;
  }
};

Node tree_of(std::string_view form) {
  Node root;
  for (auto& [name, value] : parse_query(form, true)) {
    Node* node = &root;
    std::string_view rest = name;
    int depth = 0;
    while (!rest.empty() && ++depth <= kNestingMax) {
      const size_t dot = rest.find('.');
      const std::string_view part = rest.substr(0, dot);
      auto found = node->children.find(part);
      if (found == node->children.end()) found = node->children.emplace(part, Node{}).first;
      node = &found->second;
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
    node->value = std::move(value);
    node->has_value = true;
  }
  return root;
}

// Children with numbers for names, in the order of the numbers.
std::vector<const Node*> numbered(const Node& node) {
  std::vector<std::pair<uint64_t, const Node*>> found;
  for (const auto& [name, child] : node.children) {
    constexpr size_t kDigitsMax = 9;
    if (name.empty() || name.size() > kDigitsMax || name.find_first_not_of("0123456789") != std::string::npos)
      continue;
    found.emplace_back(std::stoull(name), &child);
  }
  std::ranges::sort(found);
  std::vector<const Node*> nodes;
  for (const auto& [number, child] : found) nodes.push_back(child);
  return nodes;
}

class FormReader {
 public:
  explicit FormReader(bool ec2) : ec2_(ec2) {}

  Result<json::object> members(const Shape& shape, const Node& node) const {
    json::object document;
    for (const Member& member : shape.members) {
      const Node* found = node.child(name_of(member));
      if (!found) continue;
      TRY_SYNC(auto value, read(*member.shape, *found, ec2_ || member.flattened));
      document.emplace(member.name, std::move(value));
    }
    return document;
  }

 private:
  std::string name_of(const Member& member) const {
    if (!ec2_) return std::string(flattened_name(member));
    if (!member.query_name.empty()) return std::string(member.query_name);
    std::string name(member.wire_name);
    if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
    return name;
  }

  Result<json::value> read(const Shape& shape, const Node& node, bool flattened) const {
    switch (shape.kind) {
      case Kind::kStructure: {
        TRY_SYNC(auto document, members(shape, node));
        return json::value(std::move(document));
      }
      case Kind::kList:
        return list(shape, node, flattened);
      case Kind::kMap:
        return map(shape, node, flattened);
      default:
        return scalar_from_text(shape, node.value);
    }
  }

  Result<json::value> list(const Shape& shape, const Node& node, bool flattened) const {
    json::array items;
    const Node* holder = &node;
    if (!flattened) holder = node.child(shape.element_name.empty() ? "member" : shape.element_name);
    if (!holder) return json::value(std::move(items));
    for (const Node* item : entries_of(*holder, flattened)) {
      TRY_SYNC(auto value, read(*shape.element, *item, false));
      items.push_back(std::move(value));
    }
    return json::value(std::move(items));
  }

  Result<json::value> map(const Shape& shape, const Node& node, bool flattened) const {
    json::object entries;
    const Node* holder = flattened ? &node : node.child("entry");
    if (!holder) return json::value(std::move(entries));
    for (const Node* entry : entries_of(*holder, flattened)) {
      const Node* key = entry->child(shape.key_name.empty() ? "key" : shape.key_name);
      const Node* value = entry->child(shape.element_name.empty() ? "value" : shape.element_name);
      if (!key || !value) return fail("MalformedQueryString", "A map's entry needs a key and a value");
      TRY_SYNC(auto converted, read(*shape.element, *value, false));
      entries.insert_or_assign(key->value, std::move(converted));
    }
    return json::value(std::move(entries));
  }

  // Where there is one entry only its number may be left out: AttributeName=All is AttributeName.1=All.
  std::vector<const Node*> entries_of(const Node& holder, bool flattened) const {
    std::vector<const Node*> entries = numbered(holder);
    if (entries.empty() && flattened && !ec2_) entries.push_back(&holder);
    return entries;
  }

  bool ec2_;
};

class Query final : public Codec {
 public:
  explicit Query(bool ec2) : ec2_(ec2) {}

  Result<Message> decode(const OperationInfo& operation, EncodedRequest request) const override {
    // A GET carries in its query what a POST carries in its body.
    const Node root =
        tree_of(request.body.empty() ? request.request.raw_query() : std::string_view(request.body));
    Message message;
    TRY_SYNC(message.document, FormReader(ec2_).members(*operation.input, root));
    TRY_SYNC_VOID(add_path(operation, request.request.raw_path(), message.document));
    return message;
  }

  io::Response encode(const OperationInfo& operation, Message output,
                      const std::string& request_id) const override {
    XmlWriter writer;
    const std::string response = std::string(operation.name) + "Response";
    writer.open(response, operation.service->xml_namespace);
    if (ec2_) writer.element("requestId", request_id);
    if (!operation.result_wrapper.empty()) writer.open(operation.result_wrapper);
    write_xml_members(*operation.output, output.document, writer);
    if (!operation.result_wrapper.empty()) writer.close(operation.result_wrapper);
    if (!ec2_) {
      writer.open("ResponseMetadata");
      writer.element("RequestId", request_id);
      writer.close("ResponseMetadata");
    }
    writer.close(response);
    return respond(200, writer.take());
  }

  io::Response encode_error(const ServiceInfo& service, const Shape* shape, const Error& error, int status,
                            const std::string& request_id) const override {
    // Told by what stands before the service and knows of no forms.
    constexpr int kNotFound = 404;
    if (error.code == "UnknownOperationException") {
      return respond(kNotFound, "<UnknownOperationException/>\n");
    }
    XmlWriter writer;
    const std::string_view root = ec2_ ? "Response" : "ErrorResponse";
    writer.open(root, ec2_ ? std::string_view() : service.xml_namespace);
    if (ec2_) writer.open("Errors");
    writer.open("Error");
    if (!ec2_) writer.element("Type", status >= 500 ? "Receiver" : "Sender");
    writer.element("Code", service.form ? query_code(shape, error) : std::string_view(error.code));
    if (!error.message.empty()) writer.element("Message", error.message);
    if (shape) {
      json::object document = error_document(*shape, error);
      document.erase("message");
      document.erase("Message");
      write_xml_members(*shape, document, writer);
    }
    if (service.form) writer.element("Detail", "");
    writer.close("Error");
    if (ec2_) writer.close("Errors");
    writer.element(ec2_ ? "RequestID" : "RequestId", request_id);
    writer.close(root);
    return respond(status, writer.take());
  }

 private:
  // A path beyond "/" stands for a member of the input, where the service has it so.
  static Status add_path(const OperationInfo& operation, std::string_view path, json::object& document) {
    const std::string_view name = operation.service->path_member;
    if (name.empty() || path.empty() || path == "/") return {};
    if (!operation.input->find(name)) return fail(unknown_action(*operation.service, operation.name));
    if (!document.contains(name)) document.emplace(name, path);
    return {};
  }

  static io::Response respond(int status, std::string body) {
    io::Response response{.status = status};
    response.headers.add("Content-Type", "text/xml");
    response.body = std::move(body);
    return response;
  }

  bool ec2_;
};

}  // namespace

// The second text was recorded of services whose forms are kept for older clients.
Error unknown_action(const ServiceInfo& service, std::string_view name) {
  if (!service.form) {
    return {.code = "InvalidAction",
            .message = "Could not find operation " + std::string(name) + " for version " +
                       std::string(service.api_version)};
  }
  return {.code = "InvalidAction",
          .message = "The action " + std::string(name) + " is not valid for this endpoint."};
}

const Codec& query_codec(Protocol dialect) {
  static const Query query(false);
  static const Query ec2(true);
  return dialect == Protocol::kEc2 ? ec2 : query;
}

}  // namespace hearth::wire
