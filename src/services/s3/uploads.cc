#include "services/s3/uploads.h"

#include <algorithm>

#include "services/s3/acls.h"
#include "services/s3/body_claims.h"
#include "services/s3/limits.h"
#include "services/s3/names.h"
#include "services/s3/object_head.h"
#include "services/s3/upload_records.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kUploadChanceDigits = 32;

struct ChecksumChoice {
  std::optional<ChecksumKind> kind;
  bool full_object = false;
};

// The algorithm and its type; each algorithm has a usual one, and some know no other.
Result<ChecksumChoice> choose_checksum(const api::s3::CreateMultipartUploadRequest& input) {
  ChecksumChoice choice;
  if (!input.checksum_algorithm) {
    if (input.checksum_type) {
      return fail(errors::invalid_request(
          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."));
    }
    choice.full_object = true;
    return choice;
  }
  choice.kind = parse_checksum_kind(*input.checksum_algorithm);
  if (!choice.kind) return fail(unknown_checksum());
  const bool only_whole = *choice.kind == ChecksumKind::kCrc64Nvme;
  choice.full_object = only_whole;
  if (!input.checksum_type) return choice;
  if (*input.checksum_type != "FULL_OBJECT" && *input.checksum_type != "COMPOSITE") {
    return fail(errors::invalid_request("Value for x-amz-checksum-type header is invalid."));
  }
  choice.full_object = *input.checksum_type == "FULL_OBJECT";
  const bool possible = choice.full_object ? is_linear(*choice.kind) : !only_whole;
  if (possible) return choice;
  return fail(errors::invalid_request("The " + *input.checksum_type +
                                      " checksum type cannot be used with the " +
                                      to_lower(name_of(*choice.kind)) + " checksum algorithm."));
}

// A checksum made of those of the parts needs each; one of the whole needs none.
Status check_part_checksum(const UploadRecord& upload, const BodyClaims& claims) {
  if (!upload.checksum || upload.checksum == claims.kind) return {};
  if (!claims.kind && upload.full_object) return {};
  return fail(errors::invalid_request(
      "Checksum Type mismatch occurred, expected checksum Type: " + to_lower(name_of(*upload.checksum)) +
      ", actual checksum Type: " + (claims.kind ? to_lower(name_of(*claims.kind)) : "null")));
}

}  // namespace

Status check_part_number(int32_t number) {
  if (number >= 1 && number <= limits::kPartsMax) return {};
  return fail(errors::invalid_argument("Part number must be an integer between 1 and 10000, inclusive",
                                       "partNumber", std::to_string(number)));
}

bool is_upload_id(std::string_view text) {
  const auto is_hex_digit = [](unsigned char c) { return std::isxdigit(c) != 0; };
  return text.size() > kUploadChanceDigits && std::ranges::all_of(text, is_hex_digit);
}

Async<void> end_upload(Tables& tables, Bodies& bodies, store::Key in_table, std::string upload_id,
                       const std::vector<BodyRef>& kept) {
  const auto is_kept = [&kept](const BodyRef& body) {
    return std::ranges::any_of(kept, [&body](const BodyRef& one) { return one.id == body.id; });
  };
  TRY(const auto parts, co_await tables.parts.all(store::Key(upload_id)));
  for (const auto& part : parts) {
    if (!is_kept(part.record.body)) TRY_VOID(co_await bodies.drop(tables.tx, part.record.body));
  }
  tables.parts.erase_under(store::Key(upload_id));
  tables.uploads.erase(in_table);
  co_return {};
}

void Uploads::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::CreateMultipartUpload>(*this, &Uploads::create);
  router.on<ops::UploadPart>(*this, &Uploads::put_part);
  router.on<ops::UploadPartCopy>(*this, &Uploads::copy_part);
  router.on<ops::CompleteMultipartUpload>(*this, &Uploads::complete);
  router.on<ops::AbortMultipartUpload>(*this, &Uploads::abort);
  router.on<ops::ListParts>(*this, &Uploads::list_parts);
  router.on<ops::ListMultipartUploads>(*this, &Uploads::list);
}

