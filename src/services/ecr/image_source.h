// Images for what runs them: read in the process, without the distribution API.
//
//   TRY(ServedImage image, co_await images.find({account, region, name, digest_or_tag}, reader));
//   TRY(io::FileRange bytes, co_await images.open(image.repository, digest));
//
// Errors: "RepositoryNotFoundException", "ImageNotFoundException", "LayersNotFoundException" when there is no
// such thing, "AccessDeniedException"; those of the store. Threads: any loop.
#pragma once
#include "io/body.h"
#include "oci/digest.h"
#include "services/ecr/parts.h"
#include "services/ecr/repository_ref.h"

namespace hearth::services::ecr {

// On whose behalf a service reads: that of the account whose function it is. Its own account may; another's
// needs the repository's policy to let the service, under the keys aws:SourceArn and aws:SourceAccount.
struct ServiceReader {
  std::string service;     // "lambda.amazonaws.com"
  std::string account;     // of the function
  std::string source_arn;  // the function's
};

struct WantedImage {
  std::string account;
  std::string region;
  std::string repository;
  std::string reference;  // a digest or a tag
};

struct ServedImage {
  RepositoryRef repository;
  std::string digest;
  std::string media_type;
  std::string manifest;
};

class ImageSource {
 public:
  explicit ImageSource(const Parts& parts) : parts_(parts) {}

  Async<ServedImage> find(WantedImage wanted, ServiceReader reader);
  // A layer or configuration of an image that find() gave: nobody is asked again.
  Async<io::FileRange> open(RepositoryRef repository, std::string digest);

 private:
  Async<void> allow(RepositoryRef ref, ServiceReader reader);

  const Parts& parts_;
};

}  // namespace hearth::services::ecr
