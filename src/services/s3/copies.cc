#include "services/s3/copies.h"

#include "services/s3/access_point_detour.h"
#include "services/s3/acls.h"
#include "services/s3/arns.h"
#include "services/s3/bucket_access.h"
#include "services/s3/bucket_encryption.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/names.h"
#include "services/s3/object_head.h"

namespace hearth::services::s3 {
namespace {

Result<bool> replaces(const std::optional<std::string>& directive, std::string_view header) {
  const std::string value = directive.value_or("COPY");
  if (value == "COPY" || value == "REPLACE") return value == "REPLACE";
  return fail(errors::invalid_argument(
      "Unknown " + std::string(header == "x-amz-metadata-directive" ? "metadata" : "tagging") + " directive.",
      std::string(header), value));
}

Status check_copy(const api::s3::CopyObjectRequest& input) {
  TRY_SYNC_VOID(check_key(input.key));
  return check_unsupported(input);
}

// Whether an object is copied to itself and nothing of it is asked to change.
bool is_for_nothing(const api::s3::CopyObjectRequest& input, const ObjectName& source, bool replaces_head) {
  const bool same = source.bucket == input.bucket && source.key == input.key && !source.version;
  const bool encrypts = input.server_side_encryption || input.sse_customer_algorithm;
  const bool changes = replaces_head || encrypts || input.storage_class || input.website_redirect_location;
  return same && !changes;
}

// What was restored is copied to stay, and what is in a bucket whose encryption was chosen to be encrypted
// so.
Async<void> check_for_nothing(Tables& tables, const FoundObject& found) {
  TRY(const BucketEncryption encryption, co_await encryption_of(tables, found.bucket, false));
  if (encryption.chosen || found.object.head.restored_until) co_return {};
  co_return errors::invalid_request(
      "This copy request is illegal because it is trying to copy an object to itself without changing the "
      "object's metadata, storage class, website redirect location or encryption attributes.");
}

// What the copy keeps of its source.
ObjectHead head_of_copy(ObjectHead given, const ObjectHead& source, bool replaces_head, bool replaces_tags) {
  if (!replaces_tags) given.tags = source.tags;
  if (replaces_head) return given;
  ObjectHead head = source;
  // These are never taken from the source, or only where nothing else was said.
  head.storage_class = std::move(given.storage_class);
  head.redirect = std::move(given.redirect);
  head.tags = std::move(given.tags);
  head.lock = given.lock;
  head.restored_until.reset();
  return head;
}

}  // namespace

Async<void> authorize_source(const Parts& parts, const wire::Call& call, ObjectName source) {
  const char* action = source.version ? "s3:GetObjectVersion" : "s3:GetObject";
  co_return co_await parts.authorizer.authorize(call, {.action = action,
                                                       .resource = object_arn(source.bucket, source.key),
                                                       .conditions = version_condition(source.version)});
}

void Copies::mount(wire::Router& router) {
  router.on<api::s3::ops::CopyObject>(*this, &Copies::copy);
}

// Everything of a request that needs no look at the source.
struct Copies::Plan {
  ObjectName source;
  WriteConditions conditions;
  std::optional<ChecksumKind> wanted;
  ObjectHead given;
  bool replaces_head = false, replaces_tags = false, for_nothing = false;
  EncryptionRequest asked;
  std::optional<CustomerKey> source_key;

