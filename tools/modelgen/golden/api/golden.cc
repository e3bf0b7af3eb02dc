// Generated beside the header of the same name.
#include "api/golden.h"

// Members' places are offsets in structs of ours, whose layout this compiler defines.
#pragma clang diagnostic ignored "-Winvalid-offsetof"

namespace hearth::api::golden {
using namespace hearth::wire;
namespace {
extern const Shape kErrorMessage;
extern const Shape kMissingThing;
extern const Shape kString;
extern const Shape kGetBlobInput;
extern const Shape kStream;
extern const Shape kGetBlobOutput;
extern const Shape kThingName;
extern const Shape kBoolean;
extern const Shape kStringMap;
extern const Shape kBranches;
extern const Shape kNamedTrees;
extern const Shape kTree;
extern const Shape kColor;
extern const Shape kColors;
extern const Shape kCount;
extern const Shape kDouble;
extern const Shape kLong;
extern const Shape kSecret;
extern const Shape kAlias;
extern const Shape kLong2048;
extern const Shape kTime;
extern const Shape kFree;
extern const Shape kFree2;
extern const Shape kInteger;
extern const Shape kChoice;
extern const Shape kPutThingRequest;
extern const Shape kThings;
extern const Shape kPutThingOutput;
extern const Shape kNoSuchThing;
extern const Shape kBroken;
extern const Shape kPingInput;
extern const Shape kPingOutput;
constinit const Shape kErrorMessage = {.name = "ErrorMessage", .kind = Kind::kString};
constexpr Member kMissingThingMembers[] = {
    {.name = "message", .shape = &kErrorMessage, .wire_name = "message", .offset = offsetof(MissingThing, message), .optional = &kOptionalAccess<std::optional<std::string>>},
};
constinit const Shape kMissingThing = {.name = "MissingThing", .kind = Kind::kStructure, .members = kMissingThingMembers, .error_status = 404, .error_code = "MissingThing", .query_code = "Golden.Missing", .query_message = "It is missing."};
constinit const Shape kString = {.name = "String", .kind = Kind::kString};
constexpr Member kGetBlobInputMembers[] = {
    {.name = "Key", .shape = &kString, .wire_name = "Key", .location = Location::kUri, .required = true, .offset = offsetof(GetBlobInput, key)},
};
constinit const Shape kGetBlobInput = {.name = "GetBlobInput", .kind = Kind::kStructure, .members = kGetBlobInputMembers};
constinit const Shape kStream = {.name = "Stream", .kind = Kind::kBlob, .streaming = true};
constexpr Member kGetBlobOutputMembers[] = {
    {.name = "Body", .shape = &kStream, .wire_name = "Body", .offset = offsetof(GetBlobOutput, body)},
    {.name = "CodeSha256", .shape = &kString, .wire_name = "X-Sha", .location = Location::kHeader, .offset = offsetof(GetBlobOutput, code_sha256), .optional = &kOptionalAccess<std::optional<std::string>>},
};
constinit const Shape kGetBlobOutput = {.name = "GetBlobOutput", .kind = Kind::kStructure, .members = kGetBlobOutputMembers, .payload = &kGetBlobOutputMembers[0]};
constinit const Shape kThingName = {.name = "ThingName", .kind = Kind::kString, .min = 1.0, .max = 16.0, .pattern = "[a-z\\u002d]+", .regex = "[a-z\\x{002d}]+"};
constinit const Shape kBoolean = {.name = "Boolean", .kind = Kind::kBoolean};
constinit const Shape kStringMap = {.name = "StringMap", .kind = Kind::kMap, .element = &kString, .key = &kString, .flattened = true, .container = &kMapAccess<std::string>};
constinit const Shape kBranches = {.name = "Branches", .kind = Kind::kList, .element = &kTree, .element_name = "branch", .min = 1.0, .max = 3.0, .container = &kListAccess<Tree>};
constinit const Shape kNamedTrees = {.name = "NamedTrees", .kind = Kind::kMap, .element = &kTree, .key = &kString, .element_name = "v", .key_name = "k", .sparse = true, .container = &kMapAccess<Tree>};
constexpr Member kTreeMembers[] = {
    {.name = "Name", .shape = &kString, .wire_name = "Name", .offset = offsetof(Tree, name), .optional = &kOptionalAccess<std::optional<std::string>>},
    {.name = "Left", .shape = &kTree, .wire_name = "Left", .offset = offsetof(Tree, left), .optional = &kOptionalAccess<wire::Recursive<Tree>>},
    {.name = "Branches", .shape = &kBranches, .wire_name = "Branches", .offset = offsetof(Tree, branches), .optional = &kOptionalAccess<std::optional<std::vector<Tree>>>},
    {.name = "Named", .shape = &kNamedTrees, .wire_name = "Named", .offset = offsetof(Tree, named), .optional = &kOptionalAccess<std::optional<std::map<std::string, Tree>>>},
};
constinit const Shape kTree = {.name = "Tree", .kind = Kind::kStructure, .members = kTreeMembers};
constexpr std::string_view kColorValues[] = {
    "red", "DARK_BLUE", "x.y-z"};
constinit const Shape kColor = {.name = "Color", .kind = Kind::kString, .enum_values = kColorValues};
constinit const Shape kColors = {.name = "Colors", .kind = Kind::kList, .element = &kColor, .container = &kListAccess<std::string>};
constinit const Shape kCount = {.name = "Count", .kind = Kind::kInteger, .min = 1.0, .max = 20.0};
constinit const Shape kDouble = {.name = "Double", .kind = Kind::kDouble, .min = 0.5};
constinit const Shape kLong = {.name = "Long", .kind = Kind::kLong};
constinit const Shape kSecret = {.name = "Secret", .kind = Kind::kString, .min = 8.0, .sensitive = true};
constinit const Shape kAlias = {.name = "Alias", .kind = Kind::kString, .pattern = "(?!^[0-9]+$)([a-z0-9]+)", .regex = "([a-z0-9]+)", .regex_refused = "^[0-9]+$"};
constinit const Shape kLong2048 = {.name = "Long2048", .kind = Kind::kString, .pattern = "[a-z]{1,2048}", .regex = "(?:[a-z]{1,1000}[a-z]{0,1000}[a-z]{0,48})"};
constinit const Shape kTime = {.name = "Time", .kind = Kind::kTimestamp, .time_format = TimeFormat::kIso8601};
constinit const Shape kFree = {.name = "Free", .kind = Kind::kDocument};
constinit const Shape kFree2 = {.name = "Free2", .kind = Kind::kDocument, .opaque = true, .holds_opaque = true};
constinit const Shape kInteger = {.name = "Integer", .kind = Kind::kInteger};
constexpr Member kChoiceMembers[] = {
    {.name = "A", .shape = &kString, .wire_name = "A", .required = true, .offset = offsetof(Choice, a)},
    {.name = "B", .shape = &kInteger, .wire_name = "B", .offset = offsetof(Choice, b), .optional = &kOptionalAccess<std::optional<int32_t>>},
};
constinit const Shape kChoice = {.name = "Choice", .kind = Kind::kStructure, .members = kChoiceMembers, .is_union = true};
constexpr Member kPutThingRequestMembers[] = {
    {.name = "ThingName", .shape = &kThingName, .wire_name = "ThingName", .location = Location::kUri, .required = true, .offset = offsetof(PutThingRequest, thing_name)},
    {.name = "KMSKeyArn", .shape = &kString, .wire_name = "KMSKeyArn", .required = true, .offset = offsetof(PutThingRequest, kms_key_arn)},
    {.name = "DryRun", .shape = &kBoolean, .wire_name = "dry-run", .location = Location::kQuery, .default_json = "true", .offset = offsetof(PutThingRequest, dry_run)},
    {.name = "ClientToken", .shape = &kString, .wire_name = "X-Client-Token", .location = Location::kHeader, .idempotency_token = true, .default_json = "\"none\"", .offset = offsetof(PutThingRequest, client_token)},
    {.name = "Metadata", .shape = &kStringMap, .wire_name = "x-meta-", .location = Location::kHeaders, .flattened = true, .offset = offsetof(PutThingRequest, metadata), .optional = &kOptionalAccess<std::optional<std::map<std::string, std::string>>>},
    {.name = "Context", .shape = &kString, .wire_name = "X-Context", .location = Location::kHeader, .json_value = true, .offset = offsetof(PutThingRequest, context), .optional = &kOptionalAccess<std::optional<std::string>>},
    {.name = "Tree", .shape = &kTree, .wire_name = "Tree", .offset = offsetof(PutThingRequest, tree), .optional = &kOptionalAccess<std::optional<Tree>>},
    {.name = "Colors", .shape = &kColors, .wire_name = "Color", .flattened = true, .offset = offsetof(PutThingRequest, colors), .optional = &kOptionalAccess<std::optional<std::vector<std::string>>>},
    {.name = "Count", .shape = &kCount, .wire_name = "Count", .default_json = "5", .offset = offsetof(PutThingRequest, count)},
    {.name = "Ratio", .shape = &kDouble, .wire_name = "Ratio", .offset = offsetof(PutThingRequest, ratio), .optional = &kOptionalAccess<std::optional<double>>},
    {.name = "Size", .shape = &kLong, .wire_name = "Size", .query_name = "SizeBytes", .offset = offsetof(PutThingRequest, size), .optional = &kOptionalAccess<std::optional<int64_t>>},
    {.name = "Secret", .shape = &kSecret, .wire_name = "Secret", .offset = offsetof(PutThingRequest, secret), .optional = &kOptionalAccess<std::optional<std::string>>},
    {.name = "Alias", .shape = &kAlias, .wire_name = "Alias", .offset = offsetof(PutThingRequest, alias), .optional = &kOptionalAccess<std::optional<std::string>>},
    {.name = "Note", .shape = &kLong2048, .wire_name = "Note", .offset = offsetof(PutThingRequest, note), .optional = &kOptionalAccess<std::optional<std::string>>},
    {.name = "At", .shape = &kTime, .wire_name = "At", .time_format = TimeFormat::kRfc822, .offset = offsetof(PutThingRequest, at), .optional = &kOptionalAccess<std::optional<hearth::TimePoint>>},
    {.name = "Free", .shape = &kFree, .wire_name = "Free", .offset = offsetof(PutThingRequest, free), .optional = &kOptionalAccess<std::optional<hearth::json::value>>},
    {.name = "Raw", .shape = &kFree2, .wire_name = "Raw", .offset = offsetof(PutThingRequest, raw), .optional = &kOptionalAccess<std::optional<std::string>>},
    {.name = "Choice", .shape = &kChoice, .wire_name = "Choice", .offset = offsetof(PutThingRequest, choice), .optional = &kOptionalAccess<std::optional<Choice>>},
    {.name = "Version", .shape = &kString, .wire_name = "version", .xml_attribute = true, .offset = offsetof(PutThingRequest, version), .optional = &kOptionalAccess<std::optional<std::string>>},
    {.name = "default", .shape = &kString, .wire_name = "default", .offset = offsetof(PutThingRequest, default_), .optional = &kOptionalAccess<std::optional<std::string>>},
};
constinit const Shape kPutThingRequest = {.name = "PutThingRequest", .kind = Kind::kStructure, .members = kPutThingRequestMembers, .holds_opaque = true, .xml_namespace = "https://golden.example/x", .xml_prefix = "g"};
constinit const Shape kThings = {.name = "Things", .kind = Kind::kList, .element = &kChoice, .flattened = true, .container = &kListAccess<Choice>};
constexpr Member kPutThingOutputMembers[] = {
    {.name = "Status", .shape = &kInteger, .wire_name = "Status", .location = Location::kStatus, .offset = offsetof(PutThingOutput, status), .optional = &kOptionalAccess<std::optional<int32_t>>},
    {.name = "Things", .shape = &kThings, .wire_name = "Things", .flattened = true, .offset = offsetof(PutThingOutput, things), .optional = &kOptionalAccess<std::optional<std::vector<Choice>>>},
    {.name = "S3Bucket", .shape = &kString, .wire_name = "S3Bucket", .xml_namespace = "https://golden.example/m", .xml_prefix = "m", .offset = offsetof(PutThingOutput, s3_bucket), .optional = &kOptionalAccess<std::optional<std::string>>},
};
constinit const Shape kPutThingOutput = {.name = "PutThingOutput", .kind = Kind::kStructure, .members = kPutThingOutputMembers};
constexpr Member kNoSuchThingMembers[] = {
    {.name = "message", .shape = &kString, .wire_name = "message", .offset = offsetof(NoSuchThing, message), .optional = &kOptionalAccess<std::optional<std::string>>},
    {.name = "RetryAfter", .shape = &kInteger, .wire_name = "Retry-After", .location = Location::kHeader, .offset = offsetof(NoSuchThing, retry_after), .optional = &kOptionalAccess<std::optional<int32_t>>},
};
constinit const Shape kNoSuchThing = {.name = "NoSuchThing", .kind = Kind::kStructure, .members = kNoSuchThingMembers, .error_status = 404, .error_code = "NoSuchThingCode"};
constinit const Shape kBroken = {.name = "Broken", .kind = Kind::kStructure, .error_status = 500, .error_code = "Broken", .server_fault = true};
constinit const Shape kPingInput = {.name = "PingInput"};
constinit const Shape kPingOutput = {.name = "PingOutput"};
constexpr OperationInfo kNotServedUnserved = {.name = "NotServed", .service = &kService, .method = "GET", .uri = "/no"};
}  // namespace

const Shape& MissingThing::shape() { return kMissingThing; }
const Shape& GetBlobInput::shape() { return kGetBlobInput; }
const Shape& GetBlobOutput::shape() { return kGetBlobOutput; }
const Shape& Tree::shape() { return kTree; }
const Shape& Choice::shape() { return kChoice; }
const Shape& PutThingRequest::shape() { return kPutThingRequest; }
const Shape& PutThingOutput::shape() { return kPutThingOutput; }
const Shape& NoSuchThing::shape() { return kNoSuchThing; }
const Shape& Broken::shape() { return kBroken; }
const Shape& PingInput::shape() { return kPingInput; }
const Shape& PingOutput::shape() { return kPingOutput; }

constexpr BodyLimit kGetBlobBodyLimits[] = {
    {.bytes_max = 1000},
};
constinit const OperationInfo ops::GetBlob::kInfo = {.name = "GetBlob", .service = &kService, .method = "GET", .uri = "/blobs/{Key+}?whole", .needs_header = "x-golden", .served = true, .input = &kGetBlobInput, .output = &kGetBlobOutput, .action = "golden:GetBlob", .resource = "blob/{Key}", .body_limits = kGetBlobBodyLimits, .stream_output = true, .anonymous = true, .unwrapped_output = true, .result_wrapper = "GetBlobResult"};
constexpr BodyLimit kPingBodyLimits[] = {
    {.bytes_max = 1000},
};
constinit const OperationInfo ops::Ping::kInfo = {.name = "Ping", .service = &kService, .method = "POST", .uri = "/ping", .served = true, .input = &kPingInput, .output = &kPingOutput, .modelled_output = false, .body_limits = kPingBodyLimits};
constexpr const Shape* kPutThingErrors[] = {
    &kNoSuchThing, &kBroken};
constexpr ConditionMember kPutThingConditions[] = {
    {.key = "golden:Count", .member = "Count"},
};
constexpr MemberAction kPutThingAlso[] = {
    {.member = "DryRun", .action = "golden:Rehearse"},
};
constexpr MemberAction kPutThingInstead[] = {
    {.member = "DryRun", .action = "golden:TryThing"},
};
constexpr BodyLimit kPutThingBodyLimits[] = {
    {.bytes_max = 10, .code = "TooLong", .message = "{bytes} of {limit}", .header = "X-Mode", .header_value = "small"},
    {.bytes_max = 100},
};
constinit const OperationInfo ops::PutThing::kInfo = {.name = "PutThing", .service = &kService, .method = "PUT", .uri = "/things/{ThingName}?mode=full", .success_status = 201, .served = true, .input = &kPutThingRequest, .output = &kPutThingOutput, .errors = kPutThingErrors, .action = "golden:PutThing", .resource = "thing/{ThingName}", .conditions = kPutThingConditions, .also = kPutThingAlso, .instead = kPutThingInstead, .body_limits = kPutThingBodyLimits, .input_name = "PutThing", .input_namespace = "https://golden.example/in", .result_wrapper = "PutThingResult"};

namespace {
constexpr const OperationInfo* kServiceOperations[] = {
    &ops::GetBlob::kInfo,
    &kNotServedUnserved,
    &ops::Ping::kInfo,
    &ops::PutThing::kInfo,
};
constexpr const Shape* kServiceErrors[] = {
    &kBroken,
    &kMissingThing,
    &kNoSuchThing,
};
}  // namespace
constinit const ServiceInfo kService = {.name = "golden", .service_id = "Golden", .full_name = "Golden Test Service", .protocol = Protocol::kRestJson, .form = Protocol::kQuery, .signing_name = "gold", .endpoint_prefix = "golden", .target_prefix = "Golden_2026", .api_version = "2026-01-31", .xml_namespace = "http://golden.example/doc/", .error_namespace = "com.example", .validation_code = "BadInput", .missing_code = "MissingThing", .missing_message = "The request must contain {member}.", .path_member = "ThingName", .operations = kServiceOperations, .errors = kServiceErrors};

}  // namespace hearth::api::golden
