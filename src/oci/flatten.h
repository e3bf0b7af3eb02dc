// Lays the unpacked layers of an image over another into one directory, the root of its functions.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "oci/layer.h"

namespace hearth::oci {

// Into `target`, which exists, is empty and lies on the file system of the layers; the lowest comes first.
// Files are linked, not copied, so that images with common layers share them on disk and in memory. Whiteouts
// take away what layers below them have. At the end the root has what sandboxes place their own things on:
// /proc, /dev, /tmp and others, and files /etc/hosts, /etc/hostname and /etc/resolv.conf if /etc is a
// directory.
//
// No link is followed, whatever the layers hold. Codes: "ImageTooLarge", "StoreFull", "IoError".
Status flatten(const std::vector<std::string>& layers, const std::string& target, UnpackBudget budget);

// Names of what lies in the folder of an image's root and is no directory, in order. Links are followed as in
// the image; none when there is no such folder.
std::vector<std::string> files_in_root(const std::string& root, const std::string& folder);

}  // namespace hearth::oci
