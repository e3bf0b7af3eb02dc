// Promise: your AWS code runs unchanged: the published cases of every protocol read and write as they should.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <pugixml.hpp>
#include <set>

#include "base/encoding.h"
#include "base/log.h"
#include "io/loop.h"
#include "wire/cbor_body.h"
#include "wire/codec.h"
#include "wire/conformance_model.h"
#include "wire/scalar_text.h"

namespace hearth::wire::conformance {
namespace {

// Cases that are left out, each with its reason.
constexpr std::string_view kCompressed = "the case does not contain the compressed body that it describes";
constexpr std::string_view kNoTrace =
    "what the caller gave leaves no trace on the wire, or the same as another value";
constexpr std::string_view kClientOnly = "a rule for clients: what is filled in, where requests go";
constexpr std::string_view kTolerance = "a client must bear this answer; a server does not write it";
constexpr std::string_view kOtherSpelling =
    "another place or spelling of the error code, of which a server writes one";
constexpr std::string_view kNestedError = "errors of ours have flat members only";
const std::map<std::string, std::string_view> kLeftOut = {
    {"SDKAppendedGzipAfterProvidedEncoding_restJson1", kCompressed},
    {"SDKAppendedGzipAfterProvidedEncoding_restXml", kCompressed},
    {"SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0", kCompressed},
    {"SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1", kCompressed},
    {"SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery", kCompressed},
    {"SDKAppliedContentEncoding_awsJson1_0", kCompressed},
    {"SDKAppliedContentEncoding_awsJson1_1", kCompressed},
    {"SDKAppliedContentEncoding_awsQuery", kCompressed},
    {"SDKAppliedContentEncoding_restJson1", kCompressed},
    {"SDKAppliedContentEncoding_restXml", kCompressed},
    {"HttpPrefixHeadersAreNotPresent", kNoTrace},
    {"QueryEmptyQueryMaps", kNoTrace},
    {"RestJsonHttpPrefixHeadersAreNotPresent", kNoTrace},
    {"RestJsonHttpWithEmptyStructurePayload", kNoTrace},
    {"RestJsonHttpWithHeadersButNoPayload", kNoTrace},
    {"RestJsonOmitsEmptyListQueryValues", kNoTrace},
    {"RestJsonQueryPrecedence", kNoTrace},
    {"RestXmlQueryPrecedence", kNoTrace},
    {"QueryIdempotencyTokenAutoFill", kClientOnly},
    {"QueryProtocolIdempotencyTokenAutoFill", kClientOnly},
    {"RestJsonHostWithPath", kClientOnly},
    {"RestJsonQueryIdempotencyTokenAutoFill", kClientOnly},
    {"AwsJson10DeserializeAllowNulls", kTolerance},
    {"AwsJson10DeserializeIgnoreType", kTolerance},
    {"AwsJson10HandlesUnexpectedJsonOutput", kTolerance},
    {"AwsJson11DateTimeWithNegativeOffset", kTolerance},
    {"AwsJson11DateTimeWithPositiveOffset", kTolerance},
    {"AwsJson11DeserializeIgnoreType", kTolerance},
    {"AwsJson11IntEnums", kTolerance},
    {"AwsJson11StructuresDontDeserializeNullValues", kTolerance},
    {"AwsQueryDateTimeWithNegativeOffset", kTolerance},
    {"AwsQueryDateTimeWithPositiveOffset", kTolerance},
    {"IgnoreQueryParamsInResponse", kTolerance},
    {"InvalidGreetingError", kTolerance},
    {"RestJsonDateTimeWithNegativeOffset", kTolerance},
    {"RestJsonDateTimeWithPositiveOffset", kTolerance},
    {"RestJsonDeserializeIgnoreType", kTolerance},
    {"RestJsonDeserializesDenseSetMapAndSkipsNull", kTolerance},
    {"RestJsonDoesntDeserializeNullStructureValues", kTolerance},
    {"RestXmlDateTimeWithNegativeOffset", kTolerance},
    {"RestXmlDateTimeWithPositiveOffset", kTolerance},
    {"RestXmlHttpResponseCode", kTolerance},
    {"RpcV2CborClientDoesntDeserializeNullStructureValues", kTolerance},
    {"empty_output_no_body", kTolerance},
    {"NoOutputClientAllowsEmptyBody", kTolerance},
    {"NoOutputClientAllowsEmptyCbor", kTolerance},
    {"RpcV2CborDeserializesDenseSetMapAndSkipsNull", kTolerance},
    {"RpcV2CborExtraFieldsInTheBodyShouldBeSkippedByClients", kTolerance},
    {"RpcV2CborPayloadWithUnsetUnion", kTolerance},
    {"handles_unexpected_json_output", kTolerance},
    {"AwsJson10FooErrorUsingCode", kOtherSpelling},
    {"AwsJson10FooErrorUsingCodeAndNamespace", kOtherSpelling},
    {"AwsJson10FooErrorUsingCodeUriAndNamespace", kOtherSpelling},
    {"AwsJson10FooErrorUsingXAmznErrorType", kOtherSpelling},
    {"AwsJson10FooErrorUsingXAmznErrorTypeWithUri", kOtherSpelling},
    {"AwsJson10FooErrorUsingXAmznErrorTypeWithUriAndNamespace", kOtherSpelling},
    {"AwsJson10FooErrorWithDunderType", kOtherSpelling},
    {"AwsJson10FooErrorWithDunderTypeUriAndNamespace", kOtherSpelling},
    {"AwsJson11FooErrorUsingCode", kOtherSpelling},
    {"AwsJson11FooErrorUsingCodeAndNamespace", kOtherSpelling},
    {"AwsJson11FooErrorUsingCodeUriAndNamespace", kOtherSpelling},
    {"AwsJson11FooErrorUsingXAmznErrorType", kOtherSpelling},
    {"AwsJson11FooErrorUsingXAmznErrorTypeWithUri", kOtherSpelling},
    {"AwsJson11FooErrorUsingXAmznErrorTypeWithUriAndNamespace", kOtherSpelling},
    {"AwsJson11FooErrorWithDunderTypeAndNamespace", kOtherSpelling},
    {"AwsJson11FooErrorWithDunderTypeUriAndNamespace", kOtherSpelling},
    {"RestJsonFooErrorUsingCode", kOtherSpelling},
    {"RestJsonFooErrorUsingCodeAndNamespace", kOtherSpelling},
    {"RestJsonFooErrorUsingCodeUriAndNamespace", kOtherSpelling},
    {"RestJsonFooErrorUsingXAmznErrorTypeWithUri", kOtherSpelling},
    {"RestJsonFooErrorUsingXAmznErrorTypeWithUriAndNamespace", kOtherSpelling},
    {"RestJsonFooErrorWithDunderType", kOtherSpelling},
    {"RestJsonFooErrorWithDunderTypeAndNamespace", kOtherSpelling},
    {"RestJsonFooErrorWithDunderTypeUriAndNamespace", kOtherSpelling},
    {"AwsJson10ComplexError", kNestedError},
    {"AwsJson11ComplexError", kNestedError},
    {"ComplexError", kNestedError},
    {"QueryComplexError", kNestedError},
    {"RestJsonComplexErrorWithNoMessage", kNestedError},
    {"RpcV2CborComplexError", kNestedError},
};

std::filesystem::path folder() {
  if (const char* set = std::getenv("HEARTH_CONFORMANCE")) return std::filesystem::path(set) / "protocols";
  return std::filesystem::path(HEARTH_SOURCE_DIR) / "../shared/conformance/protocols";
}

std::string bytes_of(io::Body body) {
  io::Loop loop;
  std::string bytes;
  auto run = [](io::Body& from, std::string& out) -> Task<void> {
    out = (co_await from.read_all(1 << 20)).value_or("unreadable");
  };
  loop.run_until_done(run(body, bytes));
  return bytes;
}

bool same_number(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) < 1e-6;
}

// The case's value in the form that documents have.
json::value expected_document(const Shape& shape, const json::value& value) {
  if ((shape.kind == Kind::kFloat || shape.kind == Kind::kDouble) && value.is_string()) {
    return scalar_from_text(shape, value.get_string()).value();
  }
  if (const auto* object = value.if_object(); object && shape.kind != Kind::kDocument) {
    json::object made;
    for (const auto& [name, inner] : *object) {
      const Member* member = shape.kind == Kind::kStructure ? shape.find(name) : nullptr;
      if (inner.is_null() && !shape.sparse) continue;
      if (shape.kind == Kind::kStructure && !member) continue;
      made.emplace(name, expected_document(member ? *member->shape : *shape.element, inner));
    }
    return made;
  }
  if (const auto* array = value.if_array(); array && shape.kind == Kind::kList) {
    json::array made;
    for (const json::value& inner : *array) {
      if (!inner.is_null() || shape.sparse) made.push_back(expected_document(*shape.element, inner));
    }
    return made;
  }
  return value;
}

bool same(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return same_number(a.to_number<double>(), b.to_number<double>());
  if (a.is_object() && b.is_object()) {
    if (a.get_object().size() != b.get_object().size()) return false;
    return std::ranges::all_of(a.get_object(), [&](const auto& entry) {
      const json::value* other = b.get_object().if_contains(entry.key());
      return other && same(entry.value(), *other);
    });
  }
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.get_array(), b.get_array(), same);
  return a == b;
}

