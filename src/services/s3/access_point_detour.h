// Calls that name an access point where a bucket is expected are led to what is behind it: to the bucket, as
// it is open by that access point, or to the function that changes what is read.
//
// A name before the host's, "point-123456789012", is an access point's before it is a bucket's; in a path it
// is only a bucket's, so that whoever makes access points hides no bucket from those who say its path.
#pragma once
#include "services/s3/access_point_facts.h"
#include "services/s3/object_lambda.h"
#include "services/s3/objects.h"
#include "wire/detour.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class AccessPointDetour final : public wire::Detour {
 public:
  // All outlive it.
  AccessPointDetour(AccessPointFacts& points, ObjectLambda& lambda, const wire::Router& router)
      : points_(points), lambda_(lambda), router_(router) {}
  void mount(wire::Router& router);

  bool takes(const wire::Call& call, const json::object& input) const override;
  Async<wire::Message> lead(wire::Call call, wire::Message input) override;

 private:
  Async<wire::Message> lead_to(wire::Call call, wire::Message input, KnownAccessPointPtr point);

  AccessPointFacts& points_;
  ObjectLambda& lambda_;
  const wire::Router& router_;
};

// A copy's source may be behind an access point too. Gives the call as which it is read, and changes `source`
// to what is behind. All outlive the task.
Async<wire::Call> lead_source(AccessPointFacts& points, const wire::Call& call, ObjectName& source);

}  // namespace hearth::services::s3
