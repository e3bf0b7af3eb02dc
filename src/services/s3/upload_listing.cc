#include "identity/arn.h"
#include "identity/policy/principal.h"
#include "services/s3/acls.h"
#include "services/s3/limits.h"
#include "services/s3/listing_options.h"
#include "services/s3/names.h"
#include "services/s3/object_head.h"
#include "services/s3/upload_records.h"

namespace hearth::services::s3 {
namespace {

api::s3::Part shown_part(int32_t number, const PartRecord& part, const UploadRecord& upload) {
  api::s3::Part shown{.part_number = number,
                      .last_modified = part.modified,
                      .e_tag = quoted(hex_encode(part.etag)),
                      .size = static_cast<int64_t>(part.body.size_bytes)};
  if (upload.checksum && part.checksum) set_checksum(shown, *part.checksum);
  return shown;
}

// An account is told by its canonical id, who is in it by their ARN.
api::s3::Initiator initiator_of(const UploadRecord& upload) {
  api::s3::Initiator initiator{.id = upload.initiator, .display_name = upload.initiator};
  const auto arn = identity::parse_iam_arn(upload.initiator);
  if (arn && arn->kind == "root") initiator.id = identity::canonical_user_id(arn->account);
  return initiator;
}

// Of the object that the upload becomes.
api::s3::Owner shown_owner(const BucketRecord& bucket, const UploadRecord& upload) {
  return {.id = identity::canonical_user_id(owner_of(bucket, upload.head))};
}

// A page of uploads, in the order of their keys and of their beginnings.
class UploadPage {
 public:
  // All outlive it.
  UploadPage(const BucketRecord& bucket, const ListOptions& options, const Shown& shown)
      : bucket_(bucket),
        options_(options),
        shown_(shown),
        uploads_(store::Key("s3-upload") + store::Key(bucket.id)) {}

  // Begins behind an upload, or behind all of a key, or behind all keys of a common prefix.
  void start(const std::string& key_marker, const std::string& upload_id_marker) {
    begin_ = (uploads_ + store::Key(options_.prefix)).bytes();
    if (key_marker.empty()) return;
    if (options_.common_prefix(key_marker) == key_marker) {
      begin_ = behind_prefix(key_marker);
    } else if (upload_id_marker.empty()) {
      begin_ = (uploads_ + store::Key(key_marker)).bytes() + kLast;
    } else {
      begin_ = store::key_after((uploads_ + store::Key(key_marker, upload_id_marker)).bytes());
    }
  }

  Async<void> read(store::Transaction& tx) {
    const std::string end = behind_prefix(options_.prefix);
    while (begin_ < end && !truncated) {
      TRY(const store::Page page, co_await tx.scan({.range = {.begin = begin_, .end = end}}));
      if (page.rows.empty()) break;
      for (const store::Row& row : page.rows) {
        if (row.key < begin_) continue;  // of a prefix that was told already
        if (uploads.size() + prefixes.size() == options_.entries_max) {
          truncated = options_.entries_max > 0;
          co_return {};
        }
        TRY_VOID(add(row));
      }
    }
    co_return {};
  }

  std::vector<api::s3::MultipartUpload> uploads;
  std::vector<api::s3::CommonPrefix> prefixes;
  std::string last_key, last_id;
  bool truncated = false;

 private:
  static constexpr char kLast = '\xff';  // above every byte of a key

  std::string behind_prefix(const std::string& prefix) const {
    std::string bytes = (uploads_ + store::Key(prefix)).bytes();
    bytes.back() = kLast;
    return bytes;
  }

  Status add(const store::Row& row) {
    TRY_SYNC(const auto key, (store::parse_key<std::string, std::string>(
                                 std::string_view(row.key).substr(uploads_.bytes().size()))));
    const std::string& name = std::get<0>(key);
    if (const std::string prefix = options_.common_prefix(name); !prefix.empty()) {
      prefixes.push_back({.prefix = shown_.text(prefix)});
      begin_ = behind_prefix(prefix);
      last_key = prefix;
      last_id.clear();
      return {};
    }
    TRY_SYNC(const UploadRecord upload, store::decode<UploadRecord>(row.value));
    api::s3::MultipartUpload one{.upload_id = upload.id,
                                 .key = shown_.text(name),
                                 .initiated = upload.initiated,
                                 .storage_class = shown_class(upload.head),
                                 .owner = shown_owner(bucket_, upload),
                                 .initiator = initiator_of(upload)};
    describe_checksum(upload, one);
    uploads.push_back(std::move(one));
    begin_ = store::key_after(row.key);
    last_key = name;
    last_id = upload.id;
    return {};
  }