// XML without what does not matter: blanks between elements, order, request ids.
std::string canonical_xml(const pugi::xml_node& node) {
  const std::string name = node.name();
  if (name == "RequestId" || name == "ResponseMetadata") return {};
  std::vector<std::string> attributes, children;
  for (const auto& attribute : node.attributes()) {
    if (std::string_view(attribute.name()) != "xmlns")
      attributes.push_back(std::string(attribute.name()) + "=" + attribute.value());
  }
  std::string text;
  for (const auto& child : node.children()) {
    if (child.type() == pugi::node_element)
      children.push_back(canonical_xml(child));
    else
      text += child.value();
  }
  const bool blank = text.contains('\n') && text.find_first_not_of(" \n") == std::string::npos;
  if (!children.empty() || blank) text.clear();
  std::ranges::sort(attributes);
  std::ranges::sort(children);
  std::string out = "<" + name;
  for (const auto& attribute : attributes) out += " " + attribute;
  out += ">" + text;
  for (const auto& child : children) out += child;
  return out;
}

std::string canonical_body(Protocol protocol, const std::string& body) {
  if (protocol == Protocol::kQuery || protocol == Protocol::kRestXml) {
    pugi::xml_document xml;
    if (xml.load_string(body.c_str(), pugi::parse_default | pugi::parse_ws_pcdata_single)) {
      return canonical_xml(xml.document_element());
    }
    return body;
  }
  return body;
}

