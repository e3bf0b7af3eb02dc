#include "services/s3/access_point_detour.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/s3/access_point_names.h"
#include "services/s3/arns.h"
#include "services/s3/errors.h"
#include "wire/sigv4.h"

namespace hearth::services::s3 {
namespace {

// What the service does by access points; all else is done with the bucket itself.
constexpr std::string_view kOperations[] = {"AbortMultipartUpload",
                                            "CompleteMultipartUpload",
                                            "CopyObject",
                                            "CreateMultipartUpload",
                                            "DeleteObject",
                                            "DeleteObjectTagging",
                                            "DeleteObjects",
                                            "GetBucketAcl",
                                            "GetBucketCors",
                                            "GetBucketLocation",
                                            "GetBucketNotificationConfiguration",
                                            "GetBucketPolicy",
                                            "GetObject",
                                            "GetObjectAcl",
                                            "GetObjectAttributes",
                                            "GetObjectLegalHold",
                                            "GetObjectRetention",
                                            "GetObjectTagging",
                                            "HeadBucket",
                                            "HeadObject",
                                            "ListMultipartUploads",
                                            "ListObjectVersions",
                                            "ListObjects",
                                            "ListObjectsV2",
                                            "ListParts",
                                            "PutObject",
                                            "PutObjectAcl",
                                            "PutObjectLegalHold",
                                            "PutObjectRetention",
                                            "PutObjectTagging",
                                            "RestoreObject",
                                            "UploadPart",
                                            "UploadPartCopy"};

Status check_operation(const wire::Call& call) {
  if (std::ranges::find(kOperations, call.operation->name) != std::end(kOperations)) return {};
  return fail(
      Error{.code = "MethodNotAllowed",
            .message = "The specified method is not allowed against this resource.",
            .extra = {{"Method", std::string(call.operation->method)}, {"ResourceType", "AccessPoint"}},
            .status = 405});
}

std::string_view bucket_in(const json::object& input) {
  const json::value* bucket = input.if_contains("Bucket");
  return bucket && bucket->is_string() ? std::string_view(bucket->get_string()) : std::string_view();
}

// Which kind of access point a request is for, by what it was signed for or else by its host's name.
AccessPointKind kind_of(const io::Request& request) {
  constexpr std::string_view kService = "s3-object-lambda";
  const auto claim = wire::sigv4::parse_claim(request);
  const bool signed_for = claim && *claim && (*claim)->service == kService;
  const bool named =
      to_lower(request.headers.get("host")).find("." + std::string(kService) + ".") != std::string::npos;
  return signed_for || named ? AccessPointKind::kObjectLambda : AccessPointKind::kBucket;
}

// The access point by which an object of the bucket, or the bucket, is reached.
wire::Passage::Gate gate_of(const AccessPointId& id) {
  const bool of_bucket = id.kind == AccessPointKind::kBucket;
  return {.arn = id.arn(),
          .inside = of_bucket ? "/object/" : "",
          .service = of_bucket ? "" : std::string(id.service())};
}

std::shared_ptr<wire::Passage> passage_by(const AccessPointRecord& point) {
  auto passage = std::make_shared<wire::Passage>();
  passage->gates.push_back(gate_of(point.id));
  passage->beyond = bucket_arn(point.bucket);
  passage->conditions = {{std::string(kDataAccessPointArn), {point.id.arn()}},
                         {"s3:DataAccessPointAccount", {point.id.account}},
                         {"s3:AccessPointNetworkOrigin", {"Internet"}}};
  return passage;
}

// By an ARN or an alias; null for what has no such form. What has the form of an ARN must be one.
Async<KnownAccessPointPtr> find_named(AccessPointFacts& points, std::string name) {
  if (is_access_point_alias(name)) co_return co_await points.find_alias(std::move(name));
  if (!name.starts_with("arn:")) co_return KnownAccessPointPtr();
  const auto id = parse_access_point_arn(name);
  KnownAccessPointPtr found;
  if (id) {
    TRY(found, co_await points.find(*id));
  }
  if (!found) co_return errors::no_such_access_point(id ? id->name : name);
  co_return found;
}

}  // namespace

void AccessPointDetour::mount(wire::Router& router) {
  router.detour_with(api::s3::kService, *this);
}

bool AccessPointDetour::takes(const wire::Call&, const json::object& input) const {
  return may_be_access_point(bucket_in(input));
}

Async<wire::Message> AccessPointDetour::lead(wire::Call call, wire::Message input) {
  const std::string name(bucket_in(input.document));
  TRY(KnownAccessPointPtr point, co_await find_named(points_, name));
  const bool before_host =
      call.request && router_.path_of(*call.operation->service, *call.request) != call.request->raw_path();
  if (!point && before_host) {
    const auto id = parse_access_point_label(name, kind_of(*call.request), call.region);
    if (id) {
      TRY(point, co_await points_.find(*id));
    }
  }
  if (!point) co_return co_await router_.perform(call, std::move(input));
  TRY_VOID(check_operation(call));
  co_return co_await lead_to(std::move(call), std::move(input), std::move(point));
}

Async<wire::Message> AccessPointDetour::lead_to(wire::Call call, wire::Message input,
                                                KnownAccessPointPtr point) {
  // Old links name no region: it is where the access point is.
  if (call.region.empty()) call.region = point->record.id.region;
  KnownAccessPointPtr last = point;
  if (point->record.id.kind == AccessPointKind::kObjectLambda) {
    TRY(const ObjectLambdaConfiguration configuration, configuration_of(point->record));
    if (transformation_of(configuration, call.operation->name)) {
      co_return co_await lambda_.serve(call, std::move(input), point->record);
    }
    const auto supporting = parse_access_point_arn(configuration.supporting_access_point);
    if (supporting) {
      TRY(last, co_await points_.find(*supporting));
    }
    if (!supporting || !last) co_return errors::no_such_access_point(configuration.supporting_access_point);
  }
  auto passage = passage_by(last->record);
  if (last != point) passage->gates.insert(passage->gates.begin(), gate_of(point->record.id));
  call.passage = std::move(passage);
  // A bucket that somebody else has made since is another one.
  const json::string owner(last->record.bucket_account);
  json::value& expected = input.document["ExpectedBucketOwner"];
  if (!expected.is_null() && expected != owner) co_return errors::access_denied();
  expected = owner;
  input.document["Bucket"] = last->record.bucket;
  co_return co_await router_.perform(call, std::move(input));
}

Async<wire::Call> lead_source(AccessPointFacts& points, const wire::Call& call, ObjectName& source) {
  wire::Call reading = call;
  reading.passage = nullptr;
  TRY(const auto point, co_await find_named(points, source.bucket));
  if (point && point->record.id.kind == AccessPointKind::kBucket) {
    reading.passage = passage_by(point->record);
    source.bucket = point->record.bucket;
  }
  co_return reading;
}

}  // namespace hearth::services::s3
