// An image as its source describes it: its manifest and configuration, read and compared with their digests.
#pragma once
#include "oci/image_source.h"

namespace hearth::oci {

struct Image {
  Digest digest;  // of the manifest
  std::string manifest_bytes;
  Manifest manifest;
  Config config;
};

// Fails as the source does, as the parsers do, and with "ManifestUnsupported" for an index, for layers of a
// kind that cannot be had, and "DigestMismatch".
Async<Image> read_image(ImageSource& source);

// The content as it comes from the source, which outlives it, and an error ("DigestMismatch") in place of its
// end when it was not what the descriptor says.
io::Body verified(io::Body body, const Descriptor& descriptor);

}  // namespace hearth::oci
