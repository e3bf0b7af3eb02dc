#include "services/lambda/function_target.h"

#include "api/lambda.h"
#include "base/json.h"
#include "services/lambda/durable/starts.h"
#include "services/lambda/limits.h"

namespace hearth::services::lambda {
namespace {

Result<FunctionRef> ref_of(const delivery::Sender& sender, const std::string& arn) {
  auto ref = FunctionRef::parse({.account = sender.account, .region = sender.region}, arn);
  if (ref) return ref;
  return fail(delivery::target_error(delivery::kTargetMissing, std::move(ref).error().message));
}

// An event is an asynchronous invoke, which a durable function may refuse.
Status check_event(const FunctionRef& ref, const VersionRecord& version) {
  if (!version.durable) return {};
  const Status fits = DurableStarts::check(ref, version, false);
  return fits ? fits : fail(delivery::target_error(delivery::kTargetRefused, fits.error().message));
}

Error in_words_of_delivery(Error error) {
  if (error.code != "ResourceNotFoundException") return error;
  return delivery::target_error(delivery::kTargetMissing, std::move(error.message));
}

}  // namespace

Async<void> FunctionTarget::check(delivery::Sender sender, std::string arn, std::string) {
  TRY(const FunctionRef ref, ref_of(sender, arn));
  const auto found = co_await parts_.targets.find(ref);
  if (!found) co_return in_words_of_delivery(found.error());
  TRY_VOID(check_event(ref, (*found)->resolved.version));
  co_return co_await parts_.rights.require(std::move(sender), api::lambda::ops::Invoke::kInfo,
                                           ref.qualified_arn());
}

Async<void> FunctionTarget::take(store::Transaction& tx, const delivery::Delivery& delivery) {
  TRY(const FunctionRef ref, ref_of(delivery.sender, delivery.target_arn));
  const auto found = co_await resolve(tx, ref);
  if (!found) co_return in_words_of_delivery(found.error());
  TRY_VOID(check_event(ref, found->version));
  if (delivery.body.size() > limits::kEventBytesMax) {
    co_return delivery::target_error(delivery::kTargetRefused, "it is larger than an event may be");
  }
  if (!check_json(delivery.body)) {
    co_return delivery::target_error(delivery::kTargetRefused, "an event of a function is JSON");
  }
  async_.enqueue(tx, ref,
                 {.request_id = delivery.id,
                  .payload = delivery.body,
                  .trace = execution::Trace::parse(delivery.trace)});
  co_return {};
}

}  // namespace hearth::services::lambda