// A map of all query parameters, without those that have members of their own: the cases disagree on whether
// they are in it, since a client sends the same either way.
json::value without_named(const Shape& shape, json::value document) {
  for (const Member& map : shape.members) {
    json::value* entries = document.as_object().if_contains(map.name);
    if (map.location != Location::kQuery || map.shape->kind != Kind::kMap || !entries) continue;
    for (const Member& other : shape.members) {
      if (other.location == Location::kQuery) entries->as_object().erase(other.wire_name);
    }
    if (entries->as_object().empty()) document.as_object().erase(map.name);
  }
  return document;
}

struct Suite {
  const char* file;
  Protocol protocol;
};

void report(const json::object& entry, const std::string& why) {
  const std::string id(entry.at("id").as_string());
  ADD_FAILURE() << id << ": " << why;
}

struct Tally {
  size_t run = 0, skipped = 0;
};

template <typename Check>
void each_case(const std::string& kind, const Suite& suite, Tally& tally, const Check& check) {
  std::ifstream file(folder() / kind / suite.file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const json::value suites = json::parse(text, {}, {.max_depth = 200});
  for (const json::value& part : suites.as_array()) {
    const std::string description(part.as_object().at("description").as_string());
    for (const json::value& value : part.at("cases").as_array()) {
      const json::object& entry = value.as_object();
      if (kLeftOut.contains(std::string(entry.at("id").as_string()))) {
        ++tally.skipped;
        continue;
      }
      ++tally.run;
      const auto* prefix = part.at("metadata").as_object().if_contains("targetPrefix");
      Model model(part.as_object(), suite.protocol,
                  prefix ? std::string_view(prefix->as_string()) : std::string_view());
      try {
        check(model, entry);
      } catch (const std::exception& exception) {
        report(entry, std::string("exception: ") + exception.what());
      }
    }
  }
}

void check_input(Protocol protocol, Model& model, const json::object& entry) {
  const OperationInfo& operation = model.operation(entry.at("given").as_object());
  const json::object& serialized = entry.at("serialized").as_object();
  const auto text = [&serialized](std::string_view key, std::string otherwise) {
    const json::value* value = serialized.if_contains(key);
    return value ? std::string(value->as_string()) : otherwise;
  };
  io::Request request{.method = text("method", "POST"), .target = text("uri", "/")};
  if (const json::value* headers = serialized.if_contains("headers")) {
    for (const auto& [name, value] : headers->as_object())
      request.headers.add(name, std::string(value.as_string()));
  }
  std::string body = text("body", "");
  if (protocol == Protocol::kCbor) body = base64_decode(body).value_or("");
  UriLabels labels;
  if (protocol == Protocol::kRestJson || protocol == Protocol::kRestXml) {
    const UriTemplates uris(model.service(), false);
    if (!uris.match(request.method, request.raw_path(), request.raw_query(), labels))
      return report(entry, "not routed: " + request.target);
  }
  const Member* payload = operation.input->payload;
  const bool streamed = payload && payload->shape->streaming;
  EncodedRequest encoded{.request = request, .labels = labels, .body = streamed ? "" : body};
  if (streamed) encoded.stream = body;
  auto message = codec_for(protocol).decode(operation, std::move(encoded));
  if (!message) return report(entry, message.error().code + " " + message.error().message);
  json::object actual = std::move(message->document);
  if (message->payload) actual.emplace(payload->name, *message->payload);
  if (streamed) {
    const std::string bytes = bytes_of(std::move(message->stream));
    if (!bytes.empty()) actual.emplace(payload->name, bytes);
  }
  const json::value* params = entry.if_contains("params");
  const json::value expected =
      expected_document(*operation.input, params ? *params : json::value(json::object()));
  if (!same(without_named(*operation.input, actual), without_named(*operation.input, expected)))
    report(entry, "read " + to_text(actual) + " for " + to_text(expected));
}

std::optional<io::Response> write_case(Protocol protocol, Model& model, const json::object& entry) {
  const OperationInfo& operation = model.operation(entry.at("given").as_object());
  if (const json::value* error_members = entry.if_contains("error")) {
    Error error{.code = std::string(entry.at("errorCode").as_string()), .message = {}};
    if (const json::value* message = entry.if_contains("errorMessage")) error.message = message->as_string();
    for (const auto& [name, value] : error_members->as_object()) {
      if (value.is_string()) error.extra.emplace_back(name, value.as_string());
    }
    return encode_error(*operation.service, operation.service->protocol, error, "foo-id");
  }
  Message output;
  const json::value* result = entry.if_contains("result");
  if (result) output.document = expected_document(*operation.output, *result).as_object();
  const Member* payload = operation.output->payload;
  if (payload && payload->shape->kind == Kind::kBlob) {
    if (const json::value* bytes = output.document.if_contains(payload->name)) {
      if (payload->shape->streaming)
        output.stream = std::string(bytes->as_string());
      else
        output.payload = std::string(bytes->as_string());
      output.document.erase(payload->name);
    }
  }
  return codec_for(protocol).encode(operation, std::move(output), "foo-id");
}

void check_output(Protocol protocol, Model& model, const json::object& entry) {
  std::optional<io::Response> response = write_case(protocol, model, entry);
  const json::object& expected = entry.at("response").as_object();
  if (response->status != expected.at("status_code").as_int64())
    report(entry, "status " + std::to_string(response->status));
  if (const json::value* headers = expected.if_contains("headers")) {
    for (const auto& [name, value] : headers->as_object()) {
      const std::string_view sent = response->headers.get(name);
      if (!iequals(name, "x-amzn-requestid") && !iequals(name, "content-length") &&
          sent != value.as_string()) {
        report(entry,
               "header " + std::string(name) + " is '" + std::string(sent) + "' not " + to_text(value));
      }
    }
  }
  const json::value* body = expected.if_contains("body");
  const std::string sent = bytes_of(std::move(response->body));
  const std::string wanted = body ? std::string(body->as_string()) : "";
  if (wanted.empty()) {
    if (!sent.empty() && sent != "{}" && body) report(entry, "sent " + sent + " for nothing");
    return;
  }
  if (protocol == Protocol::kCbor) {
    const auto ours = parse_cbor(sent), theirs = parse_cbor(base64_decode(wanted).value_or(""));
    if (!ours || !theirs || !same(*ours, *theirs))
      report(entry,
             "sent " + (ours ? to_text(*ours) : "no CBOR") + " for " + (theirs ? to_text(*theirs) : ""));
    return;
  }
  const auto ours = parse_json(sent), theirs = parse_json(wanted);
  if (ours && theirs) {
    if (!same(*ours, *theirs)) report(entry, "sent " + sent + " for " + to_text(*theirs));
  } else if (canonical_body(protocol, sent) != canonical_body(protocol, wanted)) {
    report(entry, "sent " + sent + " for " + wanted);
  }
}

class Protocols : public testing::TestWithParam<Suite> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(folder())) {
      GTEST_SKIP() << "the published protocol cases are not at " << folder() << " (set HEARTH_CONFORMANCE)";
    }
  }
};

