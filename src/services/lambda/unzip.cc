#include "services/lambda/unzip.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace hearth::services::lambda {
namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;

std::string text_of(archive* handle) {
  const char* text = archive_error_string(handle);
  return text ? text : "unknown error";
}

// The path inside the directory; empty for what has none (absolute, or climbing out).
std::string safe_path(const char* path) {
  if (!path) return {};
  std::string_view rest = path;
  while (rest.starts_with("./")) rest.remove_prefix(2);
  if (rest.empty() || rest.starts_with('/')) return {};
  for (size_t start = 0; start <= rest.size();) {
    const size_t end = std::min(rest.find('/', start), rest.size());
    if (rest.substr(start, end - start) == "..") return {};
    start = end + 1;
  }
  return std::string(rest);
}

// Readable by all and writable by none but us; the execute bits are the archive's.
void set_mode(archive_entry* entry) {
  if (archive_entry_filetype(entry) == AE_IFDIR) {
    archive_entry_set_perm(entry, 0755);
  } else {
    archive_entry_set_perm(entry, 0644 | (archive_entry_perm(entry) & 0111));
  }
}

Status copy_data(archive* reader, archive* writer, uint64_t& total, uint64_t bytes_max) {
  for (;;) {
    const void* block = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    const int got = archive_read_data_block(reader, &block, &size, &offset);
    if (got == ARCHIVE_EOF) return {};
    if (got != ARCHIVE_OK) return fail("NotAnArchive", text_of(reader));
    total += size;
    if (total > bytes_max) return fail("TooLarge", "the archive unpacks to more than is allowed");
    if (archive_write_data_block(writer, block, size, offset) != ARCHIVE_OK)
      return fail("IoError", text_of(writer));
  }
}

}  // namespace

Result<uint64_t> unzip(std::string_view bytes, const std::string& directory, UnzipLimits limits) {
  // An archive that begins with its end record has no entries; the library takes it for something else.
  if (bytes.starts_with("PK\x05\x06")) return fail("Empty", "the archive has no entries");
  const Reader reader(archive_read_new(), &archive_read_free);
  archive_read_support_format_zip_seekable(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    return fail("NotAnArchive", text_of(reader.get()));
  }
  const Writer writer(archive_write_disk_new(), &archive_write_free);
  archive_write_disk_set_options(
      writer.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT);
  uint64_t total = 0;
  uint64_t entries = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    const int got = archive_read_next_header(reader.get(), &entry);
    if (got == ARCHIVE_EOF) break;
    if (got != ARCHIVE_OK) return fail("NotAnArchive", text_of(reader.get()));
    const auto type = archive_entry_filetype(entry);
    const std::string path = safe_path(archive_entry_pathname(entry));
    if (path.empty() || (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK)) {
      return fail("NotAnArchive", "an entry has a path or a type that is not allowed");
    }
    if (++entries > limits.entries_max) return fail("TooLarge", "the archive has too many entries");
    archive_entry_set_pathname(entry, (directory + "/" + path).c_str());
    set_mode(entry);
    if (archive_write_header(writer.get(), entry) != ARCHIVE_OK)
      return fail("IoError", text_of(writer.get()));
    TRY_SYNC_VOID(copy_data(reader.get(), writer.get(), total, limits.bytes_max));
    if (archive_write_finish_entry(writer.get()) != ARCHIVE_OK) return fail("IoError", text_of(writer.get()));
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return fail("IoError", text_of(writer.get()));
  return total;
}

}  // namespace hearth::services::lambda
