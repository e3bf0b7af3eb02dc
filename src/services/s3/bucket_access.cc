#include "services/s3/bucket_access.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/encoding.h"
#include "services/s3/errors.h"
#include "services/s3/request_rules.h"

namespace hearth::services::s3 {
namespace {

constexpr size_t kAccountDigits = 12;

Status check_owner(const BucketRecord& bucket, const std::optional<std::string>& expected) {
  if (!expected) return {};
  const bool account = expected->size() == kAccountDigits && std::ranges::all_of(*expected, is_digit);
  if (!account) {
    return fail(
        Error{.code = "InvalidBucketOwnerAWSAccountID",
              .message = "The value of the expected bucket owner parameter must be an AWS Account ID... [" +
                         *expected + "]",
              .status = 400});
  }
  if (*expected != bucket.account) return fail(errors::access_denied());
  return {};
}

// Who pays for requests to a bucket of others says so.
Status check_payer(const BucketRecord& bucket, const wire::Call& call) {
  const bool by_others = call.identity.service.empty() && call.identity.account != bucket.account;
  if (!bucket.requester_pays || !by_others) return {};
  const auto pays = call.request ? call.request->headers.get("x-amz-request-payer") : std::string_view();
  if (call.identity.anonymous || !iequals(pays, "requester")) return fail(errors::access_denied());
  if (call.response_headers) call.response_headers->set("x-amz-request-charged", "requester");
  return {};
}

Error wrong_region(const BucketRecord& bucket, const wire::Call& call) {
  if (call.response_headers) call.response_headers->set("x-amz-bucket-region", bucket.region);
  return {.code = "AuthorizationHeaderMalformed",
          .message = "The authorization header is malformed; the region '" + call.region +
                     "' is wrong; expecting '" + bucket.region + "'",
          .extra = {{"Region", bucket.region}},
          .status = 400};
}

}  // namespace

Async<BucketRecord> find_bucket(Tables& tables, const wire::Call& call, std::string name,
                                std::optional<std::string> expected_owner) {
  TRY_VOID(check_request(call));
  TRY(auto bucket, co_await tables.buckets.get(store::Key(name)));
  if (!bucket) co_return errors::no_such_bucket(std::move(name));
  TRY_VOID(check_owner(*bucket, expected_owner));
  // Nobody in particular, and old links, name no region.
  const bool named = !call.identity.anonymous && !call.region.empty();
  if (named && call.region != bucket->region) co_return wrong_region(*bucket, call);
  TRY_VOID(check_payer(*bucket, call));
  co_return *std::move(bucket);
}

Status check_version(const BucketRecord& bucket, const std::string& version) {
  std::string_view reason;
  if (version.empty()) {
    reason = "Version id cannot be the empty string";
  } else if (!bucket.versioned() && version != kNullVersion) {
    reason = "Invalid version id specified";
  }
  if (reason.empty()) return {};
  return fail(errors::invalid_argument(std::string(reason), "versionId", version));
}

Async<bool> may(const Parts& parts, const wire::Call& call, std::string action, std::string resource) {
  const auto allowed = co_await parts.authorizer.authorize(
      call, {.action = std::move(action), .resource = std::move(resource)});
  if (allowed) co_return true;
  if (allowed.error().code == "AccessDenied") co_return false;
  co_return allowed.error();
}

}  // namespace hearth::services::s3
