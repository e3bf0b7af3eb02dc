#include "services/s3/acls.h"
#include "services/s3/body_claims.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/names.h"
#include "services/s3/object_head.h"
#include "services/s3/object_locks.h"
#include "services/s3/objects.h"

namespace hearth::services::s3 {
namespace {

Status check_put(const api::s3::PutObjectRequest& input) {
  TRY_SYNC_VOID(check_key(input.key));
  TRY_SYNC_VOID(check_unsupported(input));
  if (input.write_offset_bytes) {
    return fail(errors::header_not_implemented("x-amz-write-offset-bytes", "Only directory buckets append."));
  }
  return {};
}

// Conditions of deletes that only directory buckets know.
Status check_delete_form(bool by_time, bool by_size) {
  constexpr std::string_view kWhy = "Only directory buckets do.";
  if (by_time) {
    return fail(errors::header_not_implemented("x-amz-if-match-last-modified-time", std::string(kWhy)));
  }
  if (by_size) return fail(errors::header_not_implemented("x-amz-if-match-size", std::string(kWhy)));
  return {};
}

Status check_no_mfa(const std::optional<std::string>& mfa) {
  if (!mfa) return {};
  return fail(errors::header_not_implemented("x-amz-mfa", "Nobody has MFA devices here."));
}

// The bypass of a lock, where nothing is locked.
Status check_bypass(const BucketRecord& bucket, const std::optional<bool>& bypass) {
  if (bucket.object_lock || !bypass.value_or(false)) return {};
  return fail(
      errors::invalid_argument("x-amz-bypass-governance-retention is only applicable to Object Lock enabled "
                               "buckets.",
                               "x-amz-bypass-governance-retention"));
}

Status check_delete_conditions(const std::optional<std::string>& match,
                               const std::optional<ObjectRecord>& object, const std::string& key) {
  if (!match) return {};
  if (!object || object->marker) return fail(errors::no_such_key(key));
  if (*match == "*" || is_etag(*match, object->etag)) return {};
  return fail(errors::precondition_failed("If-Match"));
}

struct Removal {
  std::string key;
  std::optional<std::string> version;
  std::optional<std::string> match;
  Bypass bypass = Bypass::kNothing;
};

// What is kept for long is sent with its digest.
Status check_locked_body(const LockRecord& lock, const BodyClaims& claims) {
  if (lock == LockRecord() || !claims.md5.empty() || claims.kind) return {};
  return fail(errors::invalid_request(
      "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock "
      "parameters"));
}

// The version that is gone, or the marker that is there now.
Async<void> tell_removed(const Parts& parts, store::Transaction& tx, const wire::Call& call,
                         const BucketRecord& bucket, std::string key, Versions::Deleted deleted,
                         bool made_marker) {
  if (!deleted.removed) co_return {};
  co_return co_await parts.notifications.tell(
      tx, call, bucket,
      {.name = made_marker ? "ObjectRemoved:DeleteMarkerCreated" : "ObjectRemoved:Delete",
       .key = std::move(key),
       .version = bucket.versioned() ? deleted.version : "",
       .sequence = deleted.sequence});
}

Async<Versions::Deleted> remove_one(const Parts& parts, Tables& tables, const wire::Call& call,
                                    BucketRecord bucket, Removal removal) {
  Versions versions(tables, parts.bodies, parts.clock, parts.random);
  const Place place{.bucket = bucket, .key = removal.key};
  if (removal.match) {
    std::optional<ObjectRecord> object;
    if (removal.version) {
      TRY(object, co_await versions.find(place, *removal.version));
    } else {
      TRY(object, co_await versions.current(place));
    }
    TRY_VOID(check_delete_conditions(removal.match, object, removal.key));
  }
  if (!removal.version) {
    TRY(Versions::Deleted deleted, co_await versions.remove(place));
    TRY_VOID(co_await tell_removed(parts, tables.tx, call, bucket, removal.key, deleted, deleted.marker));
    co_return std::move(deleted);
  }
  TRY_VOID(check_version(bucket, *removal.version));
  TRY(Versions::Deleted deleted, co_await versions.remove(place, *removal.version, removal.bypass));
  TRY_VOID(co_await tell_removed(parts, tables.tx, call, bucket, removal.key, deleted, false));
  co_return std::move(deleted);
}

}  // namespace

Async<void> tell_created(const Parts& parts, store::Transaction& tx, const wire::Call& call,
                         const BucketRecord& bucket, std::string_view event, std::string key,
                         const ObjectRecord& object) {
  co_return co_await parts.notifications.tell(tx, call, bucket,
                                              {.name = event,
                                               .key = std::move(key),
                                               .object = &object,
                                               .version = bucket.versioned() ? object.version : "",
                                               .sequence = object.sequence});
}

void Objects::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::PutObject>(*this, &Objects::put);
  router.on<ops::GetObject>(*this, &Objects::get);
  router.on<ops::HeadObject>(*this, &Objects::head);
  router.on<ops::GetObjectAttributes>(*this, &Objects::attributes);
  router.on<ops::DeleteObject>(*this, &Objects::remove);
  router.on<ops::DeleteObjects>(*this, &Objects::remove_many);
}

