// Unpacks a layer of an image, a tar archive, into a directory of its own.
//
// The archive is a stranger's. Whatever it says, nothing is written outside of the directory: its paths are
// looked up with the directory as the root, and a path that climbs out is an error. Links, directories and
// ordinary files are made, with their modes but never set-uid, set-gid, or closed to us, who must be able to
// delete them; devices and pipes are left out, as a sandbox has its own. Marks of what a layer deletes
// (whiteouts) stay files of their names
// (".wh.x"), for flatten() to act upon.
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"
#include "oci/digest.h"
#include "oci/manifest.h"

namespace hearth::oci {

// What an image may still have; what is unpacked is taken off.
struct UnpackBudget {
  uint64_t bytes = 0;
  uint64_t entries = 0;
};

struct LayerFile {
  int descriptor = -1;  // read from its place on
  Compression compression = Compression::kNone;
};

// Into `directory`, which exists and is empty, from bytes that uncompressed have the digest `diff_id`. What
// is in the directory after an error must not be used. Codes: "LayerInvalid", "DigestMismatch",
// "ImageTooLarge", "StoreFull", "IoError".
Status unpack_layer(LayerFile file, const Digest& diff_id, const std::string& directory,
                    UnpackBudget& budget);

}  // namespace hearth::oci
