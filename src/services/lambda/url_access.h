// Who calls a function's URL, and may they.
//
// Two permissions are needed, by the function's policy or the caller's own: lambda:InvokeFunctionUrl, and
// lambda:InvokeFunction by way of a URL.
//
// Threads: any loop; the references outlive it.
#pragma once
#include <optional>
#include <string>

#include "services/lambda/records.h"
#include "wire/auth.h"

namespace hearth::services::lambda {

class UrlAccess {
 public:
  UrlAccess(wire::CredentialSource& credentials, wire::Authorizer& authorizer)
      : credentials_(credentials), authorizer_(authorizer) {}

  // Who signed the request for Lambda in this region; nothing when nobody did, or not rightly. `request` and
  // `body` outlive the task.
  Async<std::optional<wire::Identity>> signer(const io::Request& request, const std::string& body,
                                              std::string region, TimePoint now);
  // `caller` is nothing on URLs that are open to everyone.
  // `request` outlives the task.
  Task<bool> may_call(FunctionRef ref, const io::Request& request, std::optional<wire::Identity> caller,
                      TimePoint now);

 private:
  wire::CredentialSource& credentials_;
  wire::Authorizer& authorizer_;
};

}  // namespace hearth::services::lambda
