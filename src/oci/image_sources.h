// From an image's name to its source, as far as the operator lets functions come from there: Hearth's own
// registry, folders and registries that were named at start.
//
// Threads: any loop. Immutable.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "io/thread_pool.h"
#include "oci/image_name.h"
#include "oci/image_source.h"
#include "oci/registry_client.h"

namespace hearth::oci {

// Which function the image is for, and how who makes it names this server.
struct Asker {
  std::string account;
  std::string region;
  std::string function_arn;
  std::string host;  // empty: the call is not a request
};

// Hearth's own registry, as others see it.
class OwnRegistry {
 public:
  virtual ~OwnRegistry() = default;
  // Whether the host is one of its names.
  virtual bool serves(const std::string& host, const Asker& asker) const = 0;
  virtual Async<std::unique_ptr<ImageSource>> open(Reference reference, Asker asker) = 0;
};

struct ImageSourceOptions {
  std::vector<std::string> folders;     // below which files may be named
  std::vector<std::string> registries;  // hosts; "*" is any
  RegistryLogins logins;
};

class ImageSources {
 public:
  ImageSources(ImageSourceOptions options, io::ThreadPool& pool, OwnRegistry* own = nullptr)
      : options_(std::move(options)), pool_(pool), own_(own) {}

  // Fails as sources do (image_source.h).
  Async<std::unique_ptr<ImageSource>> open(ImageName name, Asker asker) const;

 private:
  Async<std::unique_ptr<ImageSource>> open_files(ImageName name) const;

  ImageSourceOptions options_;
  io::ThreadPool& pool_;
  OwnRegistry* own_;
};

}  // namespace hearth::oci
