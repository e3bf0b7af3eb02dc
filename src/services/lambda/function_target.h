// Functions as those whom events go to: each event is an asynchronous invoke.
#pragma once
#include "delivery/target.h"
#include "services/lambda/async_invokes.h"
#include "services/lambda/parts.h"

namespace hearth::services::lambda {

class FunctionTarget final : public delivery::Target {
 public:
  FunctionTarget(Parts& parts, AsyncInvokes& async) : parts_(parts), async_(async) {}

  Async<void> check(delivery::Sender sender, std::string arn, std::string key) override;
  Async<void> take(store::Transaction& tx, const delivery::Delivery& delivery) override;

 private:
  Parts& parts_;
  AsyncInvokes& async_;
};

}  // namespace hearth::services::lambda
