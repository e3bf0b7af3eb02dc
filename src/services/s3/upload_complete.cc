#include "services/s3/limits.h"
#include "services/s3/object_head.h"
#include "services/s3/objects.h"
#include "services/s3/preconditions.h"
#include "services/s3/upload_records.h"

namespace hearth::services::s3 {
namespace {

using Listed = std::vector<api::s3::CompletedPart>;

Error invalid_part(const api::s3::CompletedPart& listed, const std::string& upload_id) {
  return {
      .code = "InvalidPart",
      .message =
          "One or more of the specified parts could not be found.  The part may not have been uploaded, or "
          "the specified entity tag may not match the part's entity tag.",
      .extra = {{"UploadId", upload_id},
                {"PartNumber", std::to_string(listed.part_number.value_or(0))},
                {"ETag", unquoted(listed.e_tag.value_or(""))}},
      .status = 400};
}

Error too_small(const api::s3::CompletedPart& listed, const PartRecord& part) {
  return {.code = "EntityTooSmall",
          .message = "Your proposed upload is smaller than the minimum allowed size",
          .extra = {{"ProposedSize", std::to_string(part.body.size_bytes)},
                    {"MinSizeAllowed", std::to_string(limits::kPartBytesMin)},
                    {"PartNumber", std::to_string(listed.part_number.value_or(0))},
                    {"ETag", hex_encode(part.etag)}},
          .status = 400};
}

Status check_list(const Listed& listed, const std::string& upload_id) {
  if (listed.empty()) return fail(errors::invalid_request("You must specify at least one part"));
  int32_t before = 0;
  for (const auto& part : listed) {
    if (!part.part_number || !part.e_tag) return fail(errors::malformed_xml());
    TRY_SYNC_VOID(check_part_number(*part.part_number));
    if (*part.part_number <= before) {
      return fail(Error{
          .code = "InvalidPartOrder",
          .message = "The list of parts was not in ascending order. Parts must be ordered by part number.",
          .extra = {{"UploadId", upload_id}},
          .status = 400});
    }
    before = *part.part_number;
  }
  return {};
}

// What the client says of a part's checksum; it must where the whole's is made of them.
Status check_part_checksum(const api::s3::CompletedPart& listed, const PartRecord& part,
                           const UploadRecord& upload) {
  TRY_SYNC(const auto given, given_checksum(listed));
  if (!given) {
    if (!upload.checksum || upload.full_object) return {};
    return fail(errors::invalid_request(
        "The upload was created using a " + to_lower(name_of(*upload.checksum)) +
        " checksum. The complete request must include the checksum for each part. It was missing for part " +
        std::to_string(*listed.part_number) + " in the request."));
  }
  const auto is_given = [&given](const std::optional<Checksum>& one) {
    return one && given->kind == one->kind && given->text == text_of(*one);
  };
  if (!is_given(part.checksum) && !is_given(part.claimed)) return fail(invalid_part(listed, upload.id));
  return {};
}

std::optional<Checksum> checksum_of(const UploadRecord& upload, const std::vector<PartRecord>& parts) {
  const ChecksumKind kind = upload.checksum.value_or(ChecksumKind::kCrc64Nvme);
  std::vector<PartChecksum> values;
  for (const PartRecord& part : parts) {
    if (!part.checksum || part.checksum->kind != kind) return std::nullopt;
    values.push_back({.value = part.checksum->value, .size_bytes = part.body.size_bytes});
  }
  return upload.full_object ? combined_of(kind, values) : composite_of(kind, values);
}

// The value of a whole one says behind it of how many parts it is.
Status check_checksum_form(const GivenChecksum& given, const UploadRecord& upload) {
  GivenChecksum plain = given;
  if (!upload.full_object) plain.text.resize(std::min(plain.text.size(), plain.text.find('-')));
  TRY_SYNC_VOID(parse_checksum(plain));
  return {};
}

Status check_whole(const api::s3::CompleteMultipartUploadRequest& input, const UploadRecord& upload,
                   const ObjectRecord& object) {
  if (input.checksum_type) {
    std::string type = "null";  // nobody chose one
    if (upload.checksum) type = upload.full_object ? "FULL_OBJECT" : "COMPOSITE";
    if (*input.checksum_type != type) {
      return fail(
          errors::invalid_request("The upload was created using the " + type +
                                  " checksum mode. The complete request must use the same checksum mode."));
    }
  }
  TRY_SYNC(const auto given, given_checksum(input));
  if (given) TRY_SYNC_VOID(check_checksum_form(*given, upload));
  const bool wrong = given && object.checksum && given->kind == object.checksum->kind &&
                     given->text != text_of(*object.checksum);
  if (wrong) {
    return fail(Error{.code = "BadDigest",
                      .message = "The " + to_lower(name_of(given->kind)) +
                                 " you specified did not match the calculated checksum.",
                      .status = 400});
  }
  if (input.mpu_object_size.value_or(0) < 0) {
    return fail(errors::invalid_request("Value for x-amz-mp-object-size header is invalid."));
  }
  if (input.mpu_object_size && static_cast<uint64_t>(*input.mpu_object_size) != object.body.size_bytes) {
    return fail(errors::invalid_request(
        "The provided 'x-amz-mp-object-size' header value " + std::to_string(*input.mpu_object_size) +
        " does not match what was computed: " + std::to_string(object.body.size_bytes)));
  }
  return {};
}

struct Taken {
  std::vector<PartRecord> parts;
  PartList list;
  std::string etag;
};

Async<Taken> take_parts(Tables& tables, const UploadRecord& upload, const Listed& listed) {
  Taken taken;
  Digest md5(DigestKind::kMd5);
  for (const auto& one : listed) {
    TRY(auto part, co_await tables.parts.get(store::Key(upload.id, *one.part_number)));
    if (!part || !is_etag(*one.e_tag, hex_encode(part->etag))) co_return invalid_part(one, upload.id);
    TRY_VOID(check_part_checksum(one, *part, upload));
    const bool last = &one == &listed.back();
    if (!last && part->body.size_bytes < limits::kPartBytesMin) co_return too_small(one, *part);
    md5.update(part->etag);
    taken.list.pieces.push_back({.body = part->body, .number = *one.part_number, .checksum = part->checksum});
    taken.parts.push_back(*std::move(part));
  }
  taken.etag = hex_encode(md5.finish()) + "-" + std::to_string(listed.size());
  co_return std::move(taken);
}

// With a condition, whoever wrote or deleted the key meanwhile has won.
Async<void> check_conditions(Versions& versions, const Place& place, const WriteConditions& conditions,
                             const UploadRecord& upload) {
  if (!conditions.match && !conditions.none_match) co_return {};
  TRY(const auto current, co_await versions.current(place));
  TRY_VOID(check_write(conditions, current ? &*current : nullptr, place.key));
  TRY(const auto newest, co_await versions.newest(place));
  if ((newest ? newest->sequence : 0) == upload.sequence) co_return {};
  co_return Error{
      .code = "ConditionalRequestConflict",
      .message =
          "The conditional request cannot succeed due to a conflicting operation against this "
          "resource.",
      .extra = {{"Condition", conditions.match ? "If-Match" : "If-None-Match"}, {"Key", place.key}},
      .status = 409};
}

// What the upload has become, for who completes it once more in the same way: the answer may have been lost.
Async<std::optional<ObjectRecord>> made_before(Versions& versions, const Place& place, std::string upload_id,
                                               const Listed& listed) {
  TRY(auto current, co_await versions.current(place));
  if (!current || current->upload != upload_id) co_return std::nullopt;
  Digest md5(DigestKind::kMd5);
  for (const auto& one : listed) md5.update(hex_decode(unquoted(*one.e_tag)).value_or(std::string()));
  if (current->etag != hex_encode(md5.finish()) + "-" + std::to_string(listed.size())) co_return std::nullopt;
  co_return std::move(current);
}

// Where the call went: the bucket is in the host or in the path, as the caller had it.
std::string address_of(const wire::Call& call) {
  if (!call.request) return {};
  return (call.tls ? "https://" : "http://") + std::string(call.request->headers.get("host")) +
         std::string(call.request->raw_path());
}

}  // namespace

Async<api::s3::CompleteMultipartUploadOutput> Uploads::complete(
    const wire::Call& call, api::s3::CompleteMultipartUploadRequest input) {
  if (!input.multipart_upload) co_return errors::invalid_request("You must specify at least one part");
  const Listed listed = std::move(input.multipart_upload->parts).value_or(Listed());
  TRY_VOID(check_list(listed, input.upload_id));
  const WriteConditions conditions{.match = input.if_match, .none_match = input.if_none_match};
  TRY_VOID(check_form(conditions));
  TRY(const auto customer_key, parts_.encryption.customer_key(input, call));
  BucketRecord bucket;
  bool told = false;  // whether the checksum is one that the client chose
  auto body = [&](store::Transaction& tx) -> Async<ObjectRecord> {
    Tables tables(tx);
    Versions versions(tables, parts_.bodies, parts_.clock, parts_.random);
    TRY(bucket, co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    const Place place{.bucket = bucket, .key = input.key};
    auto under_way = co_await find_upload(tables, call, input);
    if (!under_way && under_way.error().code == "NoSuchUpload" && !conditions.match &&
        !conditions.none_match) {
      TRY(auto made, co_await made_before(versions, place, input.upload_id, listed));
      told = made && made->checksum;
      if (made) co_return *std::move(made);
    }
    TRY(const FoundUpload found, std::move(under_way));
    // Their headers are not needed here, but wrong ones are told of.
    if (customer_key) TRY_VOID(parts_.encryption.continued(found.upload.encryption, customer_key));
    TRY(Taken taken, co_await take_parts(tables, found.upload, listed));
    TRY_VOID(co_await check_conditions(versions, place, conditions, found.upload));
    ObjectRecord object{.modified = found.upload.initiated,
                        .etag = taken.etag,
                        .checksum = checksum_of(found.upload, taken.parts),
                        .parts = static_cast<int64_t>(listed.size()),
                        .head = found.upload.head,
                        .encryption = found.upload.encryption,
                        .opaque_etag = hides_md5(found.upload.encryption),
                        .upload = input.upload_id};
    std::vector<BodyRef> kept;
    for (const Piece& piece : taken.list.pieces) kept.push_back(piece.body);
    object.body = parts_.bodies.join(tx, std::move(taken.list));
    TRY_VOID(check_whole(input, found.upload, object));
    TRY_VOID(co_await end_upload(tables, parts_.bodies,
                                 store::Key(found.bucket.id, input.key, input.upload_id), input.upload_id,
                                 kept));
    told = object.checksum.has_value();
    TRY(object, co_await versions.put(place, std::move(object)));
    TRY_VOID(co_await tell_created(parts_, tx, call, found.bucket, "ObjectCreated:CompleteMultipartUpload",
                                   input.key, object));
    co_return std::move(object);
  };
  TRY(const ObjectRecord object, co_await parts_.store.transact(body));
  api::s3::CompleteMultipartUploadOutput output{
      .location = address_of(call), .bucket = input.bucket, .key = input.key, .e_tag = quoted(object.etag)};
  describe_encryption(object.encryption, std::nullopt, output);
  if (told) {
    set_checksum(output, *object.checksum);
    output.checksum_type = type_of(*object.checksum);
  }
  if (bucket.versioning == Versioning::kEnabled) output.version_id = object.version;
  TRY(output.expiration, co_await parts_.lifecycles.expiration(bucket.id, input.key, object));
  co_return std::move(output);
}

}  // namespace hearth::services::s3
