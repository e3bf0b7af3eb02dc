// Streams as those whom events go to: each event is a record, whose partition key is the event's group.
#pragma once
#include "delivery/rights.h"
#include "delivery/target.h"
#include "services/kinesis/parts.h"

namespace hearth::services::kinesis {

// A sender without a role is a service that writes as its service-linked role: to streams of the account and
// region that it sends for, and nobody can take that right from it.
class StreamTarget final : public delivery::Target {
 public:
  // Both outlive it.
  StreamTarget(const Parts& parts, const delivery::Rights& rights) : parts_(parts), rights_(rights) {}

  Async<void> check(delivery::Sender sender, std::string arn, std::string key) override;
  Async<void> take(store::Transaction& tx, const delivery::Delivery& delivery) override;

 private:
  const Parts& parts_;
  const delivery::Rights& rights_;
};

}  // namespace hearth::services::kinesis
