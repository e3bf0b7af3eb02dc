// What S3 answers beside its operations: browsers that ask before they send, and forms that they post.
#pragma once
#include "services/s3/cors.h"
#include "services/s3/post_form.h"
#include "wire/front.h"

namespace hearth::services::s3 {

class Browsers final : public wire::Front {
 public:
  // All outlive it.
  Browsers(Parts& parts, AccessPointFacts& points, wire::CredentialSource& credentials,
           const wire::Router& router)
      : cors_(parts, points), forms_(credentials, router) {}
  void mount(wire::Router& router);
  Cors& cors() { return cors_; }

  bool takes(const io::Request& request, std::string_view path) const override;
  Async<io::Response> serve(wire::Call& call, io::Request& request, std::string path) override;
  Task<void> complete(const wire::Call& call, std::string path, io::Response& response) override;

 private:
  Cors cors_;
  PostForms forms_;
};

}  // namespace hearth::services::s3
