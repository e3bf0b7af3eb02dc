#include "execution/host_memory.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace hearth::execution {

uint64_t host_memory_bytes() {
  return static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

uint64_t memory_free_percent() {
  std::ifstream file("/proc/meminfo");
  uint64_t total = 0;
  uint64_t available = 0;
  std::string unit;
  for (std::string name; file >> name;) {
    if (name == "MemTotal:") file >> total;
    if (name == "MemAvailable:") file >> available;
    std::getline(file, unit);
    if (total > 0 && available > 0) return available * 100 / total;
  }
  return 100;
}

}  // namespace hearth::execution
