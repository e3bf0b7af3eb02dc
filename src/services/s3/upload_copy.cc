#include "services/s3/access_point_detour.h"
#include "services/s3/copies.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"
#include "services/s3/range.h"
#include "services/s3/upload_records.h"

namespace hearth::services::s3 {

Async<api::s3::UploadPartCopyOutput> Uploads::copy_part(const wire::Call& call,
                                                        api::s3::UploadPartCopyRequest input) {
  TRY_VOID(check_part_number(input.part_number));
  TRY(const auto customer_key, parts_.encryption.customer_key(input, call));
  TRY(const auto source_key, parts_.encryption.source_key(input, call));
  TRY(ObjectName source, parse_copy_source(input.copy_source));
  TRY(const wire::Call reading, co_await lead_source(points_, call, source));
  TRY_VOID(co_await authorize_source(parts_, reading, source));
  UploadRecord upload;
  Protection protection;
  std::optional<std::string> source_version;
  auto open = [&](store::Transaction& tx) -> Async<io::Body> {
    Tables tables(tx);
    TRY(FoundUpload found, co_await find_upload(tables, call, input));
    upload = std::move(found.upload);
    TRY(protection, parts_.encryption.continued(upload.encryption, customer_key));
    TRY(const FoundObject from, co_await find_source(parts_, tables, reading, source, input));
    if (from.bucket.versioned()) source_version = from.object.version;
    ByteRange range{.size_bytes = from.object.body.size_bytes};
    if (input.copy_source_range) {
      TRY(range, parse_copy_range(*input.copy_source_range, range.size_bytes));
    }
    TRY(Protection opened, parts_.encryption.open(from.object.encryption, source_key));
    co_return co_await parts_.bodies.open(tx, {.body = from.object.body,
                                               .protection = std::move(opened),
                                               .offset = range.offset,
                                               .size_bytes = range.size_bytes,
                                               .name = from.name(source.key)});
  };
  TRY(io::Body body, co_await parts_.store.read(open));
  TRY(const ReceivedBody received,
      co_await parts_.bodies.receive(body, limits::kPutBytesMax,
                                     upload.checksum.value_or(ChecksumKind::kCrc64Nvme), protection));
  const TimePoint now = parts_.clock.now();
  TRY_VOID(co_await keep_part(call, input, {.body = received}, now));
  api::s3::CopyPartResult result{.e_tag = quoted(hex_encode(received.etag())), .last_modified = now};
  if (upload.checksum) set_checksum(result, received.checksum());
  api::s3::UploadPartCopyOutput output{.copy_source_version_id = source_version,
                                       .copy_part_result = std::move(result)};
  describe_encryption(upload.encryption, customer_key, output);
  co_return std::move(output);
}

}  // namespace hearth::services::s3
