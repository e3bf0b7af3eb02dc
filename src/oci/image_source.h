// Where an image comes from: its manifest, and by digest what that names. What a source says is not believed:
// who reads from it compares digests (image.h).
//
// Codes of all sources: "ImageNotFound"; "ImageDenied": it is not for who asks; "ImageInvalid": what is there
// is not what it says it is; "ImageUnavailable": it could not be asked.
//
// Threads: one loop. A source outlives the bodies it hands out.
#pragma once
#include <string>

#include "base/task.h"
#include "io/body.h"
#include "oci/manifest.h"

namespace hearth::oci {

struct Document {
  std::string bytes;
  std::string media_type;  // as its bearer says; may be empty
};

class ImageSource {
 public:
  virtual ~ImageSource() = default;
  // Of the image that the source was opened for.
  virtual Async<Document> manifest() = 0;
  // REQUIRES a descriptor of that manifest.
  virtual Async<io::Body> content(Descriptor descriptor) = 0;
};

}  // namespace hearth::oci
