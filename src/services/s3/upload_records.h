// How operations find the upload that they are about.
#pragma once
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/uploads.h"

namespace hearth::services::s3 {

template <typename Input>
Async<FoundUpload> find_upload(Tables& tables, const wire::Call& call, const Input& input) {
  TRY(BucketRecord bucket, co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
  TRY(auto upload, co_await tables.uploads.get(store::Key(bucket.id, input.key, input.upload_id)));
  if (!upload) co_return errors::no_such_upload(input.upload_id);
  co_return FoundUpload{.bucket = std::move(bucket), .upload = *std::move(upload)};
}

template <typename Input>
Async<void> Uploads::keep_part(const wire::Call& call, const Input& input, const ClaimedBody& received,
                               TimePoint now) {
  const store::Key key(input.upload_id, input.part_number);
  auto write = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY_VOID(co_await find_upload(tables, call, input));  // it may have ended meanwhile
    TRY(const auto before, co_await tables.parts.get(key));
    if (before) TRY_VOID(co_await parts_.bodies.drop(tx, before->body));
    tables.parts.put(key, {.modified = now,
                           .etag = received.body.etag(),
                           .checksum = received.body.checksum(),
                           .body = parts_.bodies.attach(tx, received.body),
                           .claimed = received.claimed});
    co_return {};
  };
  co_return co_await parts_.store.transact(write);
}

// What the answers say of an upload's checksum, where one was asked for.
template <typename Output>
void describe_checksum(const UploadRecord& upload, Output& output) {
  if (!upload.checksum) return;
  output.checksum_algorithm = std::string(name_of(*upload.checksum));
  output.checksum_type = upload.full_object ? "FULL_OBJECT" : "COMPOSITE";
}

// When the upload is given up, where a rule says so. All but the names outlive the task.
template <typename Output>
Async<void> describe_abort(Lifecycles& lifecycles, std::string bucket_id, std::string key,
                           const UploadRecord& upload, Output& output) {
  TRY(const auto due, co_await lifecycles.abort(std::move(bucket_id), std::move(key), upload.initiated));
  if (!due) co_return {};
  output.abort_date = due->at;
  output.abort_rule_id = due->rule_id;
  co_return {};
}

}  // namespace hearth::services::s3
