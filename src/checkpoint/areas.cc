#include "checkpoint/pages.h"
#include "checkpoint/workshop.h"

#if defined(__x86_64__)

namespace hearth::checkpoint {
namespace {

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
  constexpr int kUnreadable = 1;
  const auto touched = [of_file](Page page) {
    return page.is_swapped() || (page.is_there() && !(of_file && page.is_files()));
  };
  const auto add_part = [&](uint64_t begin, uint64_t end, bool is_content) -> int {
    if (of_file && !is_content) return 0;
    Area part = area;
    part.kind = is_content ? Area::kContent : Area::kEmpty;
    part.begin = begin;
    part.end = end;
    return add(part);
  };
  Workshop& shop = workshop();
  const int done = each_run(shop.pagemap, shop.pages, area.begin, area.end, kUnreadable, touched, add_part);
  return done == kUnreadable ? fail("its memory cannot be examined") : done;
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
