#include "services/s3/listing.h"

#include <algorithm>

#include "base/encoding.h"
#include "identity/policy/principal.h"
#include "services/s3/acls.h"
#include "services/s3/archive.h"
#include "services/s3/bucket_access.h"
#include "services/s3/checksum.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/listing_options.h"
#include "services/s3/names.h"
#include "services/s3/object_head.h"
#include "services/s3/scan.h"
#include "services/s3/versions.h"

namespace hearth::services::s3 {
namespace {

struct Listed {
  std::vector<api::s3::Object> objects;
  std::vector<api::s3::CommonPrefix> prefixes;
  std::string last;  // key or prefix of the last entry
  bool truncated = false;
};

// Attributes that are told only to those who ask for them.
template <typename Input>
bool wants_restores(const Input& input) {
  const auto& wanted = input.optional_object_attributes;
  return wanted && std::ranges::find(*wanted, "RestoreStatus") != wanted->end();
}

api::s3::Owner shown_owner(const BucketRecord& bucket, const ObjectRecord& object) {
  return {.id = identity::canonical_user_id(owner_of(bucket, object.head))};
}

api::s3::Object shown_object(const BucketRecord& bucket, const ObjectRecord& object, std::string key,
                             const ListOptions& options) {
  api::s3::Object shown{.key = std::move(key),
                        .last_modified = object.modified,
                        .e_tag = quoted(object.etag),
                        .size = static_cast<int64_t>(object.body.size_bytes),
                        .storage_class = shown_class(object.head)};
  if (object.checksum) {
    shown.checksum_algorithm = {std::string(name_of(object.checksum->kind))};
    shown.checksum_type = type_of(*object.checksum);
  }
  if (options.owners) shown.owner = shown_owner(bucket, object);
  if (options.restored_at) shown.restore_status = restore_status(object, *options.restored_at);
  return shown;
}

// A marker that is a common prefix itself stands for all that is under it.
void start_behind(KeyScan& scan, const ListOptions& options) {
  if (options.after.empty()) return;
  if (options.common_prefix(options.after) == options.after) {
    scan.seek_behind_prefix(options.after);
  } else {
    scan.seek_behind(options.after, 0);
  }
}

Async<Listed> list_objects(store::Transaction& tx, BucketRecord bucket, ListOptions options, Shown shown) {
  KeyScan scan(tx, "s3-object", bucket.id, options.prefix);
  start_behind(scan, options);
  Listed listed;
  for (size_t count = 0; count < options.entries_max; ++count) {
    TRY(const KeyScan::Row* row, co_await scan.peek());
    if (!row) co_return std::move(listed);
    if (std::string prefix = options.common_prefix(row->key); !prefix.empty()) {
      listed.prefixes.push_back({.prefix = shown.text(prefix)});
      scan.seek_behind_prefix(prefix);
      listed.last = std::move(prefix);
    } else {
      listed.objects.push_back(shown_object(bucket, row->record, shown.text(row->key), options));
      listed.last = row->key;
      scan.next();
    }
  }
  if (options.entries_max == 0) co_return std::move(listed);
  TRY(const KeyScan::Row* more, co_await scan.peek());
  listed.truncated = more != nullptr;
  co_return std::move(listed);
}

template <typename Output>
void put_entries(Listed& listed, Output& output) {
  output.is_truncated = listed.truncated;
  if (!listed.objects.empty()) output.contents = std::move(listed.objects);
  if (!listed.prefixes.empty()) output.common_prefixes = std::move(listed.prefixes);
}

// What every listing repeats of its request.
template <typename Input, typename Output>
void put_request(const Input& input, const Shown& shown, Output& output) {
  output.name = input.bucket;
  output.prefix = shown.text(input.prefix.value_or(""));
  if (input.delimiter && !input.delimiter->empty()) output.delimiter = shown.text(*input.delimiter);
  if (shown.encodes()) output.encoding_type = "url";
}

constexpr std::string_view kTokenMark = "1";  // of this form of tokens

std::string token_of(const std::string& last) {
  return base64_encode(std::string(kTokenMark) + last);
}
Result<std::string> parse_token(const std::string& token) {
  const auto text = base64_decode(token);
  if (text && text->starts_with(kTokenMark)) return text->substr(kTokenMark.size());
  return fail(
      errors::invalid_argument("The continuation token provided is incorrect", "continuation-token", token));
}

}  // namespace

void Listing::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::ListObjects>(*this, &Listing::objects);
  router.on<ops::ListObjectsV2>(*this, &Listing::objects_v2);
  router.on<ops::ListObjectVersions>(*this, &Listing::versions);
}