Async<api::s3::PutObjectOutput> Objects::put(const wire::Call& call, api::s3::PutObjectRequest input) {
  TRY_VOID(check_put(input));
  const WriteConditions conditions{.match = input.if_match, .none_match = input.if_none_match};
  TRY_VOID(check_form(conditions));
  TRY(const BodyClaims claims, claims_of(input, call));
  TRY(ObjectHead head, head_of(input));
  TRY_VOID(check_locked_body(head.lock, claims));
  TRY(const EncryptionRequest asked, parts_.encryption.asked_by(input, call));
  // Once before the bytes are taken, once more with them: a large upload that cannot succeed is not begun.
  auto check = [&](Tables& tables) -> Async<BucketRecord> {
    TRY(BucketRecord bucket, co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    TRY_VOID(check_lock(bucket, head.lock, parts_.clock.now()));
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    TRY(const auto current, co_await versions.current({.bucket = bucket, .key = input.key}));
    TRY_VOID(check_write(conditions, current ? &*current : nullptr, input.key));
    TRY_VOID(co_await own_object(tables, call, bucket, acl_headers(input), head));
    co_return std::move(bucket);
  };
  auto early = [&](store::Transaction& tx) -> Async<Protection> {
    Tables tables(tx);
    TRY(const BucketRecord bucket, co_await check(tables));
    co_return co_await parts_.encryption.choose(tables, bucket, asked);
  };
  TRY(const Protection protection, co_await parts_.store.read(early));
  const ChecksumKind kept = claims.kind.value_or(ChecksumKind::kCrc64Nvme);
  TRY(const ClaimedBody claimed,
      co_await receive_claimed(parts_.bodies, input.body, claims, kept, protection));
  const ReceivedBody& received = claimed.body;

  BucketRecord bucket;
  auto write = [&](store::Transaction& tx) -> Async<ObjectRecord> {
    Tables tables(tx);
    TRY(bucket, co_await check(tables));
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    TRY(ObjectRecord object, co_await versions.put({.bucket = bucket, .key = input.key},
                                                   {.modified = parts_.clock.now(),
                                                    .etag = hex_encode(received.etag()),
                                                    .checksum = received.checksum(),
                                                    .body = parts_.bodies.attach(tx, received),
                                                    .head = head,
                                                    .encryption = protection.encryption,
                                                    .opaque_etag = hides_md5(protection.encryption)}));
    const std::string_view event = is_form(call) ? "ObjectCreated:Post" : "ObjectCreated:Put";
    TRY_VOID(co_await tell_created(parts_, tx, call, bucket, event, input.key, object));
    co_return std::move(object);
  };
  TRY(const ObjectRecord object, co_await parts_.store.transact(write));
  api::s3::PutObjectOutput output{.e_tag = quoted(object.etag)};
  set_checksum(output, *object.checksum);
  output.checksum_type = type_of(*object.checksum);
  describe_encryption(object.encryption, asked.customer, output);
  if (bucket.versioning == Versioning::kEnabled) output.version_id = object.version;
  TRY(output.expiration, co_await parts_.lifecycles.expiration(bucket.id, input.key, object));
  co_return std::move(output);
}

Async<api::s3::DeleteObjectOutput> Objects::remove(const wire::Call& call,
                                                   api::s3::DeleteObjectRequest input) {
  TRY_VOID(check_key(input.key));
  TRY_VOID(check_delete_form(input.if_match_last_modified_time.has_value(), input.if_match_size.has_value()));
  TRY_VOID(check_no_mfa(input.mfa));
  TRY(const Bypass bypass,
      co_await bypass_of(parts_, call, input.bucket, input.key, input.bypass_governance_retention));
  auto body = [&](store::Transaction& tx) -> Async<Versions::Deleted> {
    Tables tables(tx);
    TRY(BucketRecord bucket, co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    TRY_VOID(check_bypass(bucket, input.bypass_governance_retention));
    co_return co_await remove_one(
        parts_, tables, call, std::move(bucket),
        {.key = input.key, .version = input.version_id, .match = input.if_match, .bypass = bypass});
  };
  TRY(const Versions::Deleted deleted, co_await parts_.store.transact(body));
  api::s3::DeleteObjectOutput output;
  if (!deleted.version.empty()) output.version_id = deleted.version;
  if (deleted.marker) output.delete_marker = true;
  co_return std::move(output);
}

namespace {

// One key of many: what comes of it is told in the answer, whatever it is.
struct ManyResult {
  std::vector<api::s3::DeletedObject> deleted;
  std::vector<api::s3::Error> errors;
};

api::s3::Error told(const api::s3::ObjectIdentifier& object, const Error& error) {
  return {.key = object.key, .version_id = object.version_id, .code = error.code, .message = error.message};
}

api::s3::DeletedObject told(const api::s3::ObjectIdentifier& object, const Versions::Deleted& deleted) {
  api::s3::DeletedObject answer{.key = object.key, .version_id = object.version_id};
  if (deleted.marker) {
    answer.delete_marker = true;
    answer.delete_marker_version_id = deleted.version;
  }
  return answer;
}

}  // namespace

Async<api::s3::DeleteObjectsOutput> Objects::remove_many(const wire::Call& call,
                                                         api::s3::DeleteObjectsRequest input) {
  const std::vector<api::s3::ObjectIdentifier>& objects = input.delete_.objects;
  if (objects.empty() || objects.size() > limits::kDeleteMax) co_return errors::malformed_xml();
  TRY_VOID(check_no_mfa(input.mfa));
  for (const auto& object : objects) {
    TRY_VOID(check_delete_form(object.last_modified_time.has_value(), object.size.has_value()));
  }
  auto find = [&](store::Transaction& tx) -> Async<BucketRecord> {
    Tables tables(tx);
    co_return co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner);
  };
  TRY(const BucketRecord bucket, co_await parts_.store.read(find));
  TRY_VOID(check_bypass(bucket, input.bypass_governance_retention));
  // Which keys the caller may delete, and past which locks.
  std::vector<bool> allowed;
  std::vector<Bypass> bypasses;
  for (const auto& object : objects) {
    const char* action = object.version_id ? "s3:DeleteObjectVersion" : "s3:DeleteObject";
    TRY(const bool is_allowed, co_await may(parts_, call, action, bucket.arn() + "/" + object.key));
    allowed.push_back(is_allowed);
    TRY(const Bypass bypass,
        co_await bypass_of(parts_, call, input.bucket, object.key, input.bypass_governance_retention));
    bypasses.push_back(bypass);
  }
  auto body = [&](store::Transaction& tx) -> Async<ManyResult> {
    Tables tables(tx);
    TRY(const BucketRecord now,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    ManyResult result;
    for (size_t i = 0; i < objects.size(); ++i) {
      const auto& object = objects[i];
      if (!allowed[i]) {
        result.errors.push_back(told(object, errors::access_denied()));
        continue;
      }
      auto deleted = co_await remove_one(
          parts_, tables, call, now,
          {.key = object.key, .version = object.version_id, .match = object.e_tag, .bypass = bypasses[i]});
      if (deleted) {
        result.deleted.push_back(told(object, *deleted));
      } else if (deleted.error().status == 0) {
        co_return deleted.error();  // the store's
      } else {
        Error error = deleted.error();
        if (error.code == "InvalidArgument") error = errors::no_such_version(object.key, *object.version_id);
        result.errors.push_back(told(object, error));
      }
    }
    co_return std::move(result);
  };
  TRY(ManyResult result, co_await parts_.store.transact(body));
  api::s3::DeleteObjectsOutput output;
  if (!result.errors.empty()) output.errors = std::move(result.errors);
  const bool quiet = input.delete_.quiet.value_or(false);
  if (!quiet && !result.deleted.empty()) output.deleted = std::move(result.deleted);
  co_return std::move(output);
}

}  // namespace hearth::services::s3
