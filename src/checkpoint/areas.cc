#include "checkpoint/workshop.h"

#if defined(__x86_64__)

#include <algorithm>

namespace hearth::checkpoint {
namespace {

constexpr uint64_t kHolePages = 32;  // fewer pages that nobody touched are written like the others

// What the kernel tells of a page.
constexpr uint64_t kPresent = uint64_t{1} << 63;
constexpr uint64_t kSwapped = uint64_t{1} << 62;
constexpr uint64_t kOfFile = uint64_t{1} << 61;

int add(const Area& area) {
  Area* const last = head().areas > 0 ? &tables().area[head().areas - 1] : nullptr;
  if (area.kind == Area::kContent && last != nullptr && last->kind == area.kind && last->end == area.begin &&
      last->protection == area.protection && !area.grows && !last->grows) {
    last->end = area.end;
    return 0;
  }
  if (head().areas == kAreasMax) return fail("its memory is in too many parts");
  tables().area[head().areas++] = area;
  return 0;
}

// What was touched of it, as content, or of a file's what was written to; and what lies between, which is the
// file's or nobody has touched.
int add_touched(const Area& area) {
  const bool of_file = area.kind == Area::kFile;
  uint64_t done = area.begin;  // up to here all is added
  uint64_t run = 0;            // where the run under way began, or 0
  uint64_t run_end = 0;
  const auto add_part = [&](Area::Kind kind, uint64_t begin, uint64_t end) -> int {
    done = end;
    if (begin == end || (kind == Area::kEmpty && of_file)) return 0;
    Area part = area;
    part.kind = kind;
    part.begin = begin;
    part.end = end;
    return add(part);
  };
  const auto end_run = [&]() -> int {
    if (run == 0) return 0;
    if (const int added = add_part(Area::kEmpty, done, run); added != 0) return added;
    const uint64_t begin = run;
    run = 0;
    return add_part(Area::kContent, begin, run_end);
  };
  for (uint64_t where = area.begin; where < area.end;) {
    const uint64_t wanted = std::min<uint64_t>((area.end - where) / kPage, workshop().pages.size());
    const long size = call(SYS_pread64, workshop().pagemap, address(workshop().pages.data()),
                           static_cast<long>(wanted * 8), static_cast<long>(where / kPage * 8));
    if (size <= 0) return fail("its memory cannot be examined");
    for (size_t page = 0; page < static_cast<size_t>(size) / 8; ++page, where += kPage) {
      const uint64_t entry = workshop().pages[page];
      const bool present = (entry & kPresent) != 0 && (!of_file || (entry & kOfFile) == 0);
      const bool touched = present || (entry & kSwapped) != 0;
      if (!touched) continue;
      if (run != 0 && where - run_end >= kHolePages * kPage)
        if (const int added = end_run(); added != 0) return added;
      if (run == 0) run = where;
      run_end = where + kPage;
    }
  }
  if (const int added = end_run(); added != 0) return added;
  return add_part(Area::kEmpty, done, area.end);
}

int add_mapping(const Mapping& mapping) {
  if (mapping.begin >= kOwnBegin && mapping.end <= kOwnEnd) return 0;
  if (std::strcmp(mapping.name, "[vsyscall]") == 0) return 0;
  if (std::strncmp(mapping.name, "[vvar", 5) == 0 || std::strcmp(mapping.name, "[vdso]") == 0) {
    if (head().system_areas == kSystemAreasMax) return fail("its kernel is not known");
    head().system[head().system_areas++] = {mapping.begin, mapping.end};
    return 0;
  }
  Area area{.begin = mapping.begin,
            .end = mapping.end,
            .place = 0,
            .source = {},
            .kind = Area::kEmpty,
            .protection = mapping.protection,
            .grows = std::strcmp(mapping.name, "[stack]") == 0,
            .shared = mapping.shared};
  if (mapping.shared && (mapping.protection & PROT_WRITE) != 0)
    return fail("it shares memory with others (%s)", mapping.name);
  if (mapping.inode == 0) return mapping.shared ? fail("it shares memory with others") : add_touched(area);
  const bool stays = !in_tmp(mapping.name) && find_source(mapping.name, mapping.inode, area.source);
  if (!stays) {
    area.kind = Area::kContent;
    area.shared = false;
    return add(area);
  }
  area.kind = Area::kFile;
  area.place = mapping.place;
  if (const int added = add(area); added != 0 || mapping.shared) return added;
  return add_touched(area);
}

}  // namespace

int list_areas() {
  constexpr int kUnreadable = 1;
  const auto add = [](const Mapping& mapping) { return add_mapping(mapping); };
  const int listed = each_mapping(workshop().text, sizeof Workshop::text, kUnreadable, add);
  return listed == kUnreadable ? fail("its memory cannot be listed") : listed;
}

}  // namespace hearth::checkpoint

#endif
