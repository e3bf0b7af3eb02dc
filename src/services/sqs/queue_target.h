// Queues as those whom events go to: each event is a message.
#pragma once
#include "delivery/rights.h"
#include "delivery/target.h"
#include "services/sqs/sender.h"

namespace hearth::services::sqs {

class QueueTarget final : public delivery::Target {
 public:
  // All outlive it.
  QueueTarget(store::Store& store, const Sender& sender, const delivery::Rights& rights)
      : store_(store), sender_(sender), rights_(rights) {}

  Async<void> check(delivery::Sender sender, std::string arn, std::string key) override;
  Async<void> take(store::Transaction& tx, const delivery::Delivery& delivery) override;

 private:
  store::Store& store_;
  const Sender& sender_;
  const delivery::Rights& rights_;
};

}  // namespace hearth::services::sqs
