#include "services/s3/control_tags.h"

#include <map>

#include "services/s3/access_point_names.h"
#include "services/s3/access_points.h"
#include "services/s3/arns.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"
#include "services/s3/settings.h"
#include "wire/not_implemented.h"

namespace hearth::services::s3 {
namespace {

using Tags = std::map<std::string, std::string>;

// Runs `run` (Tags&, const Input&) -> Result<wire::Message> on the tags of what the ARN names. `tx` and
// `input` outlive the task.
template <typename Input, typename Run>
Async<wire::Message> with_tags_of_bucket(store::Transaction& tx, const wire::Call& call, const Input& input,
                                         Run& run) {
  Tables tables(tx);
  TRY(const BucketRecord bucket,
      co_await find_bucket(tables, call, input.resource_arn.substr(kBucketArnPrefix.size()),
                           input.account_id));
  TRY(const auto kept, co_await bucket_tags(tables, bucket));
  Tags tags;
  for (const auto& tag : kept) tags.emplace(tag.key, tag.value);
  const Tags before = tags;
  TRY(wire::Message answer, run(tags, input));
  if (tags != before) {
    std::vector<api::s3::Tag> all;
    for (const auto& [key, value] : tags) all.push_back({.key = key, .value = value});
    set_bucket_tags(tables, bucket, std::move(all));
  }
  co_return std::move(answer);
}

template <typename Input, typename Run>
Async<wire::Message> with_tags_of_point(store::Transaction& tx, AccessPointId id, const Input& input,
                                        Run& run) {
  AccessPointTables tables(tx);
  TRY(AccessPointRecord point, co_await find_access_point(tables, std::move(id)));
  const Tags before = point.tags;
  TRY(wire::Message answer, run(point.tags, input));
  if (point.tags != before) tables.put(point);
  co_return std::move(answer);
}

template <typename Operation, typename Run>
void mount_tags(wire::Router& router, Parts& parts, Run run) {
  auto handle = [&parts, run](const wire::Call& call, wire::Message message) -> Async<wire::Message> {
    TRY(const auto input, wire::from_document<typename Operation::Input>(std::move(message)));
    TRY_VOID(check_account(call, input.account_id));
    const auto id = parse_access_point_arn(input.resource_arn);
    const bool of_bucket = input.resource_arn.starts_with(kBucketArnPrefix);
    if (!id && !of_bucket) {
      co_return wire::not_implemented("tags, by S3 Control, of what is no bucket and no access point");
    }
    auto body = [&](store::Transaction& tx) -> Async<wire::Message> {
      if (of_bucket) co_return co_await with_tags_of_bucket(tx, call, input, run);
      co_return co_await with_tags_of_point(tx, *id, input, run);
    };
    co_return co_await parts.store.transact(body);
  };
  router.add(Operation::kInfo, handle);
}

const auto add_tags = [](Tags& tags,
                         const api::s3control::TagResourceRequest& input) -> Result<wire::Message> {
  for (const auto& tag : input.tags) tags.insert_or_assign(tag.key, tag.value);
  const std::vector<std::pair<std::string, std::string>> all(tags.begin(), tags.end());
  TRY_SYNC_VOID(check_tags(all, limits::kBucketTagsMax));
  return wire::Message{};
};

const auto remove_tags = [](Tags& tags,
                            const api::s3control::UntagResourceRequest& input) -> Result<wire::Message> {
  for (const std::string& key : input.tag_keys) tags.erase(key);
  return wire::Message{};
};

const auto list_tags = [](Tags& tags,
                          const api::s3control::ListTagsForResourceRequest&) -> Result<wire::Message> {
  json::array all;
  for (const auto& [key, value] : tags) all.push_back(json::object{{"Key", key}, {"Value", value}});
  return wire::Message{.document = {{"Tags", std::move(all)}}};
};

}  // namespace

void ControlTags::mount(wire::Router& router) {
  namespace ops = api::s3control::ops;
  mount_tags<ops::TagResource>(router, parts_, add_tags);
  mount_tags<ops::UntagResource>(router, parts_, remove_tags);
  mount_tags<ops::ListTagsForResource>(router, parts_, list_tags);
}

}  // namespace hearth::services::s3
