// `hearth usage`: the ledger, priced.
#pragma once
#include <string>

namespace hearth::server {

// Reads the ledger of a server that is not running. The process's exit code.
int usage(const std::string& data_folder);

}  // namespace hearth::server
