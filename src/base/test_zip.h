// For tests: ZIP archives with whatever entries, also such as no tool would write.
#pragma once
#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>
#include <vector>

namespace hearth {

struct ZipEntry {
  std::string path;
  std::string text = {};
  int mode = 0644;
  std::string link_to = {};  // makes it a symbolic link
  bool folder = false;
};

inline std::string zip_of(const std::vector<ZipEntry>& entries) {
  std::string bytes(1 << 20, '\0');
  size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_zip_set_compression_store(writer);  // so that a test can find its bytes again
  archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
  for (const ZipEntry& each : entries) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              &archive_entry_free);
    archive_entry_set_pathname(entry.get(), each.path.c_str());
    archive_entry_set_filetype(entry.get(), !each.link_to.empty() ? AE_IFLNK
                                            : each.folder         ? AE_IFDIR
                                                                  : AE_IFREG);
    archive_entry_set_perm(entry.get(), static_cast<unsigned>(each.mode));
    if (!each.link_to.empty()) archive_entry_set_symlink(entry.get(), each.link_to.c_str());
    const bool has_data = each.link_to.empty() && !each.folder;
    archive_entry_set_size(entry.get(), has_data ? static_cast<la_int64_t>(each.text.size()) : 0);
    archive_write_header(writer, entry.get());
    if (has_data) archive_write_data(writer, each.text.data(), each.text.size());
  }
  archive_write_close(writer);
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

}  // namespace hearth
