#include <algorithm>
#include <array>

#include "services/s3/arns.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"
#include "services/s3/objects.h"

namespace hearth::services::s3 {
namespace {

using Input = api::s3::GetObjectAttributesRequest;

std::vector<std::string> asked(const Input& input) {
  return input.object_attributes.value_or(std::vector<std::string>());
}
bool wants(const Input& input, std::string_view attribute) {
  return std::ranges::count(asked(input), attribute) > 0;
}

Status check_attributes(const Input& input) {
  constexpr std::array<std::string_view, 5> kKnown = {"ETag", "Checksum", "ObjectParts", "StorageClass",
                                                      "ObjectSize"};
  for (const std::string& attribute : asked(input)) {
    if (std::ranges::find(kKnown, attribute) == kKnown.end()) {
      return fail(errors::invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes",
                                           attribute));
    }
  }
  if (asked(input).empty()) {
    return fail(
        errors::invalid_request("The x-amz-object-attributes header specifying the attributes to be "
                                "retrieved is either missing or empty"));
  }
  return {};
}

// The list itself is told only where the parts have checksums that the whole's is made of.
Async<api::s3::GetObjectAttributesParts> parts_of(Bodies& bodies, Tables& tables, ObjectRecord object,
                                                  const Input& input) {
  api::s3::GetObjectAttributesParts parts{.total_parts_count = static_cast<int32_t>(object.parts)};
  if (!object.checksum || object.checksum->composite == 0) co_return std::move(parts);
  const int32_t marker = input.part_number_marker.value_or(0);
  const int32_t parts_max = std::min(input.max_parts.value_or(limits::kPageMax), limits::kPageMax);
  TRY(const PartList list, co_await bodies.parts(tables.tx, object.body));
  parts.part_number_marker = marker;
  parts.next_part_number_marker = 0;
  parts.max_parts = parts_max;
  parts.is_truncated = false;
  parts.parts.emplace();
  for (const Piece& piece : list.pieces) {
    if (piece.number <= marker) continue;
    if (std::cmp_equal(parts.parts->size(), parts_max)) {
      parts.is_truncated = true;
      break;
    }
    api::s3::ObjectPart part{.part_number = static_cast<int32_t>(piece.number),
                             .size = static_cast<int64_t>(piece.body.size_bytes)};
    if (piece.checksum) set_checksum(part, *piece.checksum);
    parts.next_part_number_marker = part.part_number;
    parts.parts->push_back(std::move(part));
  }
  co_return std::move(parts);
}

}  // namespace

Async<api::s3::GetObjectAttributesOutput> Objects::attributes(const wire::Call& call, Input input) {
  TRY_VOID(check_attributes(input));
  // Both rights are needed; the other one has been asked for.
  const char* action = input.version_id ? "s3:GetObjectVersion" : "s3:GetObject";
  TRY_VOID(co_await parts_.authorizer.authorize(call, {.action = action,
                                                       .resource = object_arn(input.bucket, input.key),
                                                       .conditions = version_condition(input.version_id)}));
  auto body = [&](store::Transaction& tx) -> Async<api::s3::GetObjectAttributesOutput> {
    Tables tables(tx);
    TRY(const FoundObject found, co_await find_object(parts_, tables, call,
                                                      {.bucket = input.bucket,
                                                       .key = input.key,
                                                       .version = input.version_id,
                                                       .expected_owner = input.expected_bucket_owner}));
    const ObjectRecord& object = found.object;
    TRY(const auto customer_key, parts_.encryption.customer_key(input, call));
    TRY_VOID(parts_.encryption.open(object.encryption, customer_key));
    api::s3::GetObjectAttributesOutput output{.last_modified = object.modified};
    if (found.bucket.versioned()) output.version_id = object.version;
    if (wants(input, "ETag")) output.e_tag = object.etag;
    if (wants(input, "ObjectSize")) output.object_size = static_cast<int64_t>(object.body.size_bytes);
    if (wants(input, "StorageClass")) {
      output.storage_class = shown_class(object.head);
    }
    if (wants(input, "Checksum") && object.checksum) {
      Checksum bare = *object.checksum;
      bare.composite = 0;  // how many parts it is of is told by themselves
      output.checksum.emplace();
      set_checksum(*output.checksum, bare);
      output.checksum->checksum_type = type_of(*object.checksum);
    }
    if (wants(input, "ObjectParts") && object.parts > 0) {
      TRY(output.object_parts, co_await parts_of(parts_.bodies, tables, object, input));
    }
    co_return std::move(output);
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::s3