  // Whether the copy may have the very bytes of the source, and all that is known of them. An object of many
  // parts gets an ETag of one, and keys of others are for one object alone.
  bool shares(const ObjectRecord& object, const Protection& protection) const {
    const bool same_key =
        object.encryption.kind == protection.encryption.kind && !hides_md5(object.encryption);
    return same_key && !object.opaque_etag && object.parts == 0 && object.checksum &&
           (!wanted || *wanted == object.checksum->kind);
  }
};

Async<ReceivedBody> Copies::read_through(const wire::Call& call, const Plan& plan, ChecksumKind kind,
                                         Protection protection) {
  auto open = [&](store::Transaction& tx) -> Async<io::Body> {
    Tables tables(tx);
    TRY(const FoundObject found, co_await find_object(parts_, tables, call, plan.source));
    TRY(Protection source, parts_.encryption.open(found.object.encryption, plan.source_key));
    co_return co_await parts_.bodies.open(
        tx,
        {.body = found.object.body, .protection = std::move(source), .name = found.name(plan.source.key)});
  };
  TRY(io::Body body, co_await parts_.store.read(open));
  co_return co_await parts_.bodies.receive(body, limits::kPutBytesMax, kind, std::move(protection));
}

Result<Copies::Plan> Copies::plan(const wire::Call& call, ObjectName source,
                                  api::s3::CopyObjectRequest& input) const {
  TRY_SYNC_VOID(check_copy(input));
  Plan plan{.source = std::move(source),
            .conditions = {.match = input.if_match, .none_match = input.if_none_match}};
  TRY_SYNC(plan.replaces_head, replaces(input.metadata_directive, "x-amz-metadata-directive"));
  TRY_SYNC(plan.replaces_tags, replaces(input.tagging_directive, "x-amz-tagging-directive"));
  plan.for_nothing = is_for_nothing(input, plan.source, plan.replaces_head);
  TRY_SYNC_VOID(check_form(plan.conditions));
  if (input.checksum_algorithm) {
    plan.wanted = parse_checksum_kind(*input.checksum_algorithm);
    if (!plan.wanted) return fail(unknown_checksum());
  }
  TRY_SYNC(plan.given, head_of(input));
  TRY_SYNC(plan.asked, parts_.encryption.asked_by(input, call));
  TRY_SYNC(plan.source_key, parts_.encryption.source_key(input, call));
  return plan;
}

Async<ObjectRecord> Copies::make(Tables& tables, const Plan& plan, const ObjectRecord& from,
                                 const Protection& protection, const std::optional<ReceivedBody>& read) {
  ObjectRecord object{.modified = parts_.clock.now(),
                      .head = head_of_copy(plan.given, from.head, plan.replaces_head, plan.replaces_tags),
                      .encryption = protection.encryption,
                      .opaque_etag = hides_md5(protection.encryption)};
  if (read) {
    object.etag = hex_encode(read->etag());
    object.checksum = read->checksum();
    object.body = parts_.bodies.attach(tables.tx, *read);
    co_return std::move(object);
  }
  if (!plan.shares(from, protection)) {  // another object has taken its place meanwhile
    co_return Error{.code = "OperationAborted",
                    .message =
                        "A conflicting conditional operation is currently in progress against this resource. "
                        "Please try again.",
                    .status = 409};
  }
  object.etag = from.etag;
  object.checksum = from.checksum;
  TRY(object.body, co_await parts_.bodies.copy(tables.tx, from.body));
  co_return std::move(object);
}

Async<api::s3::CopyObjectOutput> Copies::copy(const wire::Call& call, api::s3::CopyObjectRequest input) {
  TRY(ObjectName source, parse_copy_source(input.copy_source));
  TRY(const wire::Call reading, co_await lead_source(points_, call, source));
  TRY(const Plan plan, this->plan(call, std::move(source), input));
  TRY_VOID(co_await authorize_source(parts_, reading, plan.source));
  Protection protection;
  auto look = [&](store::Transaction& tx) -> Async<FoundObject> {
    Tables tables(tx);
    TRY(FoundObject found, co_await find_source(parts_, tables, reading, plan.source, input));
    TRY_VOID(parts_.encryption.open(found.object.encryption, plan.source_key));
    if (plan.for_nothing) TRY_VOID(co_await check_for_nothing(tables, found));
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    TRY(protection, co_await parts_.encryption.choose(tables, bucket, plan.asked));
    co_return std::move(found);
  };
  TRY(FoundObject from, co_await parts_.store.read(look));
  if (from.object.body.size_bytes > limits::kPutBytesMax) {
    co_return errors::invalid_request(
        "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120");
  }
  std::optional<ReceivedBody> read;
  if (!plan.shares(from.object, protection)) {
    const ChecksumKind kept = from.object.checksum ? from.object.checksum->kind : ChecksumKind::kCrc64Nvme;
    TRY(read, co_await read_through(reading, plan, plan.wanted.value_or(kept), protection));
  }
  BucketRecord bucket;
  auto write = [&](store::Transaction& tx) -> Async<ObjectRecord> {
    Tables tables(tx);
    TRY(from, co_await find_source(parts_, tables, reading, plan.source, input));
    TRY(bucket, co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    const Place place{.bucket = bucket, .key = input.key};
    TRY_VOID(check_lock(bucket, plan.given.lock, parts_.clock.now()));
    TRY(const auto current, co_await versions.current(place));
    TRY_VOID(check_write(plan.conditions, current ? &*current : nullptr, input.key));
    TRY(ObjectRecord object, co_await make(tables, plan, from.object, protection, read));
    TRY_VOID(co_await own_object(tables, call, bucket, acl_headers(input), object.head));
    TRY(object, co_await versions.put(place, std::move(object)));
    TRY_VOID(co_await tell_created(parts_, tx, call, bucket, "ObjectCreated:Copy", input.key, object));
    co_return std::move(object);
  };
  TRY(const ObjectRecord object, co_await parts_.store.transact(write));
  api::s3::CopyObjectResult result{.e_tag = quoted(object.etag), .last_modified = object.modified};
  set_checksum(result, *object.checksum);
  result.checksum_type = type_of(*object.checksum);
  api::s3::CopyObjectOutput output{.copy_object_result = std::move(result)};
  describe_encryption(object.encryption, plan.asked.customer, output);
  if (bucket.versioning == Versioning::kEnabled) output.version_id = object.version;
  TRY(output.expiration, co_await parts_.lifecycles.expiration(bucket.id, input.key, object));
  if (from.bucket.versioned()) output.copy_source_version_id = from.object.version;
  co_return std::move(output);
}

}  // namespace hearth::services::s3
