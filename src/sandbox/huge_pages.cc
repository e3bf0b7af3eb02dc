#include "sandbox/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>

namespace hearth::sandbox {

namespace {

constexpr uint64_t kHugePageBytes = 2 << 20;
constexpr int kCollapse = 25;  // MADV_COLLAPSE of Linux 6.1, which the C library does not have yet

void gather(uint64_t begin, uint64_t end) {
  begin = (begin + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  // One by one, as the first that cannot be would keep the others from it.
  for (; begin + kHugePageBytes <= end; begin += kHugePageBytes)
    (void)::madvise(reinterpret_cast<void*>(begin), kHugePageBytes, kCollapse);
}

}  // namespace

void gather_in_huge_pages() {
  const std::unique_ptr<FILE, int (*)(FILE*)> maps(std::fopen("/proc/self/maps", "re"), &std::fclose);
  char line[512];
  while (maps && std::fgets(line, sizeof line, maps.get()) != nullptr) {
    unsigned long begin = 0;
    unsigned long end = 0;
    unsigned long inode = 0;
    char rights[5] = {};
    const int found = std::sscanf(line, "%lx-%lx %4s %*x %*x:%*x %lu", &begin, &end, rights,
                                  &inode);  // NOLINT(cert-err34-c)
    if (found == 4 && inode == 0 && std::strcmp(rights, "rw-p") == 0 && !std::strstr(line, "[stack]"))
      gather(begin, end);
  }
}

}  // namespace hearth::sandbox
