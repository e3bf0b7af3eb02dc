#include "services/s3/object_tags.h"

#include "services/s3/bucket_access.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"

namespace hearth::services::s3 {

void ObjectTags::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::GetObjectTagging>(*this, &ObjectTags::get);
  router.on<ops::PutObjectTagging>(*this, &ObjectTags::put);
  router.on<ops::DeleteObjectTagging>(*this, &ObjectTags::remove);
}

template <typename Input>
Async<std::optional<std::string>> ObjectTags::set(const wire::Call& call, const Input& input, Tags tags,
                                                  std::string_view event) {
  auto body = [&](store::Transaction& tx) -> Async<std::optional<std::string>> {
    Tables tables(tx);
    TRY(FoundObject found, co_await find_object(parts_, tables, call,
                                                {.bucket = input.bucket,
                                                 .key = input.key,
                                                 .version = input.version_id,
                                                 .expected_owner = input.expected_bucket_owner}));
    found.object.head.tags = tags;
    TRY_VOID(co_await change_object(parts_, tables, call, found, input.key, event));
    if (!found.bucket.versioned()) co_return std::optional<std::string>();
    co_return std::optional(found.object.version);
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::s3::GetObjectTaggingOutput> ObjectTags::get(const wire::Call& call,
                                                       api::s3::GetObjectTaggingRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<api::s3::GetObjectTaggingOutput> {
    Tables tables(tx);
    TRY(const FoundObject found, co_await find_object(parts_, tables, call,
                                                      {.bucket = input.bucket,
                                                       .key = input.key,
                                                       .version = input.version_id,
                                                       .expected_owner = input.expected_bucket_owner}));
    api::s3::GetObjectTaggingOutput output;
    if (found.bucket.versioned()) output.version_id = found.object.version;
    for (const auto& [key, value] : found.object.head.tags)
      output.tag_set.push_back({.key = key, .value = value});
    co_return std::move(output);
  };
  co_return co_await parts_.store.read(body);
}

Async<api::s3::PutObjectTaggingOutput> ObjectTags::put(const wire::Call& call,
                                                       api::s3::PutObjectTaggingRequest input) {
  std::vector<std::pair<std::string, std::string>> tags;
  for (const auto& tag : input.tagging.tag_set) tags.emplace_back(tag.key, tag.value);
  TRY_VOID(check_tags(tags, limits::kObjectTagsMax));
  TRY(auto version, co_await set(call, input, Tags(tags.begin(), tags.end()), "ObjectTagging:Put"));
  co_return api::s3::PutObjectTaggingOutput{.version_id = std::move(version)};
}

Async<api::s3::DeleteObjectTaggingOutput> ObjectTags::remove(const wire::Call& call,
                                                             api::s3::DeleteObjectTaggingRequest input) {
  TRY(auto version, co_await set(call, input, {}, "ObjectTagging:Delete"));
  co_return api::s3::DeleteObjectTaggingOutput{.version_id = std::move(version)};
}

}  // namespace hearth::services::s3
