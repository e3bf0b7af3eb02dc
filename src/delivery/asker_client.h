// Operations of other services of this server, called in the name of those who asked for a job: with the
// rights that their key has at that moment.
//
// Threads: any that runs a loop.
#pragma once
#include "base/json.h"
#include "base/random.h"
#include "delivery/asker.h"
#include "wire/auth.h"
#include "wire/router.h"

namespace hearth::delivery {

class AskerClient {
 public:
  // All outlive it.
  AskerClient(const wire::Router& router, wire::CredentialSource& credentials, const Clock& clock,
              Random& random)
      : router_(router), credentials_(credentials), clock_(clock), random_(random) {}

  // Who makes this call; "NotImplemented" for who has no key to be found again by.
  Result<Asker> asker_of(const wire::Call& call) const;

  // "AccessDenied" when their key is no longer valid, and what the operation answers.
  Async<json::object> call(Asker asker, std::string service, std::string operation, json::object input,
                           uint64_t bytes_max = wire::Router::kCallPayloadBytesMax) const;
  // What S3 refuses is an error of which is_refusal() is true, with the codes that jobs fail with:
  // "S3NoSuchBucket", "S3AccessDenied"; others may pass. A body beyond `bytes_max` is one.
  Async<json::object> s3(Asker asker, std::string operation, json::object input,
                         uint64_t bytes_max = wire::Router::kCallPayloadBytesMax) const;
  static bool is_refusal(const Error& error);

 private:
  const wire::Router& router_;
  wire::CredentialSource& credentials_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace hearth::delivery
