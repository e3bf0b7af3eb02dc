// The Simple Storage Service.
#pragma once
#include "io/task_scope.h"
#include "services/s3/acls.h"
#include "services/s3/bucket_encryption.h"
#include "services/s3/bucket_policy.h"
#include "services/s3/buckets.h"
#include "services/s3/copies.h"
#include "services/s3/listing.h"
#include "services/s3/object_tags.h"
#include "services/s3/objects.h"
#include "services/s3/scrubber.h"
#include "services/s3/settings.h"
#include "services/s3/uploads.h"

namespace hearth::services::s3 {

class S3 {
 public:
  struct Needs {
    store::Store& store;
    store::Blobs& blobs;
    io::ThreadPool& pool;
    delivery::Outbox& outbox;
    const delivery::Targets& targets;
    wire::Authorizer& authorizer;
    const Clock& clock;
    Random& random;
    std::string master_key;
    EncryptionOptions encryption;
    std::chrono::seconds scrub_interval{0};  // none: never
  };
  // All outlive it.
  explicit S3(Needs needs)
      : keyring_(std::move(needs.master_key), needs.random),
        bodies_(needs.blobs, needs.pool, keyring_, needs.random),
        encryption_(keyring_, needs.random, needs.encryption),
        notifications_(needs.store, needs.outbox, needs.targets, needs.clock, needs.random),
        parts_{.store = needs.store,
               .blobs = needs.blobs,
               .bodies = bodies_,
               .encryption = encryption_,
               .notifications = notifications_,
               .authorizer = needs.authorizer,
               .clock = needs.clock,
               .random = needs.random},
        facts_(needs.store),
        scrubber_(needs.store, bodies_, needs.clock, needs.scrub_interval) {}
  S3(const S3&) = delete;

  void mount(wire::Router& router) {
    buckets_.mount(router);
    objects_.mount(router);
    copies_.mount(router);
    listing_.mount(router);
    uploads_.mount(router);
    object_tags_.mount(router);
    acls_.mount(router);
    policies_.mount(router);
    settings_.mount(router);
    encryption_settings_.mount(router);
    notifications_.mount(router);
  }
  identity::ResourceSource& facts() { return facts_; }
  // Background work, in the scope of its owner.
  void start(io::TaskScope& scope) { scope.spawn(scrubber_.run()); }
  const Scrubber& scrubber() const { return scrubber_; }

 private:
  Keyring keyring_;
  Bodies bodies_;
  ObjectEncryption encryption_;
  Notifications notifications_;
  Parts parts_;
  BucketFacts facts_;
  Scrubber scrubber_;
  Buckets buckets_{parts_};
  Objects objects_{parts_};
  Copies copies_{parts_};
  Listing listing_{parts_};
  Uploads uploads_{parts_};
  ObjectTags object_tags_{parts_};
  Acls acls_{parts_};
  BucketPolicies policies_{parts_};
  Settings settings_{parts_};
  EncryptionSettings encryption_settings_{parts_};
};

}  // namespace hearth::services::s3
