#include "services/s3/buckets.h"

#include <algorithm>

#include "base/ascii.h"
#include "identity/policy/principal.h"
#include "services/s3/access_point_records.h"
#include "services/s3/acls.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/limits.h"
#include "services/s3/names.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {
namespace {

constexpr std::string_view kFirstRegion = "us-east-1";  // whose buckets have no location constraint
constexpr std::string_view kEurope = "eu-west-1", kOldEurope = "EU";
constexpr size_t kIdDigits = 16;

// "eu-west-1": any name of that form is a region here.
bool is_region(std::string_view name) {
  return std::ranges::count(name, '-') >= 2 && is_digit(name.back()) &&
         std::ranges::all_of(name, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

// Where the bucket is to be: where the request went, which the first region's clients may choose.
Result<std::string> region_of(const api::s3::CreateBucketRequest& input, const std::string& asked) {
  std::optional<std::string> given;
  if (input.create_bucket_configuration) given = input.create_bucket_configuration->location_constraint;
  const bool from_first = asked == kFirstRegion;
  if (!given && from_first) return asked;
  if (given == kOldEurope) given = kEurope;
  if (given && (given == kFirstRegion || !is_region(*given))) {
    return fail(Error{.code = "InvalidLocationConstraint",
                      .message = "The specified location-constraint is not valid",
                      .extra = {{"LocationConstraint", *given}},
                      .status = 400});
  }
  if (given && (from_first || *given == asked)) return *given;
  return fail(
      Error{.code = "IllegalLocationConstraintException",
            .message = "The " + given.value_or("unspecified") +
                       " location constraint is incompatible for the region specific endpoint this request "
                       "was sent to.",
            .status = 400});
}

Status check_create(const api::s3::CreateBucketRequest& input) {
  TRY_SYNC_VOID(check_bucket_name(input.bucket));
  if (input.bucket_namespace && *input.bucket_namespace != "global") {
    return fail(
        errors::header_not_implemented("x-amz-bucket-namespace", "Names of buckets are global here."));
  }
  return {};
}

Error not_empty(const std::string& bucket, bool versions) {
  return {.code = "BucketNotEmpty",
          .message = std::string("The bucket you tried to delete is not empty.") +
                     (versions ? " You must delete all versions in the bucket." : ""),
          .extra = {{"BucketName", bucket}},
          .status = 409};
}

api::s3::Bucket described(const BucketRecord& bucket) {
  return {.name = bucket.name,
          .creation_date = bucket.created,
          .bucket_region = bucket.region,
          .bucket_arn = bucket.arn()};
}

}  // namespace

void Buckets::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::CreateBucket>(*this, &Buckets::create);
  router.on<ops::DeleteBucket>(*this, &Buckets::remove);
  router.on<ops::HeadBucket>(*this, &Buckets::head);
  router.on<ops::ListBuckets>(*this, &Buckets::list);
  router.on<ops::GetBucketLocation>(*this, &Buckets::location);
}

Async<api::s3::CreateBucketOutput> Buckets::create(const wire::Call& call,
                                                   api::s3::CreateBucketRequest input) {
  if (call.identity.anonymous) co_return errors::access_denied();
  TRY_VOID(check_create(input));
  // Signatures of version 2 name none.
  const std::string asked(call.region.empty() ? kFirstRegion : call.region);
  TRY(const std::string region, region_of(input, asked));
  std::vector<api::s3::Tag> tags;
  if (input.create_bucket_configuration) {
    tags = input.create_bucket_configuration->tags.value_or(std::vector<api::s3::Tag>());
  }
  TRY_VOID(check_bucket_tags(tags));
  Ownership ownership = Ownership::kEnforced;
  if (input.object_ownership) {
    const auto parsed = parse_ownership(*input.object_ownership);
    if (!parsed) {
      co_return errors::invalid_argument("Invalid x-amz-object-ownership header: " + *input.object_ownership,
                                         "x-amz-object-ownership", *input.object_ownership);
    }
    ownership = *parsed;
  }
  // What is locked is a version.
  const bool locks = input.object_lock_enabled_for_bucket.value_or(false);
  const BucketRecord made{.id = parts_.random.hex(kIdDigits),
                          .name = input.bucket,
                          .account = call.account,
                          .region = region,
                          .created = parts_.clock.now(),
                          .versioning = locks ? Versioning::kEnabled : Versioning::kNever,
                          .object_lock = locks,
                          .ownership = ownership};
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY(const auto existing, co_await tables.buckets.get(store::Key(input.bucket)));
    if (existing && existing->account != call.account) {
      co_return Error{.code = "BucketAlreadyExists",
                      .message =
                          "The requested bucket name is not available. The bucket namespace is shared by all "
                          "users of the system. Please select a different name and try again.",
                      .extra = {{"BucketName", input.bucket}},
                      .status = 409};
    }
    if (existing) {
      // The first region lets its owner make a bucket again, and nothing changes.
      if (existing->region == kFirstRegion && region == kFirstRegion) co_return {};
      co_return Error{
          .code = "BucketAlreadyOwnedByYou",
          .message = "Your previous request to create the named bucket succeeded and you already own it.",
          .extra = {{"BucketName", input.bucket}},
          .status = 409};
    }
    TRY(const size_t count,
        co_await tables.owned.count(store::Key(call.account), limits::kBucketsOfAccountMax));
    if (count >= limits::kBucketsOfAccountMax) {
      co_return Error{.code = "TooManyBuckets",
                      .message = "You have attempted to create more buckets than allowed",
                      .status = 400};
    }
    tables.buckets.put(store::Key(made.name), made);
    tables.owned.put(store::Key(made.account, made.name), {});
    TRY_VOID(co_await set_first_acl(tables, made, acl_headers(input)));
    if (!tags.empty()) set_bucket_tags(tables, made, tags);
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::s3::CreateBucketOutput{.location = "/" + input.bucket, .bucket_arn = made.arn()};
}

Async<api::s3::DeleteBucketOutput> Buckets::remove(const wire::Call& call,
                                                   api::s3::DeleteBucketRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    const store::Key inside(bucket.id);
    TRY(const size_t objects, co_await tables.objects.count(inside, 1));
    TRY(const size_t versions, co_await tables.versions.count(inside, 1));
    if (objects + versions > 0) co_return not_empty(input.bucket, bucket.versioned());
    const store::Key own(bucket.name, bucket.account);
    TRY(const size_t access_points, co_await AccessPointTables(tx).of_bucket.count(own, 1));
    if (access_points > 0) {
      co_return Error{.code = "BucketHasAccessPointsAttached",
                      .message =
                          "The bucket you tried to delete has access points attached. Delete your access "
                          "points before attempting to delete your bucket.",
                      .extra = {{"BucketName", bucket.name}},
                      .status = 400};
    }
    // Uploads that are under way end with their bucket.
    TRY(const auto uploads, co_await tables.uploads.all(inside));
    for (const auto& upload : uploads) {
      TRY(const auto parts, co_await tables.parts.all(store::Key(upload.record.id)));
      for (const auto& part : parts) TRY_VOID(co_await parts_.bodies.drop(tx, part.record.body));
      tables.parts.erase_under(store::Key(upload.record.id));
    }
    tables.uploads.erase_under(inside);
    tables.settings.erase_under(inside);
    tables.end_lifecycle(bucket);
    tables.owned.erase(store::Key(bucket.account, bucket.name));
    tables.buckets.erase(store::Key(bucket.name));
    co_return {};
  };
  TRY_VOID(co_await parts_.store.transact(body));
  co_return api::s3::DeleteBucketOutput{};
}

