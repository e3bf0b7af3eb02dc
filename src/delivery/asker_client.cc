#include "delivery/asker_client.h"

#include "wire/not_implemented.h"

namespace hearth::delivery {
namespace {

constexpr std::string_view kService = "S3";

// Errors of what is below S3, and its own failures.
bool may_pass(const Error& error) {
  return error.code.starts_with("Store") || error.code.starts_with("Blob") || error.code == "InternalError" ||
         error.code == "SlowDown" || error.code == "ServiceUnavailable";
}

}  // namespace

Result<Asker> AskerClient::asker_of(const wire::Call& call) const {
  if (call.identity.access_key_id.empty()) {
    return fail(wire::not_implemented("jobs for callers without a key"));
  }
  Asker asker{.account = call.account,
              .region = call.region,
              .access_key_id = call.identity.access_key_id,
              .session_token = {}};
  if (call.request) asker.session_token = call.request->headers.get("x-amz-security-token");
  return asker;
}

Async<json::object> AskerClient::call(Asker asker, std::string service, std::string operation,
                                      json::object input, uint64_t bytes_max) const {
  TRY(auto credential, co_await credentials_.find(asker.access_key_id, asker.session_token));
  if (!credential) {
    co_return Error{.code = "AccessDenied", .message = "The key of who asked is no longer valid"};
  }
  wire::Call call{.account = std::move(asker.account),
                  .region = std::move(asker.region),
                  .request_id = random_.uuid(),
                  .identity = std::move(credential->identity),
                  .clock = &clock_,
                  .received_at = clock_.now()};
  TRY(json::value answer, co_await router_.call(std::move(service), std::move(operation), std::move(input),
                                                std::move(call), bytes_max));
  co_return std::move(answer.as_object());
}

Async<json::object> AskerClient::s3(Asker asker, std::string operation, json::object input,
                                    uint64_t bytes_max) const {
  auto answer = co_await call(std::move(asker), "s3", std::move(operation), std::move(input), bytes_max);
  if (!answer && !may_pass(answer.error())) answer.error().code.insert(0, kService);
  co_return answer;
}

bool AskerClient::is_refusal(const Error& error) {
  return error.code.starts_with(kService);
}

}  // namespace hearth::delivery
