// What S3 answers beside its operations: browsers that ask before they send, and forms that they post.
#pragma once
#include "services/s3/cors.h"
#include "wire/front.h"

namespace hearth::services::s3 {

class Browsers final : public wire::Front {
 public:
  explicit Browsers(Parts& parts) : cors_(parts) {}
  void mount(wire::Router& router);
  Cors& cors() { return cors_; }

  bool takes(const io::Request& request, std::string_view path) const override;
  Async<io::Response> serve(wire::Call& call, io::Request& request, std::string path) override;
  Task<void> complete(const wire::Call& call, std::string path, io::Response& response) override;

 private:
  Cors cors_;
};

}  // namespace hearth::services::s3
