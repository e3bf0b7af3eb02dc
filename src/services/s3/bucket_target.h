// Buckets as those whom events go to: each is an object, under the key that its sender gave it.
#pragma once
#include "delivery/rights.h"
#include "delivery/target.h"
#include "services/s3/parts.h"

namespace hearth::services::s3 {

class BucketTarget final : public delivery::Target {
 public:
  // Both outlive it.
  BucketTarget(Parts& parts, const delivery::Rights& rights) : parts_(parts), rights_(rights) {}

  Async<void> check(delivery::Sender sender, std::string arn, std::string key) override;
  Async<void> take(store::Transaction& tx, const delivery::Delivery& delivery) override;

 private:
  Parts& parts_;
  const delivery::Rights& rights_;
};

}  // namespace hearth::services::s3
