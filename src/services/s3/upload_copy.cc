#include "services/s3/copies.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"
#include "services/s3/range.h"
#include "services/s3/upload_records.h"

namespace hearth::services::s3 {

Async<api::s3::UploadPartCopyOutput> Uploads::copy_part(const wire::Call& call,
                                                        api::s3::UploadPartCopyRequest input) {
  TRY_VOID(check_part_number(input.part_number));
  if (input.sse_customer_algorithm || input.sse_customer_key || input.copy_source_sse_customer_algorithm ||
      input.copy_source_sse_customer_key || input.copy_source_sse_customer_key_md5) {
    co_return errors::invalid_request("The encryption parameters are not applicable to this object.");
  }
  TRY(const ObjectName source, parse_copy_source(input.copy_source));
  TRY_VOID(co_await authorize_source(parts_, call, source));
  UploadRecord upload;
  std::optional<std::string> source_version;
  auto open = [&](store::Transaction& tx) -> Async<io::Body> {
    Tables tables(tx);
    TRY(FoundUpload found, co_await find_upload(tables, call, input));
    upload = std::move(found.upload);
    TRY(const FoundObject from, co_await find_source(parts_, tables, call, source, input));
    if (from.bucket.versioned()) source_version = from.object.version;
    ByteRange range{.size_bytes = from.object.body.size_bytes};
    if (input.copy_source_range) {
      TRY(range, parse_copy_range(*input.copy_source_range, range.size_bytes));
    }
    co_return co_await parts_.bodies.open(tx, from.object.body, range.offset, range.size_bytes);
  };
  TRY(io::Body body, co_await parts_.store.read(open));
  TRY(const ReceivedBody received,
      co_await parts_.bodies.receive(body, limits::kPutBytesMax,
                                     upload.checksum.value_or(ChecksumKind::kCrc64Nvme)));
  const TimePoint now = parts_.clock.now();
  TRY_VOID(co_await keep_part(call, input, received, now));
  api::s3::CopyPartResult result{.e_tag = quoted(hex_encode(received.md5())), .last_modified = now};
  if (upload.checksum) set_checksum(result, received.checksum());
  co_return api::s3::UploadPartCopyOutput{.copy_source_version_id = source_version,
                                          .copy_part_result = std::move(result)};
}

}  // namespace hearth::services::s3
