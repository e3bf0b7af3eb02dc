// Images in files: an OCI layout (a folder or an archive), and what `docker save` writes.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "oci/digest.h"
#include "oci/files.h"
#include "oci/image_source.h"

namespace hearth::oci {

// The one with this tag (org.opencontainers.image.ref.name) and this digest; the only one when there is
// neither.
std::unique_ptr<ImageSource> open_layout(std::unique_ptr<Files> files, std::string tag,
                                         std::optional<Digest> digest);
// The one with this name, or this tag of any name; the only one when it is empty. There is no manifest of a
// registry in such an archive, so one is made: always the same of the same archive, and `digest` where that
// is given.
std::unique_ptr<ImageSource> open_docker_archive(std::unique_ptr<Files> files, std::string name,
                                                 std::optional<Digest> digest);

}  // namespace hearth::oci
