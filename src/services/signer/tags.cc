#include "services/signer/tags.h"

#include "services/signer/profiles.h"

namespace hearth::services::signer {
namespace {

namespace errors = api::signer::errors;
namespace ops = api::signer::ops;
using store::Key;

constexpr size_t kTagsMax = 50;

Result<ProfileRef> named(std::string_view arn) {
  auto ref = ProfileRef::of_arn(arn);
  if (ref && ref->version.empty()) return *std::move(ref);
  return fail(errors::bad_request_exception("The resource ARN is not valid"));
}

// As the operations on tags call what is not there.
Async<Profile> found(store::Transaction& tx, ProfileRef ref) {
  auto profile = co_await require_profile(tx, ref);
  if (!profile && profile.error().code == "ResourceNotFoundException")
    co_return errors::not_found_exception(profile.error().message);
  co_return profile;
}

}  // namespace

Status check_tags(const Tags& tags) {
  if (tags.size() <= kTagsMax) return {};
  return fail(errors::validation_exception("A resource has at most 50 tags"));
}

void ProfileTags::mount(wire::Router& router) {
  router.on<ops::TagResource>(*this, &ProfileTags::tag);
  router.on<ops::UntagResource>(*this, &ProfileTags::untag);
  router.on<ops::ListTagsForResource>(*this, &ProfileTags::list);
}

Async<api::signer::TagResourceResponse> ProfileTags::tag(const wire::Call&,
                                                         api::signer::TagResourceRequest input) {
  TRY(const ProfileRef ref, named(input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<api::signer::TagResourceResponse> {
    TRY(Profile profile, co_await found(tx, ref));
    for (const auto& [key, value] : input.tags) profile.record.tags[key] = value;
    if (profile.record.tags.size() > kTagsMax)
      co_return errors::bad_request_exception("A resource has at most 50 tags");
    Tables(tx, ref).profiles.put(Key(ref.name), profile.record);
    co_return api::signer::TagResourceResponse{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::signer::UntagResourceResponse> ProfileTags::untag(const wire::Call&,
                                                             api::signer::UntagResourceRequest input) {
  TRY(const ProfileRef ref, named(input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<api::signer::UntagResourceResponse> {
    TRY(Profile profile, co_await found(tx, ref));
    for (const std::string& key : input.tag_keys) profile.record.tags.erase(key);
    Tables(tx, ref).profiles.put(Key(ref.name), profile.record);
    co_return api::signer::UntagResourceResponse{};
  };
  co_return co_await parts_.store.transact(body);
}

Async<api::signer::ListTagsForResourceResponse> ProfileTags::list(
    const wire::Call&, api::signer::ListTagsForResourceRequest input) {
  TRY(const ProfileRef ref, named(input.resource_arn));
  auto body = [&](store::Transaction& tx) -> Async<Profile> { co_return co_await found(tx, ref); };
  TRY(Profile profile, co_await parts_.store.read(body));
  co_return api::signer::ListTagsForResourceResponse{.tags = std::move(profile.record.tags)};
}

}  // namespace hearth::services::signer
