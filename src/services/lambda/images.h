// Images of functions: read from where they come from, kept as blobs, and laid out as directories
// (directories.h) that become the roots of sandboxes. Each layer is unpacked once, whichever images have it.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "io/thread_pool.h"
#include "io/turnstile.h"
#include "oci/image.h"
#include "oci/image_sources.h"
#include "services/lambda/directories.h"
#include "services/lambda/records.h"
#include "store/blob.h"

namespace hearth::services::lambda {

class ImageStore {
 public:
  // `directories` is shared with the pool's work, which goes on when this has gone.
  ImageStore(std::shared_ptr<Directories> directories, store::Blobs& blobs, io::ThreadPool& pool,
             const oci::ImageSources& sources)
      : directories_(std::move(directories)), blobs_(blobs), pool_(pool), sources_(sources) {}

  // Finds the image and checks what its manifest and configuration tell of it, for a function of that
  // architecture ("x86_64"). Errors as the service words them.
  Async<ComingImage> find(std::string uri, oci::Asker asker, std::string architecture);

  struct Arrived {
    ImageRecord image;
    store::BlobInfo manifest;
    std::vector<store::StagedBlob> blobs;  // to be kept until they are referenced
    Directory root;
  };
  // Reads all of an image that was found, checks and keeps it, and unpacks it. Errors are for image_errors.h.
  Async<Arrived> fetch(ComingImage coming, oci::Asker asker);

  // The root of an image that was fetched at some time. Unpacks it when it is not there.
  Async<Directory> root_of(ImageRecord image) {
    return unpacked(std::move(image), io::Turnstile::Rank::kAwaited);
  }
  // The programs in /opt/extensions.
  Async<std::vector<std::string>> extensions_in(Directory root);

  // Adds what the directories of this image are called, for the sweep.
  static void add_names(const ImageRecord& image, std::set<std::string>& names);

 private:
  Async<Directory> unpacked(ImageRecord image, io::Turnstile::Rank rank);
  Async<Arrived> keep(ImageRecord image, oci::ImageSource& source, oci::Image read);

  std::shared_ptr<Directories> directories_;  // shared: see the constructor
  store::Blobs& blobs_;
  io::ThreadPool& pool_;
  const oci::ImageSources& sources_;
  // To unpack, as a large image takes minutes and others need the pool's few threads too: one at a time of
  // those that arrive, and one beside it that a function waits for. Shared with the pool's work.
  std::shared_ptr<io::Turnstile> turns_ = std::make_shared<io::Turnstile>(2);
};

}  // namespace hearth::services::lambda
