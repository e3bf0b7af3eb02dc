#include <charconv>

#include "services/s3/archive.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/names.h"
#include "services/s3/object_head.h"
#include "services/s3/object_locks.h"
#include "services/s3/objects.h"
#include "services/s3/range.h"

namespace hearth::services::s3 {
namespace {

constexpr int kPartialContent = 206;

template <typename Input>
ObjectName name_of(Input& input) {
  return {.bucket = input.bucket,
          .key = input.key,
          .version = input.version_id,
          .expected_owner = input.expected_bucket_owner};
}

template <typename Input>
ReadConditions conditions_of(const Input& input) {
  return {.match = input.if_match,
          .none_match = input.if_none_match,
          .modified_since = input.if_modified_since,
          .unmodified_since = input.if_unmodified_since};
}

void tell_marker(const wire::Call& call, const ObjectRecord& marker) {
  if (!call.response_headers) return;
  call.response_headers->set("x-amz-delete-marker", "true");
  call.response_headers->set("x-amz-version-id", marker.version);
}

// What is read of an object, and how many parts it came in where one of them was asked for.
struct Selection {
  ByteRange range;
  bool partial = false;
  bool one_part = false;
  std::optional<Checksum> checksum;  // of the part
};

Error no_such_part(int32_t number, int64_t count) {
  return {
      .code = "InvalidPartNumber",
      .message = "The requested partnumber is not satisfiable",
      .extra = {{"PartNumberRequested", std::to_string(number)}, {"ActualPartCount", std::to_string(count)}},
      .status = 416};
}

Async<Selection> select_part(Bodies& bodies, Tables& tables, ObjectRecord object, int32_t number) {
  const uint64_t size_bytes = object.body.size_bytes;
  if (object.parts == 0) {
    if (number != 1) co_return no_such_part(number, 1);
    co_return Selection{.range = {.size_bytes = size_bytes}, .partial = size_bytes > 0, .one_part = true};
  }
  if (number > object.parts) co_return no_such_part(number, object.parts);
  TRY(const PartList list, co_await bodies.parts(tables.tx, object.body));
  Selection selection{.one_part = true};
  for (int32_t i = 0; i < number; ++i) {
    selection.range.offset += selection.range.size_bytes;
    selection.range.size_bytes = list.pieces[static_cast<size_t>(i)].body.size_bytes;
  }
  selection.partial = selection.range.size_bytes > 0;  // nothing is no range
  selection.checksum = list.pieces[static_cast<size_t>(number - 1)].checksum;
  co_return selection;
}

template <typename Input>
Async<Selection> select(Bodies& bodies, Tables& tables, const Input& input, ObjectRecord object) {
  const uint64_t size_bytes = object.body.size_bytes;
  if (input.part_number) {
    if (input.range) {
      co_return errors::invalid_request("Cannot specify both Range header and partNumber query parameter");
    }
    const int32_t number = *input.part_number;
    if (number < 1 || number > limits::kPartsMax) {
      co_return errors::invalid_argument("Part number must be an integer between 1 and 10000, inclusive",
                                         "partNumber", std::to_string(number));
    }
    co_return co_await select_part(bodies, tables, std::move(object), number);
  }
  Selection whole{.range = {.size_bytes = size_bytes}};
  if (!input.range) co_return whole;
  TRY(const auto range, parse_range(*input.range, size_bytes));
  if (!range) co_return whole;
  co_return Selection{.range = *range, .partial = true};
}

// What an answer says of itself is the signer's to choose.
template <typename Input>
Status check_overrides(const Input& input, const wire::Call& call) {
  const bool given = input.response_content_type || input.response_content_encoding ||
                     input.response_content_disposition || input.response_content_language ||
                     input.response_cache_control || input.response_expires;
  if (!given || !call.identity.anonymous) return {};
  return fail(errors::invalid_request(
      "Request specific response headers cannot be used for anonymous GET requests."));
}

template <typename Input, typename Output>
void override_headers(const Input& input, Output& output) {
  const auto set = [](std::optional<std::string>& member, const std::optional<std::string>& given) {
    if (given) member = *given;
  };
  set(output.content_type, input.response_content_type);
  set(output.content_encoding, input.response_content_encoding);
  set(output.content_disposition, input.response_content_disposition);
  set(output.content_language, input.response_content_language);
  set(output.cache_control, input.response_cache_control);
  set(output.expires, input.response_expires);
}

// What GetObject and HeadObject have in common, in one transaction that only reads.
template <typename Output, typename Input>
Async<Output> describe_selected(const Parts& parts, Tables& tables, const wire::Call& call,
                                const Input& input, FoundObject& found, Selection& selection,
                                Protection& protection) {
  TRY(const auto customer_key, parts.encryption.customer_key(input, call));
  ObjectName name = name_of(input);
  TRY(found, co_await find_object(parts, tables, call, std::move(name)));
  const ObjectRecord& object = found.object;
  TRY(protection, parts.encryption.open(object.encryption, customer_key));
  Output output;
  describe(object, found.bucket.versioned(), output);
  describe_encryption(object.encryption, customer_key, output);
  output.restore = restore_header(object, parts.clock.now());
  if (!input.version_id) {
    TRY(output.expiration, co_await parts.lifecycles.expiration(found.bucket.id, input.key, object));
  }
  TRY_VOID(co_await describe_lock(parts, call, object.head.lock, input.bucket + "/" + input.key, output));
  if (const Status held = check_read(conditions_of(input), object, parts.clock.now()); !held) {
    if (held.error().status == 304 && call.response_headers) {
      call.response_headers->set("ETag", quoted(object.etag));
      call.response_headers->set("Last-Modified", http_date(object.modified));
    }
    co_return held.error();
  }
  TRY(selection, co_await select(parts.bodies, tables, input, object));
  output.content_length = static_cast<int64_t>(selection.range.size_bytes);
  if (selection.partial) output.content_range = selection.range.content_range(object.body.size_bytes);
  if (selection.one_part && object.parts > 0) output.parts_count = static_cast<int32_t>(object.parts);
  const bool wants_checksum = input.checksum_mode && iequals(*input.checksum_mode, "ENABLED");
  const bool is_whole = selection.range.size_bytes == object.body.size_bytes;
  // Of a composite one each part has its own.
  const bool of_part = selection.checksum && object.checksum && object.checksum->composite > 0;
  if (wants_checksum && object.checksum && (of_part || is_whole)) {
    set_checksum(output, of_part ? *selection.checksum : *object.checksum);
    output.checksum_type = type_of(*object.checksum);
  }
  override_headers(input, output);
  co_return std::move(output);
}

}  // namespace

Async<FoundObject> find_object(const Parts& parts, Tables& tables, const wire::Call& call, ObjectName name) {
  TRY(BucketRecord bucket, co_await find_bucket(tables, call, name.bucket, name.expected_owner));
  TRY_VOID(check_key(name.key));
  Versions versions(tables, parts.bodies, parts.clock, parts.random);
  const Place place{.bucket = bucket, .key = name.key};
  if (name.version) {
    TRY_VOID(check_version(bucket, *name.version));
    TRY(auto version, co_await versions.find(place, *name.version));
    if (!version) co_return errors::no_such_version(std::move(name.key), *std::move(name.version));
    if (version->marker) {
      tell_marker(call, *version);
      if (call.response_headers) {
        call.response_headers->set("Allow", "DELETE");
        call.response_headers->set("Last-Modified", http_date(version->modified));
      }
      co_return errors::marker_not_allowed(call.request ? call.request->method : "GET");
    }
    co_return FoundObject{.bucket = std::move(bucket), .object = *std::move(version)};
  }
  TRY(auto newest, co_await versions.newest(place));
  if (newest && !newest->marker) {
    co_return FoundObject{.bucket = std::move(bucket), .object = *std::move(newest)};
  }
  // Who may not list is not told what there is.
  TRY(const bool may_list, co_await may(parts, call, "s3:ListBucket", bucket.arn()));
  if (!may_list) co_return errors::access_denied();
  if (newest) tell_marker(call, *newest);
  co_return errors::no_such_key(std::move(name.key));
}

Async<api::s3::GetObjectOutput> Objects::get(const wire::Call& call, api::s3::GetObjectRequest input) {
  TRY_VOID(check_overrides(input, call));
  auto body = [&](store::Transaction& tx) -> Async<api::s3::GetObjectOutput> {
    Tables tables(tx);
    FoundObject found;
    Selection selection;
    Protection protection;
    TRY(auto output, co_await describe_selected<api::s3::GetObjectOutput>(parts_, tables, call, input, found,
                                                                          selection, protection));
    TRY_VOID(check_at_hand(found.object, parts_.clock.now()));
    TRY(output.body, co_await parts_.bodies.open(tx, {.body = found.object.body,
                                                      .protection = std::move(protection),
                                                      .offset = selection.range.offset,
                                                      .size_bytes = selection.range.size_bytes,
                                                      .name = found.name(input.key)}));
    if (selection.partial) output.status_code = kPartialContent;
    co_return std::move(output);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::s3::HeadObjectOutput> Objects::head(const wire::Call& call, api::s3::HeadObjectRequest input) {
  TRY_VOID(check_overrides(input, call));
  auto body = [&](store::Transaction& tx) -> Async<api::s3::HeadObjectOutput> {
    Tables tables(tx);
    FoundObject found;
    Selection selection;
    Protection protection;
    TRY(auto output, co_await describe_selected<api::s3::HeadObjectOutput>(parts_, tables, call, input, found,
                                                                           selection, protection));
    if (selection.partial) output.status_code = kPartialContent;
    co_return std::move(output);
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::s3
