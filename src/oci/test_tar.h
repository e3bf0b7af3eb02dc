// For tests: tar archives with whatever entries, also such as no tool would write.
#pragma once
#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>
#include <vector>

namespace hearth::oci::testing {

struct TarEntry {
  std::string path;
  std::string text = {};
  unsigned mode = 0644;
  unsigned type = AE_IFREG;
  std::string link_to = {};  // of a symbolic link
  std::string same_as = {};  // makes it a hard link
};

// `filter` compresses it: archive_write_add_filter_gzip, or one of its like.
inline std::string tar_of(const std::vector<TarEntry>& entries,
                          int (*filter)(archive*) = &archive_write_add_filter_none) {
  std::string bytes(4 << 20, '\0');
  size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_pax_restricted(writer);
  filter(writer);
  archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
  for (const TarEntry& each : entries) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              &archive_entry_free);
    archive_entry_set_pathname(entry.get(), each.path.c_str());
    archive_entry_set_filetype(entry.get(), each.type);
    archive_entry_set_perm(entry.get(), each.mode);
    archive_entry_set_mtime(entry.get(), 1'700'000'000, 0);
    if (!each.link_to.empty()) archive_entry_set_symlink(entry.get(), each.link_to.c_str());
    if (!each.same_as.empty()) archive_entry_set_hardlink(entry.get(), each.same_as.c_str());
    const bool has_data = each.type == AE_IFREG && each.same_as.empty();
    archive_entry_set_size(entry.get(), has_data ? static_cast<la_int64_t>(each.text.size()) : 0);
    archive_write_header(writer, entry.get());
    if (has_data) archive_write_data(writer, each.text.data(), each.text.size());
  }
  archive_write_close(writer);
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

}  // namespace hearth::oci::testing