Async<api::s3::CreateMultipartUploadOutput> Uploads::create(const wire::Call& call,
                                                            api::s3::CreateMultipartUploadRequest input) {
  TRY_VOID(check_key(input.key));
  TRY_VOID(check_unsupported(input));
  TRY(const ChecksumChoice checksum, choose_checksum(input));
  UploadRecord upload{.initiated = parts_.clock.now(),
                      .initiator = call.identity.arn,
                      .checksum = checksum.kind,
                      .full_object = checksum.full_object};
  TRY(upload.head, head_of(input));
  TRY(const EncryptionRequest asked, parts_.encryption.asked_by(input, call));
  // Ids sort by time, and so do listings.
  const auto microseconds = upload.initiated.time_since_epoch().count();
  upload.id = std::to_string(microseconds) + parts_.random.hex(kUploadChanceDigits);
  std::string bucket_id;
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    bucket_id = bucket.id;
    TRY_VOID(check_lock(bucket, upload.head.lock, upload.initiated));
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    TRY(const auto newest, co_await versions.newest({.bucket = bucket, .key = input.key}));
    upload.sequence = newest ? newest->sequence : 0;
    TRY_VOID(co_await own_object(tables, call, bucket, acl_headers(input), upload.head));
    TRY(const Protection protection, co_await parts_.encryption.choose(tables, bucket, asked));
    upload.encryption = protection.encryption;
    tables.uploads.put(store::Key(bucket.id, input.key, upload.id), upload);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  api::s3::CreateMultipartUploadOutput output{
      .bucket = input.bucket, .key = input.key, .upload_id = upload.id};
  describe_checksum(upload, output);
  describe_encryption(upload.encryption, asked.customer, output);
  TRY_VOID(co_await describe_abort(parts_.lifecycles, std::move(bucket_id), input.key, upload, output));
  co_return std::move(output);
}

Async<api::s3::UploadPartOutput> Uploads::put_part(const wire::Call& call, api::s3::UploadPartRequest input) {
  TRY_VOID(check_part_number(input.part_number));
  TRY(const auto customer_key, parts_.encryption.customer_key(input, call));
  TRY(const BodyClaims claims, claims_of(input, call));
  auto look = [&](store::Transaction& tx) -> Async<UploadRecord> {
    Tables tables(tx);
    TRY(FoundUpload found, co_await find_upload(tables, call, input));
    co_return std::move(found.upload);
  };
  TRY(const UploadRecord upload, co_await parts_.store.read(look));
  TRY_VOID(check_part_checksum(upload, claims));
  TRY(Protection protection, parts_.encryption.continued(upload.encryption, customer_key));
  TRY(const ClaimedBody received,
      co_await receive_claimed(parts_.bodies, input.body, claims,
                               upload.checksum.value_or(ChecksumKind::kCrc64Nvme), std::move(protection)));
  TRY_VOID(co_await keep_part(call, input, received, parts_.clock.now()));
  api::s3::UploadPartOutput output{.e_tag = quoted(hex_encode(received.body.etag()))};
  describe_encryption(upload.encryption, customer_key, output);
  if (received.claimed) {
    set_checksum(output, *received.claimed);
  } else if (upload.checksum) {
    set_checksum(output, received.body.checksum());
  }
  co_return std::move(output);
}

Async<api::s3::AbortMultipartUploadOutput> Uploads::abort(const wire::Call& call,
                                                          api::s3::AbortMultipartUploadRequest input) {
  if (input.if_match_initiated_time) {
    co_return errors::header_not_implemented("x-amz-if-match-initiated-time", "Only directory buckets do.");
  }
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY(const FoundUpload found, co_await find_upload(tables, call, input));
    co_return co_await end_upload(
        tables, parts_.bodies, store::Key(found.bucket.id, input.key, input.upload_id), input.upload_id, {});
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::s3::AbortMultipartUploadOutput{};
}

}  // namespace hearth::services::s3
