// `hearth check`: whether a data directory still has what was written to it.
#pragma once
#include <string>

namespace hearth::server {

struct CheckOptions {
  std::string data;
  std::string master_key_file;
  bool repair = false;
};

// For a server that is not running. The process's exit code: 0 when all is well, 2 when there are leftovers
// (none after a repair), 3 when something is damaged or missing, 1 when that could not be found out.
int check(const CheckOptions& options);

}  // namespace hearth::server
