// Objects that browsers post as a form: fields that say what PutObject's headers would, a policy that whoever
// made the form has signed, and the file as its last part, which streams into the same operation.
//
// Threads: any loop.
#pragma once
#include "services/s3/multipart.h"
#include "services/s3/parts.h"
#include "services/s3/post_policy.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class PostForms {
 public:
  // All outlive it.
  PostForms(wire::CredentialSource& credentials, const wire::Router& router)
      : credentials_(credentials), router_(router) {}

  // `path` names the bucket. `call` becomes that of the form's signer; it and `request` outlive the task.
  Async<io::Response> serve(wire::Call& call, io::Request& request, std::string path);

 private:
  // Who signed the policy, and what it says; nothing where nobody did.
  Async<std::optional<PostPolicy>> authenticate(wire::Call& call, const FormFields& fields);

  wire::CredentialSource& credentials_;
  const wire::Router& router_;
};

}  // namespace hearth::services::s3
