#include "services/ecr/tags.h"

#include "base/encoding.h"
#include "services/ecr/limits.h"

namespace hearth::services::ecr {
namespace {

namespace ops = api::ecr::ops;
using store::Key;

constexpr size_t kKeyLettersMax = 128;
constexpr size_t kValueLettersMax = 256;

Result<RepositoryRef> named(std::string_view arn) {
  auto ref = RepositoryRef::of_arn(arn);
  if (ref) return *std::move(ref);
  return fail(errors::invalid_parameter("resourceArn", "Invalid ARN"));
}

}  // namespace

Status add_tags(Tags& tags, const std::vector<api::ecr::Tag>& more) {
  for (const auto& [key, value] : more) {
    const size_t letters = utf8_length(key);
    if (letters == 0 || letters > kKeyLettersMax || utf8_length(value) > kValueLettersMax) {
      return fail(errors::invalid_tag_parameter_exception(
          "Tag keys have 1 to 128 characters, and their values 256 at most"));
    }
    if (key.starts_with("aws:")) {
      return fail(errors::invalid_tag_parameter_exception("Tag keys cannot start with aws:"));
    }
    tags[key] = value;
  }
  if (tags.size() <= limits::kTagsMax) return {};
  return fail(errors::too_many_tags_exception(
      fmt::format("The number of tags exceeds the limit of {} per resource", limits::kTagsMax)));
}

void RepositoryTags::mount(wire::Router& router) {
  router.on<ops::TagResource>(*this, &RepositoryTags::tag);
  router.on<ops::UntagResource>(*this, &RepositoryTags::untag);
  router.on<ops::ListTagsForResource>(*this, &RepositoryTags::list);
}

Async<api::ecr::TagResourceResponse> RepositoryTags::tag(const Call&, api::ecr::TagResourceRequest input) {
  TRY(const RepositoryRef ref, named(input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::TagResourceResponse> {
    TRY(RepositoryRecord record, co_await require_repository(tx, ref));
    TRY_VOID(add_tags(record.tags, input.tags));
    repositories(tx, ref).put(Key(ref.name), record);
    co_return api::ecr::TagResourceResponse{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::ecr::UntagResourceResponse> RepositoryTags::untag(const Call&,
                                                             api::ecr::UntagResourceRequest input) {
  TRY(const RepositoryRef ref, named(input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::UntagResourceResponse> {
    TRY(RepositoryRecord record, co_await require_repository(tx, ref));
    for (const std::string& key : input.tag_keys) record.tags.erase(key);
    repositories(tx, ref).put(Key(ref.name), record);
    co_return api::ecr::UntagResourceResponse{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::ecr::ListTagsForResourceResponse> RepositoryTags::list(
    const Call&, api::ecr::ListTagsForResourceRequest input) {
  TRY(const RepositoryRef ref, named(input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<api::ecr::ListTagsForResourceResponse> {
    TRY(const RepositoryRecord record, co_await require_repository(tx, ref));
    api::ecr::ListTagsForResourceResponse out;
    out.tags.emplace();
    for (const auto& [key, value] : record.tags) out.tags->push_back({.key = key, .value = value});
    co_return out;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::ecr
