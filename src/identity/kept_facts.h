// Facts of a service's resources as its records say them, kept until one of its records is written.
//
// Threads: any that runs a loop.
#pragma once
#include <string>

#include "identity/resource_facts.h"
#include "identity/revision_cache.h"
#include "store/store.h"

namespace hearth::identity {

class KeptFacts : public ResourceSource {
 public:
  Async<ResourceFactsPtr> facts_of(const wire::Permission& permission) override;

 protected:
  // Everything under `records` is watched. The store outlives it.
  KeptFacts(store::Store& store, const store::Key& records)
      : store_(store), watch_(store.watch(records.bytes())) {}

  // What is known of the resource with this ARN; nothing of what does not exist. It may run again.
  virtual Async<ResourceFacts> read(store::Transaction& tx, std::string resource) = 0;

  store::Store& store_;

 private:
  store::Watch watch_;
  RevisionCache<ResourceFacts> kept_{watch_};
};

// A resource's policy from its text; null where there is none, or none that can be read, which is reported.
PolicyPtr policy_of(const std::string& text, const std::string& resource);

}  // namespace hearth::identity
