// The answer of SubscribeToShard: events with a shard's records as they come, for five minutes or until the
// shard ends. Nothing new is told, too, now and then, so that who has gone away is noticed.
#pragma once
#include "io/body.h"
#include "services/kinesis/parts.h"
#include "services/kinesis/tokens.h"

namespace hearth::services::kinesis {

class Subscription final : public io::BodySource {
 public:
  Subscription(const Parts& parts, Iterator from)
      : parts_(parts), at_(std::move(from)), begun_(parts.clock.steady_now()) {}

  Async<std::string> read() override;

 private:
  Async<std::string> event();

  const Parts& parts_;
  Iterator at_;
  const SteadyTime begun_;
  bool greeted_ = false;
  bool over_ = false;
};

}  // namespace hearth::services::kinesis
