// Does what the lifecycles of buckets say is due: objects expire or change their storage class, older
// versions and uploads that were never completed go, and what was restored is archived again.
//
// It goes through the buckets that have rules, page by page, and acts in small transactions, each of which
// looks again whether what was due still is. How far it has come is kept, so a server that starts again goes
// on from there; doing a page twice changes nothing. Of several nodes the one with the lease works. With no
// rules anywhere it sleeps until there are some.
//
// Threads: the loop that run() is on.
#pragma once
#include "services/s3/lifecycles.h"
#include "services/s3/parts.h"
#include "services/s3/versions.h"
#include "store/held_lease.h"

namespace hearth::services::s3 {

class LifecycleWorker {
 public:
  explicit LifecycleWorker(Parts& parts);
  LifecycleWorker(const LifecycleWorker&) = delete;

  // Until its scope ends.
  Task<void> run();
  // Another node need not wait for the lease to end. After run().
  Async<void> release() { return lease_.release(); }

 private:
  struct Pass;    // through one bucket
  struct Target;  // what may be due
  struct Page;    // of targets

  // Whether there is anything to come back for.
  Async<bool> look();
  Async<bool> has_work();
  Async<void> end_restores();
  Async<void> pass_buckets();
  Async<void> pass_bucket(std::string name);
  // Nothing when it is not due.
  Async<std::optional<Pass>> begin(std::string name);
  // The next page of the pass's phase.
  Async<void> step(Pass& pass);
  Async<Page> page(Pass& pass);
  Async<Page> objects_page(Tables& tables, const Pass& pass);
  Async<Page> versions_page(Tables& tables, Pass& pass);
  Async<Page> uploads_page(Tables& tables, const Pass& pass);
  // All of them or, where that fails, each by itself: one that cannot be done is logged and left.
  Async<void> act_on_all(const Pass& pass, std::vector<Target> targets);
  // In one transaction.
  Async<void> act(const Pass& pass, std::vector<Target> targets);
  Async<void> act_on(Tables& tables, const Pass& pass, const Target& target);
  Async<void> act_on_object(Versions& versions, Tables& tables, const Pass& pass, const Target& target);
  Async<void> act_on_version(Versions& versions, Tables& tables, const Pass& pass, const Target& target);
  Async<void> act_on_marker(Versions& versions, Tables& tables, const Pass& pass, const Target& target);
  Async<void> act_on_upload(Tables& tables, const Pass& pass, const Target& target);
  Async<void> tell(Tables& tables, const BucketRecord& bucket, ObjectEvent event);
  wire::Call call_for(const BucketRecord& bucket) const;

  Parts& parts_;
  store::HeldLease lease_;
};

}  // namespace hearth::services::s3
