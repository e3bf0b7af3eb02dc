// What the parts of S3 share.
#pragma once
#include "base/clock.h"
#include "base/random.h"
#include "services/s3/bodies.h"
#include "services/s3/encryption.h"
#include "services/s3/lifecycles.h"
#include "services/s3/notifications.h"
#include "store/store.h"
#include "wire/auth.h"
#include "wire/call.h"

namespace hearth::services::s3 {

struct Parts {
  store::Store& store;
  store::Blobs& blobs;
  Bodies& bodies;
  const ObjectEncryption& encryption;
  Notifications& notifications;
  Lifecycles& lifecycles;
  wire::Authorizer& authorizer;
  const Clock& clock;
  Random& random;
};

}  // namespace hearth::services::s3
