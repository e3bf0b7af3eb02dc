// The Simple Storage Service.
#pragma once
#include "services/s3/acls.h"
#include "services/s3/browsers.h"
#include "services/s3/bucket_facts.h"
#include "services/s3/bucket_policy.h"
#include "services/s3/bucket_target.h"
#include "services/s3/buckets.h"
#include "services/s3/configurations.h"
#include "services/s3/copies.h"
#include "services/s3/lifecycle_settings.h"
#include "services/s3/lifecycle_worker.h"
#include "services/s3/listing.h"
#include "services/s3/object_locks.h"
#include "services/s3/object_tags.h"
#include "services/s3/objects.h"
#include "services/s3/restores.h"
#include "services/s3/settings.h"
#include "services/s3/uploads.h"
#include "services/s3/website.h"

namespace hearth::services::s3 {

class S3 {
 public:
  struct Needs {
    store::Store& store;
    store::Blobs& blobs;
    delivery::Outbox& outbox;
    const delivery::Targets& targets;
    const delivery::Rights& rights;
    wire::Authorizer& authorizer;
    wire::CredentialSource& credentials;
    const wire::Router& router;
    const Clock& clock;
    Random& random;
    Calendar calendar;
  };
  // All outlive it.
  explicit S3(Needs needs)
      : bodies_(needs.blobs, needs.random),
        notifications_(needs.store, needs.outbox, needs.targets, needs.clock, needs.random),
        lifecycles_(needs.store, needs.calendar),
        parts_{.store = needs.store,
               .blobs = needs.blobs,
               .bodies = bodies_,
               .notifications = notifications_,
               .lifecycles = lifecycles_,
               .authorizer = needs.authorizer,
               .clock = needs.clock,
               .random = needs.random},
        facts_(parts_),
        target_(parts_, needs.rights),
        browsers_(parts_, needs.credentials, needs.router),
        website_(parts_, browsers_.cors(), needs.router) {}
  S3(const S3&) = delete;

  void mount(wire::Router& router) {
    buckets_.mount(router);
    objects_.mount(router);
    copies_.mount(router);
    listing_.mount(router);
    uploads_.mount(router);
    object_tags_.mount(router);
    object_locks_.mount(router);
    restores_.mount(router);
    acls_.mount(router);
    policies_.mount(router);
    settings_.mount(router);
    lifecycle_settings_.mount(router);
    mount_configurations(router, parts_);
    notifications_.mount(router);
    browsers_.mount(router);
    website_.mount(router);
  }
  // Background work, in the scope of its owner and on that loop.
  void start(io::TaskScope& scope) { scope.spawn(lifecycle_worker_.run()); }
  // After it has ended.
  Async<void> release() { return lifecycle_worker_.release(); }

  identity::ResourceSource& facts() { return facts_; }
  delivery::Target& target() { return target_; }
  Website& website() { return website_; }

 private:
  Bodies bodies_;
  Notifications notifications_;
  Lifecycles lifecycles_;
  Parts parts_;
  BucketFacts facts_;
  BucketTarget target_;
  Buckets buckets_{parts_};
  Objects objects_{parts_};
  Copies copies_{parts_};
  Listing listing_{parts_};
  Uploads uploads_{parts_};
  ObjectTags object_tags_{parts_};
  ObjectLocks object_locks_{parts_};
  Restores restores_{parts_};
  Acls acls_{parts_};
  BucketPolicies policies_{parts_};
  Settings settings_{parts_};
  LifecycleSettings lifecycle_settings_{parts_};
  LifecycleWorker lifecycle_worker_{parts_};
  Browsers browsers_;
  Website website_;
};

}  // namespace hearth::services::s3
