// Where images of functions may come from, as the command line says it.
#pragma once
#include "oci/image_sources.h"
#include "server/options.h"

namespace hearth::server {

// REQUIRES the working directory that the server was started in. Code "InvalidOption".
Result<oci::ImageSourceOptions> image_options(const ServeOptions& options);

}  // namespace hearth::server