Async<api::s3::ListObjectsOutput> Listing::objects(const wire::Call& call,
                                                   api::s3::ListObjectsRequest input) {
  TRY(const Shown shown, Shown::from(input.encoding_type));
  ListOptions options{.prefix = input.prefix.value_or(""),
                      .delimiter = input.delimiter.value_or(""),
                      .after = input.marker.value_or(""),
                      .owners = true};
  TRY(options.entries_max, entries_max_of(input.max_keys, "max-keys"));
  if (wants_restores(input)) options.restored_at = parts_.clock.now();
  api::s3::ListObjectsOutput output;
  auto body = [&](store::Transaction& tx) -> Async<Listed> {
    Tables tables(tx);
    TRY(BucketRecord bucket, co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    co_return co_await list_objects(tx, std::move(bucket), options, shown);
  };
  TRY(Listed listed, co_await parts_.store.read(body));
  put_request(input, shown, output);
  output.max_keys = static_cast<int32_t>(options.entries_max);
  output.marker = shown.text(options.after);
  // Without a delimiter clients go on behind the last key.
  if (listed.truncated && !options.delimiter.empty()) output.next_marker = shown.text(listed.last);
  put_entries(listed, output);
  co_return std::move(output);
}

Async<api::s3::ListObjectsV2Output> Listing::objects_v2(const wire::Call& call,
                                                        api::s3::ListObjectsV2Request input) {
  TRY(const Shown shown, Shown::from(input.encoding_type));
  ListOptions options{.prefix = input.prefix.value_or(""),
                      .delimiter = input.delimiter.value_or(""),
                      .after = input.start_after.value_or(""),
                      .owners = input.fetch_owner.value_or(false)};
  TRY(options.entries_max, entries_max_of(input.max_keys, "max-keys"));
  if (wants_restores(input)) options.restored_at = parts_.clock.now();
  if (input.continuation_token) {
    TRY(options.after, parse_token(*input.continuation_token));
  }
  auto body = [&](store::Transaction& tx) -> Async<Listed> {
    Tables tables(tx);
    TRY(BucketRecord bucket, co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    co_return co_await list_objects(tx, std::move(bucket), options, shown);
  };
  TRY(Listed listed, co_await parts_.store.read(body));
  api::s3::ListObjectsV2Output output;
  put_request(input, shown, output);
  output.max_keys = static_cast<int32_t>(options.entries_max);
  output.key_count = static_cast<int32_t>(listed.objects.size() + listed.prefixes.size());
  output.continuation_token = input.continuation_token;
  if (input.start_after) output.start_after = shown.text(*input.start_after);
  if (listed.truncated) output.next_continuation_token = token_of(listed.last);
  put_entries(listed, output);
  co_return std::move(output);
}

namespace {

struct VersionsListed {
  std::vector<api::s3::ObjectVersion> versions;
  std::vector<api::s3::DeleteMarkerEntry> markers;
  std::vector<api::s3::CommonPrefix> prefixes;
  std::string last_key, last_version;
  bool truncated = false;
};

// The current objects and the older versions of all keys, in one order: by key, newest first.
class VersionScan {
 public:
  VersionScan(store::Transaction& tx, const std::string& bucket_id, const std::string& prefix)
      : current_(tx, "s3-object", bucket_id, prefix), older_(tx, "s3-version", bucket_id, prefix) {}

  void seek_behind_prefix(const std::string& prefix) {
    current_.seek_behind_prefix(prefix);
    older_.seek_behind_prefix(prefix);
  }
  // Behind this version of the key, or (without) behind all of them.
  void seek_behind(const std::string& key, std::optional<int64_t> sequence) {
    current_.seek_behind(key, 0);
    older_.seek_behind(key, sequence ? -*sequence : INT64_MAX);
    last_key_ = key;
  }

  struct Row {
    const KeyScan::Row* row = nullptr;  // null at the end
    bool latest = false;
  };
  Async<Row> peek() {
    TRY(const KeyScan::Row* current, co_await current_.peek());
    TRY(const KeyScan::Row* older, co_await older_.peek());
    at_current_ = current && (!older || current->key <= older->key);
    const KeyScan::Row* row = at_current_ ? current : older;
    co_return Row{.row = row, .latest = row && (at_current_ || row->key != last_key_)};
  }
  void next(const std::string& key) {
    last_key_ = key;
    at_current_ ? current_.next() : older_.next();
  }

 private:
  KeyScan current_;
  KeyScan older_;
  bool at_current_ = false;
  std::string last_key_;
};

void put_version(const VersionScan::Row& at, const BucketRecord& bucket, const ListOptions& options,
                 const Shown& shown, VersionsListed& listed) {
  const ObjectRecord& record = at.row->record;
  if (record.marker) {
    listed.markers.push_back({.owner = shown_owner(bucket, record),
                              .key = shown.text(at.row->key),
                              .version_id = record.version,
                              .is_latest = at.latest,
                              .last_modified = record.modified});
    return;
  }
  api::s3::ObjectVersion version{.e_tag = quoted(record.etag),
                                 .size = static_cast<int64_t>(record.body.size_bytes),
                                 .storage_class = shown_class(record.head),
                                 .key = shown.text(at.row->key),
                                 .version_id = record.version,
                                 .is_latest = at.latest,
                                 .last_modified = record.modified,
                                 .owner = shown_owner(bucket, record)};
  if (record.checksum) {
    version.checksum_algorithm = {std::string(name_of(record.checksum->kind))};
    version.checksum_type = type_of(*record.checksum);
  }
  if (options.restored_at) version.restore_status = restore_status(record, *options.restored_at);
  listed.versions.push_back(std::move(version));
}

Async<void> start_versions(const Parts& parts, Tables& tables, const BucketRecord& bucket,
                           const ListOptions& options, std::optional<std::string> version_marker,
                           VersionScan& scan) {
  if (options.after.empty()) co_return {};
  if (options.common_prefix(options.after) == options.after) {
    scan.seek_behind_prefix(options.after);
    co_return {};
  }
  std::optional<int64_t> sequence;
  if (version_marker) {
    Versions versions(tables, parts.bodies, parts.clock, parts.random);
    const Place place{.bucket = bucket, .key = options.after};
    TRY(const auto version, co_await versions.find(place, *version_marker));
    if (!version) {
      co_return errors::invalid_argument("Invalid version id specified", "version-id-marker",
                                         *version_marker);
    }
    sequence = version->sequence;
  }
  scan.seek_behind(options.after, sequence);
  co_return {};
}

Async<VersionsListed> list_versions(VersionScan& scan, const BucketRecord& bucket, const ListOptions& options,
                                    const Shown& shown) {
  VersionsListed listed;
  for (size_t count = 0; count < options.entries_max; ++count) {
    TRY(const VersionScan::Row at, co_await scan.peek());
    if (!at.row) co_return std::move(listed);
    if (std::string prefix = options.common_prefix(at.row->key); !prefix.empty()) {
      listed.prefixes.push_back({.prefix = shown.text(prefix)});
      scan.seek_behind_prefix(prefix);
      listed.last_key = std::move(prefix);
      listed.last_version.clear();
      continue;
    }
    put_version(at, bucket, options, shown, listed);
    listed.last_key = at.row->key;
    listed.last_version = at.row->record.version;
    scan.next(listed.last_key);
  }
  if (options.entries_max == 0) co_return std::move(listed);
  TRY(const VersionScan::Row more, co_await scan.peek());
  listed.truncated = more.row != nullptr;
  co_return std::move(listed);
}

}  // namespace

Async<api::s3::ListObjectVersionsOutput> Listing::versions(const wire::Call& call,
                                                           api::s3::ListObjectVersionsRequest input) {
  TRY(const Shown shown, Shown::from(input.encoding_type));
  ListOptions options{.prefix = input.prefix.value_or(""),
                      .delimiter = input.delimiter.value_or(""),
                      .after = input.key_marker.value_or("")};
  TRY(options.entries_max, entries_max_of(input.max_keys, "max-keys"));
  if (wants_restores(input)) options.restored_at = parts_.clock.now();
  if (input.version_id_marker && input.version_id_marker->empty()) {
    co_return errors::invalid_argument("A version-id marker cannot be empty.", "version-id-marker", "");
  }
  if (input.version_id_marker && options.after.empty()) {
    co_return errors::invalid_argument("A version-id marker cannot be specified without a key marker.",
                                       "version-id-marker", *input.version_id_marker);
  }
  auto body = [&](store::Transaction& tx) -> Async<VersionsListed> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    VersionScan scan(tx, bucket.id, options.prefix);
    TRY_VOID(co_await start_versions(parts_, tables, bucket, options, input.version_id_marker, scan));
    co_return co_await list_versions(scan, bucket, options, shown);
  };
  TRY(VersionsListed listed, co_await parts_.store.read(body));
  api::s3::ListObjectVersionsOutput output{.is_truncated = listed.truncated,
                                           .key_marker = shown.text(options.after),
                                           .version_id_marker = input.version_id_marker.value_or("")};
  put_request(input, shown, output);
  output.max_keys = static_cast<int32_t>(options.entries_max);
  if (listed.truncated) {
    output.next_key_marker = shown.text(listed.last_key);
    if (!listed.last_version.empty()) output.next_version_id_marker = std::move(listed.last_version);
  }
  if (!listed.versions.empty()) output.versions = std::move(listed.versions);
  if (!listed.markers.empty()) output.delete_markers = std::move(listed.markers);
  if (!listed.prefixes.empty()) output.common_prefixes = std::move(listed.prefixes);
  co_return std::move(output);
}

}  // namespace hearth::services::s3
