// Provisioned concurrency: how many environments of a version, or of what an alias points at, stand ready
// before anybody invokes it. Their places are set aside: no other function or version can take them. An alias
// with two versions shares them out as it does its invokes. What was asked for is in the store; a task brings
// the executor to it, at start and after each change.
#pragma once
#include <map>

#include "api/lambda.h"
#include "execution/executor.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

// The sum over a function's versions and aliases.
Async<int64_t> provisioned_sum(store::Transaction& tx, FunctionRef ref);
// An alias may mean another version now. Fails when that cannot be provisioned.
Async<void> touch_provisioned(store::Transaction& tx, FunctionRef ref);
// Of one qualifier, or of the whole function when there is none.
Async<void> erase_provisioned(store::Transaction& tx, FunctionRef ref);

class Provisioned {
 public:
  explicit Provisioned(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  // Brings the executor to what is stored, for ever.
  Task<void> run();

  Async<api::lambda::PutProvisionedConcurrencyConfigResponse> put(
      const wire::Call& call, api::lambda::PutProvisionedConcurrencyConfigRequest input);
  Async<api::lambda::GetProvisionedConcurrencyConfigResponse> get(
      const wire::Call& call, api::lambda::GetProvisionedConcurrencyConfigRequest input);
  Async<api::lambda::ListProvisionedConcurrencyConfigsResponse> list(
      const wire::Call& call, api::lambda::ListProvisionedConcurrencyConfigsRequest input);
  Async<api::lambda::ops::DeleteProvisionedConcurrencyConfig::Output> remove(
      const wire::Call& call, api::lambda::DeleteProvisionedConcurrencyConfigRequest input);

 private:
  struct Provided {
    FunctionRef ref;
    VersionRecord version;
    int64_t count = 0;
  };
  using ByPool = std::map<execution::PoolKey, Provided>;

  Async<void> reconcile();
  Async<void> provide(const execution::PoolKey& key, const Provided& wanted);  // outlive the call
  template <typename Shape>
  Async<Shape> describe(store::Transaction& tx, FunctionRef ref, const ProvisionedRecord& record);

  Parts& parts_;
  ByPool provided_;  // what the executor was asked to keep
};

}  // namespace hearth::services::lambda
