#include "services/dynamodb/bucket_client.h"

#include "services/dynamodb/errors.h"

namespace hearth::services::dynamodb {
namespace {

constexpr std::string_view kService = "S3";

// Errors of what is below S3, and its own failures.
bool may_pass(const Error& error) {
  return error.code.starts_with("Store") || error.code.starts_with("Blob") || error.code == "InternalError" ||
         error.code == "SlowDown" || error.code == "ServiceUnavailable";
}

}  // namespace

Result<Asker> BucketClient::asker_of(const wire::Call& call) const {
  if (call.identity.access_key_id.empty()) {
    return fail(errors::not_implemented("exports and imports for callers without a key"));
  }
  Asker asker{.account = call.account,
              .region = call.region,
              .access_key_id = call.identity.access_key_id,
              .session_token = {}};
  if (call.request) asker.session_token = call.request->headers.get("x-amz-security-token");
  return asker;
}

Async<json::object> BucketClient::call(Asker asker, std::string operation, json::object input,
                                       uint64_t bytes_max) const {
  TRY(auto credential, co_await credentials_.find(asker.access_key_id, asker.session_token));
  if (!credential) {
    co_return Error{.code = "S3AccessDenied", .message = "The key of who asked is no longer valid"};
  }
  wire::Call call{.account = std::move(asker.account),
                  .region = std::move(asker.region),
                  .request_id = random_.uuid(),
                  .identity = std::move(credential->identity),
                  .clock = &clock_,
                  .received_at = clock_.now()};
  auto answer =
      co_await router_.call("s3", std::move(operation), std::move(input), std::move(call), bytes_max);
  if (answer) co_return std::move(answer->as_object());
  Error error = std::move(answer).error();
  if (!may_pass(error)) error.code.insert(0, kService);
  co_return error;
}

bool BucketClient::is_refusal(const Error& error) {
  return error.code.starts_with(kService);
}

}  // namespace hearth::services::dynamodb
