// Versions: what a function was when it was published. They do not change.
#pragma once
#include "api/lambda.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class Versions {
 public:
  explicit Versions(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::lambda::FunctionConfiguration> publish(const wire::Call& call,
                                                    api::lambda::PublishVersionRequest input);
  Async<api::lambda::ListVersionsByFunctionResponse> list(const wire::Call& call,
                                                          api::lambda::ListVersionsByFunctionRequest input);

 private:
  Parts& parts_;
};

// Freezes $LATEST under the next number, or in the place of what was frozen as "$LATEST.PUBLISHED" before, in
// the transaction that stores `function`. The references outlive the call.
Async<VersionRecord> publish_version(store::Transaction& tx, Parts& parts, const FunctionRef& ref,
                                     FunctionRecord& function, std::string description, bool as_latest);

// As GetFunction and GetFunctionConfiguration look a function up: the error names what was asked for.
Async<Resolved> resolve_for_read(store::Transaction& tx, FunctionRef ref);
api::lambda::FunctionConfiguration describe_resolved(const FunctionRef& ref, const Resolved& found);

}  // namespace hearth::services::lambda