TEST_P(Protocols, RequestsAreRead) {
  Tally tally;
  each_case("input", GetParam(), tally,
            [](Model& model, const json::object& entry) { check_input(GetParam().protocol, model, entry); });
  RecordProperty("run", static_cast<int>(tally.run));
  RecordProperty("left_out", static_cast<int>(tally.skipped));
  fmt::print("{}: {} read, {} left out\n", GetParam().file, tally.run, tally.skipped);
  EXPECT_GT(tally.run, 0u);
}

TEST_P(Protocols, ResponsesAreWritten) {
  Tally tally;
  each_case("output", GetParam(), tally,
            [](Model& model, const json::object& entry) { check_output(GetParam().protocol, model, entry); });
  fmt::print("{}: {} written, {} left out\n", GetParam().file, tally.run, tally.skipped);
  EXPECT_GT(tally.run, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Published, Protocols,
    testing::Values(Suite{"json.json", Protocol::kJson11}, Suite{"json_1_0.json", Protocol::kJson10},
                    Suite{"query.json", Protocol::kQuery}, Suite{"rest-json.json", Protocol::kRestJson},
                    Suite{"rest-xml.json", Protocol::kRestXml},
                    Suite{"smithy-rpc-v2-cbor.json", Protocol::kCbor}),
    [](const auto& info) {
      std::string name = info.param.file;
      std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
      return name;
    });

}  // namespace
}  // namespace hearth::wire::conformance
