// `hearth serve`: puts the parts together, serves until it is told to stop, and drains.
#pragma once
#include "server/options.h"

namespace hearth::server {

// The process's exit code.
int serve(const ServeOptions& options);

}  // namespace hearth::server
