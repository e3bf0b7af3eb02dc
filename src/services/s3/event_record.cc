#include "services/s3/event_record.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "identity/policy/principal.h"
#include "services/s3/names.h"
#include "wire/codec.h"

namespace hearth::services::s3 {
namespace {

// The vendor's number of autumn 2026, for all kinds of events.
constexpr std::string_view kEventVersion = "2.5";
constexpr std::string_view kEmptyMd5 = "d41d8cd98f00b204e9800998ecf8427e";

// As in a form: everything but letters, digits and a few is percent-encoded, a blank is a plus.
std::string encoded_key(const std::string& key) {
  std::string encoded = percent_encode(key, "/*- ");
  std::ranges::replace(encoded, ' ', '+');
  return encoded;
}

json::object object_of(const ObjectEvent& event) {
  json::object object{{"key", encoded_key(event.key)}};
  if (event.object && !event.object->marker) {
    if (event.sequence) object.emplace("size", event.object->body.size_bytes);
    object.emplace("eTag", event.object->etag);
  } else if (event.name.ends_with("DeleteMarkerCreated")) {
    object.emplace("eTag", kEmptyMd5);
  }
  if (!event.version.empty()) object.emplace("versionId", event.version);
  if (event.sequence) object.emplace("sequencer", fmt::format("{:016X}", *event.sequence));
  return object;
}

// What kinds of events tell beside the object.
void add_details(const ObjectEvent& event, json::object& record) {
  if (!event.object) return;
  const ObjectHead& head = event.object->head;
  if (event.name == "LifecycleTransition") {
    record.emplace(
        "lifecycleEventData",
        json::object{{"transitionEventData", json::object{{"destinationStorageClass", head.storage_class}}}});
  } else if (event.name == "ObjectRestore:Completed" && head.restored_until) {
    record.emplace(
        "glacierEventData",
        json::object{{"restoreEventData",
                      json::object{{"lifecycleRestorationExpiryTime", iso8601_ms(*head.restored_until)},
                                   {"lifecycleRestoreStorageClass", head.storage_class}}}});
  }
}

// What the service does by itself it does in its own name.
std::string principal_of(const wire::Identity& identity) {
  return identity.service.empty() ? "AWS:" + identity.user_id : identity.service;
}

}  // namespace

std::string event_record(const wire::Call& call, const BucketRecord& bucket, const ObjectEvent& event,
                         const std::string& configuration_id, TimePoint now) {
  const json::object s3{
      {"s3SchemaVersion", "1.0"},
      {"configurationId", configuration_id},
      {"bucket", json::object{{"name", bucket.name},
                              {"ownerIdentity",
                               json::object{{"principalId", identity::canonical_user_id(bucket.account)}}},
                              {"arn", bucket.arn()}}},
      {"object", object_of(event)}};
  json::object record{{"eventVersion", kEventVersion},
                      {"eventSource", "aws:s3"},
                      {"awsRegion", bucket.region},
                      {"eventTime", iso8601_ms(now)},
                      {"eventName", event.name},
                      {"userIdentity", json::object{{"principalId", principal_of(call.identity)}}},
                      {"requestParameters", json::object{{"sourceIPAddress", call.source_ip}}},
                      {"responseElements", json::object{{"x-amz-request-id", call.request_id},
                                                        {"x-amz-id-2", wire::host_id(call.request_id)}}},
                      {"s3", s3}};
  add_details(event, record);
  return to_text(json::object{{"Records", json::array{record}}});
}

std::string test_event(const wire::Call& call, const BucketRecord& bucket, TimePoint now) {
  return to_text(json::object{{"Service", "Amazon S3"},
                              {"Event", "s3:TestEvent"},
                              {"Time", iso8601_ms(now)},
                              {"Bucket", bucket.name},
                              {"RequestId", call.request_id},
                              {"HostId", wire::host_id(call.request_id)}});
}

}  // namespace hearth::services::s3
