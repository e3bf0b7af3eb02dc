// `hearth doctor`: what this host offers, what it lacks and what follows. `hearth usage`: the ledger, priced.
#pragma once
#include <string>

namespace hearth::server {

int doctor();
// Reads the ledger of a server that is not running.
int usage(const std::string& data_folder);

}  // namespace hearth::server
