// Signing jobs: begun here, done by JobWorker.
#pragma once
#include "api/signer.h"
#include "services/signer/parts.h"
#include "services/signer/records.h"
#include "wire/router.h"

namespace hearth::services::signer {

class Jobs {
 public:
  explicit Jobs(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::signer::StartSigningJobResponse> start(const wire::Call& call,
                                                    api::signer::StartSigningJobRequest input);
  Async<api::signer::DescribeSigningJobResponse> get(const wire::Call& call,
                                                     api::signer::DescribeSigningJobRequest input);
  Async<api::signer::ListSigningJobsResponse> list(const wire::Call& call,
                                                   api::signer::ListSigningJobsRequest input);
  Async<api::signer::ops::RevokeSignature::Output> revoke(const wire::Call& call,
                                                          api::signer::RevokeSignatureRequest input);

 private:
  const Parts& parts_;
};

}  // namespace hearth::services::signer
