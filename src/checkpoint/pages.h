// Which pages of a process's own memory were touched, as /proc/self/pagemap tells.
#pragma once
#include <array>

#include "checkpoint/kernel.h"

namespace hearth::checkpoint {

struct Page {
  uint64_t entry;

  bool is_there() const { return (entry >> 63 & 1) != 0; }
  bool is_swapped() const { return (entry >> 62 & 1) != 0; }
  bool is_files() const { return (entry >> 61 & 1) != 0; }  // and nobody has written to it
};

// Calls take(begin, end, touched) for all parts of a range in order, until one does not answer 0, which it
// returns; or `unreadable`. Between two pages that were touched a few others are taken for such. `pages` is
// room for some.
template <size_t kPages, typename Touched, typename Take>
int each_run(long pagemap, std::array<uint64_t, kPages>& pages, uint64_t begin, uint64_t end, int unreadable,
             Touched touched, Take take) {
  constexpr uint64_t kHolePages = 32;
  uint64_t run = begin;      // of the part under way
  uint64_t run_end = begin;  // behind its last page that was touched
  const auto take_run = [&](uint64_t gap) -> int {
    if (run_end > run)
      if (const int answer = take(run, run_end, true); answer != 0) return answer;
    return gap > run_end ? take(run_end, gap, false) : 0;
  };
  for (uint64_t where = begin; where < end;) {
    const uint64_t left = (end - where) / kPage;
    const auto wanted = static_cast<long>((left < kPages ? left : kPages) * sizeof(uint64_t));
    const long size = call(SYS_pread64, pagemap, address(pages.data()), wanted,
                           static_cast<long>(where / kPage * sizeof(uint64_t)));
    if (size <= 0) return unreadable;
    for (size_t page = 0; page < static_cast<size_t>(size) / sizeof(uint64_t); ++page, where += kPage) {
      if (!touched(Page{pages[page]})) continue;
      if (run_end == run || where - run_end >= kHolePages * kPage) {
        if (const int answer = take_run(where); answer != 0) return answer;
        run = where;
      }
      run_end = where + kPage;
    }
  }
  return take_run(end);
}

}  // namespace hearth::checkpoint
