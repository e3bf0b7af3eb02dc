// What is verified is what runs: where an archive has contents that can be signed, unpacking it gives these
// and nothing else.
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <clocale>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/check.h"
#include "base/encoding.h"
#include "base/test_zip.h"
#include "services/lambda/unzip.h"
#include "services/signer/package.h"
#include "services/signer/signature.h"

namespace {

namespace fs = std::filesystem;

// Folders that the archive names; others are there because something lies in them.
std::set<std::string> folders_of(std::string_view bytes) {
  std::set<std::string> folders;
  archive* reader = archive_read_new();
  archive_read_support_format_zip_seekable(reader);
  archive_read_open_memory(reader, bytes.data(), bytes.size());
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    std::string path = archive_entry_pathname(entry);
    if (path.ends_with('/')) path.pop_back();
    if (archive_entry_filetype(entry) == AE_IFDIR) folders.insert(path);
  }
  archive_read_free(reader);
  return folders;
}

hearth::ZipEntry entry_of(const fs::path& path, std::string name) {
  hearth::ZipEntry entry{.path = std::move(name)};
  struct stat found{};
  CHECK(::lstat(path.c_str(), &found) == 0);
  entry.mode = static_cast<int>(found.st_mode & 0777);
  if (S_ISLNK(found.st_mode)) {
    entry.link_to = fs::read_symlink(path);
  } else if (S_ISDIR(found.st_mode)) {
    entry.folder = true;
    entry.path += '/';
  } else {
    std::ifstream file(path, std::ios::binary);
    entry.text.assign(std::istreambuf_iterator<char>(file), {});
  }
  return entry;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const char* const locale = std::setlocale(LC_CTYPE, "C.UTF-8");  // as the server has it
  (void)locale;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto contents =
      hearth::services::signer::contents_of(input, {.bytes_max = 1 << 16, .entries_max = 50});
  if (!contents) return 0;
  static const std::string folder = [] {
    std::string name = fs::temp_directory_path() / "fuzz-signed.XXXXXX";
    CHECK(::mkdtemp(name.data()), "there is room for a folder");
    return name;
  }();
  const std::string root = folder + "/root";
  fs::create_directories(root);
  const auto unpacked =
      hearth::services::lambda::unzip(input, root, {.bytes_max = 1 << 20, .entries_max = 60});
  const std::set<std::string> folders = folders_of(input);
  std::vector<hearth::ZipEntry> found;
  bool comparable = unpacked.has_value();
  for (const auto& each : fs::recursive_directory_iterator(root)) {
    const std::string name = each.path().lexically_relative(root);
    const bool implied = each.is_directory() && !each.is_symlink() && !folders.contains(name);
    // The other archive can neither keep names that are no UTF-8, nor links to nothing.
    comparable = comparable && hearth::is_utf8(name);
    if (name != hearth::services::signer::kSignaturePath && !implied)
      found.push_back(entry_of(each.path(), name));
    if (each.is_symlink()) comparable = comparable && !found.back().link_to.empty();
  }
  fs::remove_all(root);
  if (!comparable) return 0;
  const auto again = hearth::services::signer::contents_of(hearth::zip_of(found));
  CHECK(again && *again == *contents, "what was unpacked is what was verified");
  return 0;
}
