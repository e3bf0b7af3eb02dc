// The Security Token Service, as far as it is served: who am I.
#pragma once
#include "api/sts.h"
#include "wire/router.h"

namespace hearth::services::sts {

class Sts {
 public:
  void mount(wire::Router& router) {
    router.on<api::sts::ops::GetCallerIdentity>(*this, &Sts::get_caller_identity);
  }

  Async<api::sts::GetCallerIdentityResponse> get_caller_identity(const wire::Call& call,
                                                                 api::sts::GetCallerIdentityRequest) {
    co_return api::sts::GetCallerIdentityResponse{
        .user_id = call.identity.user_id, .account = call.identity.account, .arn = call.identity.arn};
  }
};

}  // namespace hearth::services::sts
