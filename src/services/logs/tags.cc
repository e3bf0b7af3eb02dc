// Tags of log groups, by ARN and in the older form by name.
#include "base/encoding.h"
#include "services/logs/logs.h"
#include "services/logs/names.h"

namespace hearth::services::logs {
namespace {

namespace errors = api::logs::errors;
namespace ops = api::logs::ops;

constexpr size_t kTagsMax = 50;

Status remove_tags(GroupRecord& group, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) group.tags.erase(key);
  return {};
}

}  // namespace

Status add_tags(GroupRecord& group, const Tags& tags) {
  for (const auto& [key, value] : tags) {
    if (to_lower(key).starts_with("aws:")) {
      return fail(errors::invalid_parameter_exception("Tag keys that begin with aws: are reserved: " + key));
    }
    group.tags[key] = value;
  }
  if (group.tags.size() <= kTagsMax) return {};
  return fail(errors::too_many_tags_exception("A log group can have at most 50 tags."));
}

Async<Tags> Logs::tags_of(const Call& call, std::string group) {
  auto body = [&](store::Transaction& tx) -> Async<Tags> {
    TRY(const auto record, co_await Tables(tx, call.account, call.region).groups.get(store::Key(group)));
    if (!record) co_return group_not_found();
    co_return record->tags;
  };
  co_return co_await store_.read(body);
}

Async<ops::TagResource::Output> Logs::tag(const Call& call, api::logs::TagResourceRequest input) {
  TRY(const std::string group, group_of_arn(call, input.resource_arn));
  TRY_VOID(
      co_await change_group(call, group, [&](GroupRecord& record) { return add_tags(record, input.tags); }));
  co_return ops::TagResource::Output{};
}

Async<ops::UntagResource::Output> Logs::untag(const Call& call, api::logs::UntagResourceRequest input) {
  TRY(const std::string group, group_of_arn(call, input.resource_arn));
  TRY_VOID(co_await change_group(call, group,
                                 [&](GroupRecord& record) { return remove_tags(record, input.tag_keys); }));
  co_return ops::UntagResource::Output{};
}

Async<api::logs::ListTagsForResourceResponse> Logs::list_tags(const Call& call,
                                                              api::logs::ListTagsForResourceRequest input) {
  TRY(const std::string group, group_of_arn(call, input.resource_arn));
  TRY(Tags tags, co_await tags_of(call, group));
  co_return api::logs::ListTagsForResourceResponse{.tags = std::move(tags)};
}

Async<ops::TagLogGroup::Output> Logs::tag_group(const Call& call, api::logs::TagLogGroupRequest input) {
  TRY_VOID(co_await change_group(call, input.log_group_name,
                                 [&](GroupRecord& record) { return add_tags(record, input.tags); }));
  co_return ops::TagLogGroup::Output{};
}

Async<ops::UntagLogGroup::Output> Logs::untag_group(const Call& call, api::logs::UntagLogGroupRequest input) {
  TRY_VOID(co_await change_group(call, input.log_group_name,
                                 [&](GroupRecord& record) { return remove_tags(record, input.tags); }));
  co_return ops::UntagLogGroup::Output{};
}

Async<api::logs::ListTagsLogGroupResponse> Logs::list_group_tags(const Call& call,
                                                                 api::logs::ListTagsLogGroupRequest input) {
  TRY(Tags tags, co_await tags_of(call, input.log_group_name));
  co_return api::logs::ListTagsLogGroupResponse{.tags = std::move(tags)};
}

}  // namespace hearth::services::logs
