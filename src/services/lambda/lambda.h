// The Lambda service: functions and everything that belongs to them.
#pragma once
#include "services/lambda/account.h"
#include "services/lambda/activation.h"
#include "services/lambda/aliases.h"
#include "services/lambda/async_configs.h"
#include "services/lambda/async_invokes.h"
#include "services/lambda/code_links.h"
#include "services/lambda/code_signing_configs.h"
#include "services/lambda/code_sweep.h"
#include "services/lambda/durable/callbacks.h"
#include "services/lambda/durable/chains.h"
#include "services/lambda/durable/checkpoints.h"
#include "services/lambda/durable/executions.h"
#include "services/lambda/durable/runs.h"
#include "services/lambda/durable/starts.h"
#include "services/lambda/durable/timers.h"
#include "services/lambda/function_target.h"
#include "services/lambda/functions.h"
#include "services/lambda/idleness.h"
#include "services/lambda/image_arrivals.h"
#include "services/lambda/invoke.h"
#include "services/lambda/layer_policies.h"
#include "services/lambda/layers.h"
#include "services/lambda/mappings.h"
#include "services/lambda/parts.h"
#include "services/lambda/policies.h"
#include "services/lambda/pollers.h"
#include "services/lambda/provisioned.h"
#include "services/lambda/recursion.h"
#include "services/lambda/resource_policies.h"
#include "services/lambda/runtime_management.h"
#include "services/lambda/snap_start.h"
#include "services/lambda/url_front.h"
#include "services/lambda/urls.h"
#include "services/lambda/versions.h"

namespace hearth::services::lambda {

class Lambda {
 public:
  // All references outlive it.
  // `inactive_after`: see Idleness.
  Lambda(Parts parts, std::string server_key, wire::CredentialSource& credentials,
         wire::Authorizer& authorizer, std::chrono::seconds inactive_after)
      : parts_(parts),
        durable_(parts_.store, parts_.clock, parts_.random, parts_.outbox),
        durable_starts_(durable_),
        durable_runs_(parts_, durable_),
        durable_chains_(parts_, durable_, durable_starts_),
        durable_timers_(durable_),
        durable_checkpoints_(durable_),
        durable_callbacks_(durable_),
        durable_executions_(durable_),
        links_(std::move(server_key), parts_.blobs, parts_.clock),
        functions_(parts_, links_),
        code_signing_configs_(parts_),
        versions_(parts_),
        aliases_(parts_),
        policies_(parts_),
        resource_policies_(parts_),
        layers_(parts_, links_),
        layer_policies_(parts_),
        account_(parts_),
        provisioned_(parts_),
        recursion_(parts_),
        runtime_management_(parts_),
        async_configs_(parts_),
        async_invokes_(parts_),
        function_target_(parts_, async_invokes_),
        invoke_(parts_, async_invokes_),
        mappings_(parts_),
        pollers_(parts_),
        urls_(parts_),
        url_front_(parts_, credentials, authorizer),
        activation_(parts_),
        image_arrivals_(parts_),
        snap_start_(parts_),
        idleness_(parts_, inactive_after) {
    parts_.durable = &durable_starts_;
  }
  Lambda(const Lambda&) = delete;

  void mount(wire::Router& router) {
    functions_.mount(router);
    code_signing_configs_.mount(router);
    versions_.mount(router);
    aliases_.mount(router);
    policies_.mount(router);
    resource_policies_.mount(router);
    layers_.mount(router);
    layer_policies_.mount(router);
    account_.mount(router);
    provisioned_.mount(router);
    recursion_.mount(router);
    runtime_management_.mount(router);
    async_configs_.mount(router);
    invoke_.mount(router);
    mappings_.mount(router);
    urls_.mount(router);
    durable_checkpoints_.mount(router);
    durable_callbacks_.mount(router);
    durable_executions_.mount(router);
  }

  // Background work, in the scope of its owner and on that loop.
  void start(io::TaskScope& scope) {
    scope.spawn(activation_.run());
    scope.spawn(image_arrivals_.run());
    scope.spawn(snap_start_.run());
    scope.spawn(keep_code_swept(parts_));
    scope.spawn(idleness_.run());
    scope.spawn(async_invokes_.run());
    scope.spawn(provisioned_.run());
    scope.spawn(pollers_.run());
    scope.spawn(durable_runs_.run());
    scope.spawn(durable_chains_.run());
    scope.spawn(durable_timers_.run());
  }
  // When the scope has ended: what other nodes can take over at once.
  Async<void> release() { return pollers_.release(); }

  const CodeLinks& links() const { return links_; }
  UrlFront& url_front() { return url_front_; }
  delivery::Target& target() { return function_target_; }

 private:
  Parts parts_;
  DurableParts durable_;
  DurableStarts durable_starts_;
  DurableRuns durable_runs_;
  DurableChains durable_chains_;
  DurableTimers durable_timers_;
  DurableCheckpoints durable_checkpoints_;
  DurableCallbacks durable_callbacks_;
  DurableExecutions durable_executions_;
  CodeLinks links_;
  Functions functions_;
  CodeSigningConfigs code_signing_configs_;
  Versions versions_;
  Aliases aliases_;
  Policies policies_;
  ResourcePolicies resource_policies_;
  Layers layers_;
  LayerPolicies layer_policies_;
  Account account_;
  Provisioned provisioned_;
  Recursion recursion_;
  RuntimeManagement runtime_management_;
  AsyncConfigs async_configs_;
  AsyncInvokes async_invokes_;
  FunctionTarget function_target_;
  Invoke invoke_;
  Mappings mappings_;
  Pollers pollers_;
  Urls urls_;
  UrlFront url_front_;
  Activation activation_;
  ImageArrivals image_arrivals_;
  SnapStart snap_start_;
  Idleness idleness_;
};

}  // namespace hearth::services::lambda
