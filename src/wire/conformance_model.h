// Shape tables built at run time from a model in JSON, for the published protocol cases. They live in arenas
// of this object, which a test keeps to its end.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "base/json.h"
#include "wire/operation.h"

namespace hearth::wire::conformance {

class Model {
 public:
  Model(const json::object& suite, Protocol protocol, std::string_view target_prefix)
      : shapes_json_(suite.at("shapes").as_object()) {
    service_.name = service_.service_id = service_.signing_name = "conformance";
    service_.protocol = protocol;
    service_.target_prefix = target_prefix;
    if (protocol == Protocol::kJson10) service_.error_namespace = "aws.protocoltests.json10";
    if (protocol == Protocol::kCbor) service_.error_namespace = "smithy.protocoltests.rpcv2Cbor";
  }

  const OperationInfo& operation(const json::object& given) {
    OperationInfo& made = operations_.emplace_back();
    made.name = text(given, "name");
    made.service = &service_;
    made.served = true;
    if (const json::value* http = given.if_contains("http")) {
      made.method = text(http->as_object(), "method");
      made.uri = text(http->as_object(), "requestUri");
      if (const json::value* code = http->as_object().if_contains("responseCode"))
        made.success_status = static_cast<int>(code->as_int64());
    }
    made.input = part(given, "input");
    made.output = part(given, "output");
    made.modelled_output = given.contains("output");
    if (const json::value* output = given.if_contains("output"))
      made.result_wrapper = text(output->as_object(), "resultWrapper");
    if (made.result_wrapper.empty()) made.result_wrapper = keep(std::string(made.name) + "Result");
    for (const json::value& error : list(given, "errors"))
      errors_.push_back(&shape(text(error.as_object(), "shape")));
    service_.errors = errors_;
    listed_.push_back(&made);
    service_.operations = listed_;
    return made;
  }
  const ServiceInfo& service() const { return service_; }

  const Shape& shape(std::string_view name) {
    if (const auto found = shapes_.find(std::string(name)); found != shapes_.end()) return *found->second;
    Shape& made = storage_.emplace_back();
    shapes_.emplace(name, &made);
    fill(made, name, shapes_json_.at(name).as_object());
    return made;
  }

 private:
  std::string_view keep(std::string_view value) { return texts_.emplace_back(value); }
  std::string_view text(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value && value->is_string() ? keep(value->get_string()) : std::string_view();
  }
  static bool flag(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value && value->is_bool() && value->get_bool();
  }
  static json::array list(const json::object& from, std::string_view key) {
    const json::value* value = from.if_contains(key);
    return value ? value->as_array() : json::array();
  }
  const Shape* part(const json::object& given, std::string_view key) {
    const json::value* value = given.if_contains(key);
    return value ? &shape(text(value->as_object(), "shape")) : &storage_.emplace_back();
  }
  void read_namespace(const json::object& from, std::string_view& uri, std::string_view& prefix) {
    const json::value* value = from.if_contains("xmlNamespace");
    if (!value) return;
    if (value->is_string()) {
      uri = keep(value->get_string());
      return;
    }
    uri = text(value->as_object(), "uri");
    prefix = text(value->as_object(), "prefix");
  }
  static TimeFormat time_format(std::string_view name) {
    if (name == "unixTimestamp") return TimeFormat::kEpoch;
    if (name == "iso8601") return TimeFormat::kIso8601;
    return name == "rfc822" ? TimeFormat::kRfc822 : TimeFormat::kDefault;
  }
  static Kind kind(std::string_view type) {
    static const std::map<std::string_view, Kind> kinds = {
        {"structure", Kind::kStructure}, {"list", Kind::kList},           {"map", Kind::kMap},
        {"string", Kind::kString},       {"blob", Kind::kBlob},           {"boolean", Kind::kBoolean},
        {"integer", Kind::kInteger},     {"long", Kind::kLong},           {"float", Kind::kFloat},
        {"double", Kind::kDouble},       {"timestamp", Kind::kTimestamp}, {"byte", Kind::kInteger},
        {"short", Kind::kInteger},       {"character", Kind::kString}};
    return kinds.at(type);
  }

  void fill(Shape& made, std::string_view name, const json::object& from) {
    made.name = keep(name);
    made.kind = flag(from, "document") ? Kind::kDocument : kind(text(from, "type"));
    made.flattened = flag(from, "flattened");
    made.sparse = flag(from, "sparse");
    made.streaming = flag(from, "streaming");
    made.time_format = time_format(text(from, "timestampFormat"));
    made.xml_name = text(from, "locationName");
    read_namespace(from, made.xml_namespace, made.xml_prefix);
    if (flag(from, "exception")) read_error(made, from);
    if (made.kind == Kind::kList) {
      made.element = &shape(text(from.at("member").as_object(), "shape"));
      made.element_name = text(from.at("member").as_object(), "locationName");
    } else if (made.kind == Kind::kMap) {
      made.key = &shape(text(from.at("key").as_object(), "shape"));
      made.key_name = text(from.at("key").as_object(), "locationName");
      made.element = &shape(text(from.at("value").as_object(), "shape"));
      made.element_name = text(from.at("value").as_object(), "locationName");
    } else if (made.kind == Kind::kStructure) {
      read_members(made, from);
    }
  }
  void read_error(Shape& made, const json::object& from) {
    made.error_status = flag(from, "fault") ? 500 : 400;
    made.error_code = made.name;
    const json::value* error = from.if_contains("error");
    if (!error) return;
    if (const json::value* status = error->as_object().if_contains("httpStatusCode"))
      made.error_status = static_cast<int>(status->as_int64());
    if (const auto code = text(error->as_object(), "code"); !code.empty()) made.error_code = code;
  }
  void read_members(Shape& made, const json::object& from) {
    std::vector<Member>& members = members_.emplace_back();
    const json::value* all = from.if_contains("members");
    if (!all) return;
    members.reserve(all->as_object().size());
    for (const auto& [name, value] : all->as_object()) {
      const json::object& member = value.as_object();
      Member entry{.name = keep(name), .shape = &shape(text(member, "shape"))};
      const std::string_view location = text(member, "location");
      entry.wire_name = member.contains("locationName") ? text(member, "locationName") : entry.name;
      entry.location = location == "header"        ? Location::kHeader
                       : location == "headers"     ? Location::kHeaders
                       : location == "uri"         ? Location::kUri
                       : location == "querystring" ? Location::kQuery
                       : location == "statusCode"  ? Location::kStatus
                                                   : Location::kBody;
      entry.flattened = flag(member, "flattened") || entry.shape->flattened;
      entry.xml_attribute = flag(member, "xmlAttribute");
      entry.json_value = flag(member, "jsonvalue");
      entry.time_format = time_format(text(member, "timestampFormat"));
      read_namespace(member, entry.xml_namespace, entry.xml_prefix);
      members.push_back(entry);
    }
    made.members = members;
    if (const std::string_view payload = text(from, "payload"); !payload.empty())
      made.payload = made.find(payload);
  }

  const json::object& shapes_json_;
  ServiceInfo service_{};
  std::deque<std::string> texts_;
  std::deque<Shape> storage_;
  std::deque<std::vector<Member>> members_;
  std::deque<OperationInfo> operations_;
  std::map<std::string, Shape*> shapes_;
  std::vector<const Shape*> errors_;
  std::vector<const OperationInfo*> listed_;
};

}  // namespace hearth::wire::conformance
