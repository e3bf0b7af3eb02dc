// The network-facing process needs no privileges once its sockets are bound and the spawner runs.
#pragma once
#include <string>

#include "base/result.h"

namespace hearth::server {

// Started as root: gives the data folder to `user` (a name; empty for `hearth` when there is such a user,
// otherwise a numeric id of our own) and becomes that user for good. Not root: does nothing.
Status drop_privileges(const std::string& data_folder, const std::string& user);

}  // namespace hearth::server
