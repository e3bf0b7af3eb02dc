// The Simple Storage Service.
#pragma once
#include "io/task_scope.h"
#include "services/s3/access_point_detour.h"
#include "services/s3/access_point_facts.h"
#include "services/s3/access_point_policies.h"
#include "services/s3/access_points.h"
#include "services/s3/account_access.h"
#include "services/s3/acls.h"
#include "services/s3/browsers.h"
#include "services/s3/bucket_encryption.h"
#include "services/s3/bucket_facts.h"
#include "services/s3/bucket_policy.h"
#include "services/s3/bucket_target.h"
#include "services/s3/buckets.h"
#include "services/s3/configurations.h"
#include "services/s3/control_tags.h"
#include "services/s3/copies.h"
#include "services/s3/lifecycle_settings.h"
#include "services/s3/lifecycle_worker.h"
#include "services/s3/listing.h"
#include "services/s3/object_lambda.h"
#include "services/s3/object_lambda_points.h"
#include "services/s3/object_locks.h"
#include "services/s3/object_tags.h"
#include "services/s3/objects.h"
#include "services/s3/restores.h"
#include "services/s3/scrubber.h"
#include "services/s3/settings.h"
#include "services/s3/uploads.h"
#include "services/s3/website.h"

namespace hearth::services::s3 {

class S3 {
 public:
  struct Needs {
    store::Store& store;
    store::Blobs& blobs;
    io::ThreadPool& pool;
    delivery::Outbox& outbox;
    const delivery::Targets& targets;
    const delivery::Rights& rights;
    wire::Authorizer& authorizer;
    wire::CredentialSource& credentials;
    const wire::Router& router;
    const Clock& clock;
    Random& random;
    Calendar calendar;
    std::string master_key;
    EncryptionOptions encryption;
    std::chrono::seconds scrub_interval{0};  // none: never
    FunctionsView functions;
  };
  // All outlive it.
  explicit S3(Needs needs)
      : keyring_(std::move(needs.master_key), needs.random),
        bodies_(needs.blobs, needs.pool, keyring_, needs.random),
        encryption_(keyring_, needs.random, needs.encryption),
        notifications_(needs.store, needs.outbox, needs.targets, needs.clock, needs.random),
        lifecycles_(needs.store, needs.calendar),
        parts_{.store = needs.store,
               .blobs = needs.blobs,
               .bodies = bodies_,
               .encryption = encryption_,
               .notifications = notifications_,
               .lifecycles = lifecycles_,
               .authorizer = needs.authorizer,
               .clock = needs.clock,
               .random = needs.random},
        point_facts_(parts_),
        facts_(parts_, point_facts_),
        object_lambda_(parts_, point_facts_, needs.credentials, needs.router, std::move(needs.functions)),
        detour_(point_facts_, object_lambda_, needs.router),
        target_(parts_, needs.rights),
        scrubber_(needs.store, bodies_, needs.clock, needs.scrub_interval),
        browsers_(parts_, point_facts_, needs.credentials, needs.router),
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
    encryption_settings_.mount(router);
    notifications_.mount(router);
    browsers_.mount(router);
    website_.mount(router);
    access_points_.mount(router);
    object_lambda_points_.mount(router);
    access_point_policies_.mount(router);
    account_access_.mount(router);
    control_tags_.mount(router);
    object_lambda_.mount(router);
    detour_.mount(router);
  }
  // Background work, in the scope of its owner and on that loop.
  void start(io::TaskScope& scope) {
    scope.spawn(lifecycle_worker_.run());
    scope.spawn(scrubber_.run());
  }
  // After it has ended.
  Async<void> release() { return lifecycle_worker_.release(); }

  identity::ResourceSource& facts() { return facts_; }
  identity::ResourceSource& object_lambda_facts() { return point_facts_; }
  delivery::Target& target() { return target_; }
  Website& website() { return website_; }
  const Scrubber& scrubber() const { return scrubber_; }

 private:
  Keyring keyring_;
  Bodies bodies_;
  ObjectEncryption encryption_;
  Notifications notifications_;
  Lifecycles lifecycles_;
  Parts parts_;
  AccessPointFacts point_facts_;
  BucketFacts facts_;
  ObjectLambda object_lambda_;
  AccessPointDetour detour_;
  BucketTarget target_;
  Scrubber scrubber_;
  Buckets buckets_{parts_};
  Objects objects_{parts_};
  Copies copies_{parts_, point_facts_};
  Listing listing_{parts_};
  Uploads uploads_{parts_, point_facts_};
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
  EncryptionSettings encryption_settings_{parts_};
  AccessPoints access_points_{parts_};
  ObjectLambdaPoints object_lambda_points_{parts_};
  AccessPointPolicies access_point_policies_{parts_};
  AccountAccess account_access_{parts_};
  ControlTags control_tags_{parts_};
};

}  // namespace hearth::services::s3