  const BucketRecord& bucket_;
  const ListOptions& options_;
  const Shown& shown_;
  store::Key uploads_;
  std::string begin_;
};

}  // namespace

Async<api::s3::ListPartsOutput> Uploads::list_parts(const wire::Call& call, api::s3::ListPartsRequest input) {
  TRY(const size_t parts_max, entries_max_of(input.max_parts, "max-parts"));
  const int32_t behind = input.part_number_marker.value_or(0);
  if (behind < 0) {
    co_return errors::invalid_argument(
        "Argument part-number-marker must be an integer between 0 and 2147483647", "part-number-marker",
        std::to_string(behind));
  }
  auto body = [&](store::Transaction& tx) -> Async<api::s3::ListPartsOutput> {
    Tables tables(tx);
    TRY(const FoundUpload found, co_await find_upload(tables, call, input));
    api::s3::ListPartsOutput output{.bucket = input.bucket,
                                    .key = input.key,
                                    .upload_id = input.upload_id,
                                    .part_number_marker = behind,
                                    .next_part_number_marker = 0,
                                    .max_parts = static_cast<int32_t>(parts_max),
                                    .is_truncated = false,
                                    .initiator = initiator_of(found.upload),
                                    .owner = shown_owner(found.bucket, found.upload),
                                    .storage_class = shown_class(found.upload.head)};
    describe_checksum(found.upload, output);
    TRY_VOID(co_await describe_abort(parts_.lifecycles, found.bucket.id, input.key, found.upload, output));
    TRY(const auto page, co_await tables.parts.list({.under = store::Key(input.upload_id),
                                                     .after = store::Key(input.upload_id, behind).bytes(),
                                                     .rows_max = std::max<size_t>(parts_max, 1)}));
    if (parts_max == 0 || page.entries.empty()) co_return std::move(output);
    output.parts.emplace();
    for (const auto& entry : page.entries) {
      TRY(const auto key, (store::parse_key<std::string, int64_t>(entry.key)));
      output.parts->push_back(shown_part(static_cast<int32_t>(std::get<1>(key)), entry.record, found.upload));
    }
    output.next_part_number_marker = output.parts->back().part_number;
    output.is_truncated = !page.next.empty();
    co_return std::move(output);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::s3::ListMultipartUploadsOutput> Uploads::list(const wire::Call& call,
                                                         api::s3::ListMultipartUploadsRequest input) {
  TRY(const Shown shown, Shown::from(input.encoding_type));
  ListOptions options{.prefix = input.prefix.value_or(""), .delimiter = input.delimiter.value_or("")};
  TRY(options.entries_max, entries_max_of(input.max_uploads, "max-uploads"));
  const std::string key_marker = input.key_marker.value_or(""),
                    id_marker = input.upload_id_marker.value_or("");
  // It may have ended since it was told of.
  if (!key_marker.empty() && !id_marker.empty() && !is_upload_id(id_marker)) {
    co_return errors::invalid_argument("Invalid uploadId marker", "upload-id-marker", id_marker);
  }
  auto body = [&](store::Transaction& tx) -> Async<api::s3::ListMultipartUploadsOutput> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    UploadPage page(bucket, options, shown);
    page.start(key_marker, id_marker);
    TRY_VOID(co_await page.read(tx));
    api::s3::ListMultipartUploadsOutput output{
        .bucket = input.bucket,
        .key_marker = shown.text(key_marker),
        .upload_id_marker = id_marker,
        .next_key_marker = page.truncated ? shown.text(page.last_key) : "",
        .prefix = shown.text(options.prefix),
        .next_upload_id_marker = page.truncated ? page.last_id : "",
        .max_uploads = static_cast<int32_t>(options.entries_max),
        .is_truncated = page.truncated};
    if (!options.delimiter.empty()) output.delimiter = shown.text(options.delimiter);
    if (shown.encodes()) output.encoding_type = "url";
    if (!page.uploads.empty()) output.uploads = std::move(page.uploads);
    if (!page.prefixes.empty()) output.common_prefixes = std::move(page.prefixes);
    co_return std::move(output);
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::s3
