#include "services/s3/access_points.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/s3/access_point_names.h"
#include "services/s3/bucket_access.h"
#include "services/s3/limits.h"
#include "services/s3/object_head.h"
#include "wire/not_implemented.h"

namespace hearth::services::s3 {
namespace {

// Whose bucket it is to be: somebody else's only when that was said.
Status check_bucket_owner(const BucketRecord& bucket, const wire::Call& call,
                          const std::optional<std::string>& said) {
  if (bucket.account == said.value_or(call.account)) return {};
  return fail(errors::access_denied());
}

Result<AccessPointRecord> made_of(const wire::Call& call,
                                  const api::s3control::CreateAccessPointRequest& input) {
  TRY_SYNC_VOID(wire::refuse_given(input.vpc_configuration, "VPCs"));
  TRY_SYNC_VOID(wire::refuse_given(input.scope, "scopes of access points"));
  TRY_SYNC_VOID(check_access_point_name(input.name));
  AccessPointRecord point{.id = access_point_id(call, AccessPointKind::kBucket, input.name),
                          .bucket = input.bucket};
  if (const auto& block = input.public_access_block_configuration) {
    point.block_acls = block->block_public_acls.value_or(false);
    point.ignore_acls = block->ignore_public_acls.value_or(false);
    point.block_policy = block->block_public_policy.value_or(false);
    point.restrict_buckets = block->restrict_public_buckets.value_or(false);
  }
  if (input.tags) {
    std::vector<std::pair<std::string, std::string>> tags;
    for (const auto& tag : *input.tags) tags.emplace_back(tag.key, tag.value);
    TRY_SYNC_VOID(check_tags(tags, limits::kBucketTagsMax));
    point.tags.insert(tags.begin(), tags.end());
  }
  return point;
}

// The access points of one bucket: the table of places, which lists no records.
Async<AccessPointPage> page_of_bucket(AccessPointTables& tables, store::ListOptions options,
                                      std::string& next) {
  TRY(auto places, co_await tables.of_bucket.list(std::move(options)));
  AccessPointPage page;
  for (const auto& place : places.entries) {
    TRY(auto parts, (store::parse_key<std::string, std::string, std::string, std::string>(place.key)));
    auto& [bucket, account, region, name] = parts;
    const AccessPointId id{.account = account, .region = region, .name = name};
    TRY(auto point, co_await tables.points.get(id.key()));
    if (point) page.points.push_back(*std::move(point));
  }
  next = std::move(places.next);
  co_return page;
}

}  // namespace

Status check_account(const wire::Call& call, const std::string& account) {
  if (account == call.account) return {};
  return fail(errors::access_denied());
}

AccessPointId access_point_id(const wire::Call& call, AccessPointKind kind, std::string name) {
  return {.kind = kind, .account = call.account, .region = call.region, .name = std::move(name)};
}

Async<AccessPointRecord> find_access_point(AccessPointTables& tables, AccessPointId id) {
  TRY(auto point, co_await tables.points.get(id.key()));
  if (!point) co_return errors::no_such_access_point(std::move(id.name));
  co_return *std::move(point);
}

Async<void> add_access_point(AccessPointTables& tables, AccessPointRecord point) {
  TRY(const bool taken, co_await tables.points.contains(point.id.key()));
  if (taken) {
    co_return Error{
        .code = "AccessPointAlreadyOwnedByYou",
        .message = "Your previous request to create the named accesspoint succeeded and you already own it.",
        .extra = {{"AccessPointName", point.id.name}},
        .status = 409};
  }
  TRY(const size_t count,
      co_await tables.points.count(store::Key(point.id.service(), point.id.account, point.id.region),
                                   limits::kAccessPointsMax));
  if (count >= limits::kAccessPointsMax) {
    co_return Error{
        .code = "TooManyAccessPoints",
        .message = "You have attempted to create more access points than are allowed for an account.",
        .status = 400};
  }
  tables.add(point);
  co_return {};
}

Async<AccessPointPage> list_access_points(const Parts& parts, const wire::Call& call,
                                          AccessPointListing listing) {
  const int32_t page_max = std::clamp(listing.page.value_or(limits::kPageMax), 1, limits::kPageMax);
  store::ListOptions options{.rows_max = static_cast<size_t>(page_max)};
  options.under = listing.bucket ? store::Key(*listing.bucket, call.account, call.region)
                                 : store::Key(access_point_id(call, listing.kind, "").service(), call.account,
                                              call.region);
  if (listing.token) {
    const auto after = base64_decode(*listing.token);
    // One of another list is none of this.
    if (!after || !after->starts_with(options.under.bytes())) {
      co_return errors::invalid_request("The continuation token provided is incorrect");
    }
    options.after = *after;
  }
  std::string next;
  auto body = [&](store::Transaction& tx) -> Async<AccessPointPage> {
    AccessPointTables tables(tx);
    if (listing.bucket) co_return co_await page_of_bucket(tables, options, next);
    TRY(auto found, co_await tables.points.list(options));
    AccessPointPage page;
    for (auto& entry : found.entries) page.points.push_back(std::move(entry.record));
    next = std::move(found.next);
    co_return page;
  };
  TRY(AccessPointPage page, co_await parts.store.read(body));
  if (!next.empty()) page.next_token = base64_encode(next);
  co_return page;
}

void AccessPoints::mount(wire::Router& router) {
  namespace ops = api::s3control::ops;
  router.on<ops::CreateAccessPoint>(*this, &AccessPoints::create);
  router.on<ops::GetAccessPoint>(*this, &AccessPoints::get);
  router.on<ops::ListAccessPoints>(*this, &AccessPoints::list);
  mount_delete_access_point<ops::DeleteAccessPoint>(router, parts_, AccessPointKind::kBucket);
}

Async<api::s3control::CreateAccessPointResult> AccessPoints::create(
    const wire::Call& call, api::s3control::CreateAccessPointRequest input) {
  using Output = api::s3control::CreateAccessPointResult;
  TRY_VOID(check_account(call, input.account_id));
  TRY(AccessPointRecord point, made_of(call, input));
  point.alias = make_access_point_alias(parts_.random, point.id);
  point.created = parts_.clock.now();
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    AccessPointTables points(tx);
    TRY(const auto bucket, co_await tables.buckets.get(store::Key(input.bucket)));
    if (!bucket) co_return errors::no_such_bucket(input.bucket);
    TRY_VOID(check_bucket_owner(*bucket, call, input.bucket_account_id));
    if (bucket->region != call.region) {
      co_return errors::invalid_request("An access point is in the region of its bucket: " + bucket->region);
    }
    point.bucket_account = bucket->account;
    co_return co_await add_access_point(points, point);
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return Output{.access_point_arn = point.id.arn(), .alias = point.alias};
}

Async<api::s3control::GetAccessPointResult> AccessPoints::get(const wire::Call& call,
                                                              api::s3control::GetAccessPointRequest input) {
  using Output = api::s3control::GetAccessPointResult;
  auto run = [](AccessPointTables&, AccessPointRecord point) -> Async<Output> {
    co_return Output{
        .name = point.id.name,
        .bucket = point.bucket,
        .network_origin = "Internet",
        .public_access_block_configuration =
            api::s3control::PublicAccessBlockConfiguration{.block_public_acls = point.block_acls,
                                                           .ignore_public_acls = point.ignore_acls,
                                                           .block_public_policy = point.block_policy,
                                                           .restrict_public_buckets = point.restrict_buckets},
        .creation_date = point.created,
        .alias = point.alias,
        .access_point_arn = point.id.arn(),
        .endpoints = std::map<std::string, std::string>(),
        .bucket_account_id = point.bucket_account};
  };
  co_return co_await with_access_point<Output>(parts_, call, AccessPointKind::kBucket, input, run);
}

Async<api::s3control::ListAccessPointsResult> AccessPoints::list(
    const wire::Call& call, api::s3control::ListAccessPointsRequest input) {
  TRY_VOID(check_account(call, input.account_id));
  TRY_VOID(wire::refuse_given(input.data_source_id, "data sources other than buckets"));
  TRY_VOID(wire::refuse_given(input.data_source_type, "data sources other than buckets"));
  TRY(AccessPointPage page, co_await list_access_points(parts_, call,
                                                        {.bucket = std::move(input.bucket),
                                                         .token = std::move(input.next_token),
                                                         .page = input.max_results}));
  api::s3control::ListAccessPointsResult output{.next_token = std::move(page.next_token)};
  output.access_point_list.emplace();
  for (AccessPointRecord& point : page.points) {
    output.access_point_list->push_back({.name = point.id.name,
                                         .network_origin = "Internet",
                                         .bucket = point.bucket,
                                         .access_point_arn = point.id.arn(),
                                         .alias = point.alias,
                                         .bucket_account_id = point.bucket_account});
  }
  co_return output;
}

}  // namespace hearth::services::s3