Async<api::s3::HeadBucketOutput> Buckets::head(const wire::Call& call, api::s3::HeadBucketRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<BucketRecord> {
    Tables tables(tx);
    co_return co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner);
  };
  TRY(const BucketRecord bucket, co_await parts_.store.read(body));
  co_return api::s3::HeadBucketOutput{.bucket_arn = bucket.arn(),
                                      .bucket_region = bucket.region,
                                      .access_point_alias = call.passage != nullptr};
}

Async<api::s3::GetBucketLocationOutput> Buckets::location(const wire::Call& call,
                                                          api::s3::GetBucketLocationRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<BucketRecord> {
    Tables tables(tx);
    co_return co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner);
  };
  TRY(const BucketRecord bucket, co_await parts_.store.read(body));
  api::s3::GetBucketLocationOutput output;
  if (bucket.region != kFirstRegion) output.location_constraint = bucket.region;
  co_return std::move(output);
}

Async<api::s3::ListBucketsOutput> Buckets::list(const wire::Call& call, api::s3::ListBucketsRequest input) {
  const auto rows_max = static_cast<size_t>(input.max_buckets.value_or(limits::kBucketsOfAccountMax));
  if (rows_max < 1 || rows_max > limits::kBucketsOfAccountMax) {
    co_return errors::invalid_argument("Argument max-buckets must be an integer between 1 and 10000",
                                       "max-buckets", std::to_string(input.max_buckets.value_or(0)));
  }
  if (input.bucket_region && !is_region(*input.bucket_region)) {
    co_return errors::invalid_argument(
        "Argument value " + *input.bucket_region + " is not a valid AWS Region", "bucket-region");
  }
  const std::string prefix = input.prefix.value_or("");
  auto body = [&](store::Transaction& tx) -> Async<api::s3::ListBucketsOutput> {
    Tables tables(tx);
    api::s3::ListBucketsOutput output;
    output.buckets.emplace();
    TRY(const auto owned, co_await tables.owned.all(store::Key(call.account)));
    for (const auto& entry : owned) {
      TRY(const auto names, store::parse_key<std::string, std::string>(entry.key));
      const std::string& name = std::get<1>(names);
      if (!name.starts_with(prefix) || name <= input.continuation_token.value_or("")) continue;
      TRY(const auto bucket, co_await tables.buckets.get(store::Key(name)));
      if (!bucket || (input.bucket_region && *input.bucket_region != bucket->region)) continue;
      if (output.buckets->size() == rows_max) {
        output.continuation_token = output.buckets->back().name;
        break;
      }
      output.buckets->push_back(described(*bucket));
    }
    co_return std::move(output);
  };
  TRY(auto output, co_await parts_.store.read(body));
  if (!prefix.empty()) output.prefix = prefix;
  output.owner = api::s3::Owner{.id = identity::canonical_user_id(call.account)};
  co_return std::move(output);
}

}  // namespace hearth::services::s3
