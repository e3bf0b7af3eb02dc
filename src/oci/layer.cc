#include "oci/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "base/digest.h"
#include "oci/layer_tree.h"
#include "oci/whiteout.h"

namespace hearth::oci {
namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

constexpr size_t kLayerBlockBytes = size_t{64} << 10;
// Of an archive beside what is in its files: a header and a pax header an entry, and padding.
constexpr uint64_t kOverheadBytes = 4096;

std::string text_of(archive* handle) {
  const char* text = archive_error_string(handle);
  return text ? text : "unknown error";
}

// The archive's bytes, uncompressed and hashed on the way; no more of them than the image may have.
class Uncompressed {
 public:
  Uncompressed(LayerFile file, uint64_t bytes_max)
      : reader_(archive_read_new(), &archive_read_free), left_(bytes_max) {
    archive_read_support_format_raw(reader_.get());
    archive_read_support_format_empty(reader_.get());
    if (file.compression == Compression::kGzip) archive_read_support_filter_gzip(reader_.get());
    if (file.compression == Compression::kZstd) archive_read_support_filter_zstd(reader_.get());
    archive_entry* entry = nullptr;
    if (archive_read_open_fd(reader_.get(), file.descriptor, kLayerBlockBytes) != ARCHIVE_OK) {
      problem_ = text_of(reader_.get());
      return;
    }
    // A layer that says it is compressed and is not would be taken for what it is without this.
    const int opened = archive_read_next_header(reader_.get(), &entry);
    if (opened == ARCHIVE_EOF) {
      ended_ = true;
    } else if (opened != ARCHIVE_OK) {
      problem_ = text_of(reader_.get());
    } else if (archive_filter_count(reader_.get()) != (file.compression == Compression::kNone ? 1 : 2)) {
      problem_ = "its compression is not what its media type says";
    }
  }

  // The next bytes, which stay until the next call; none at the end and after a problem.
  std::string_view read() {
    if (ended_ || !problem_.empty() || too_large_) return {};
    const la_ssize_t size = archive_read_data(reader_.get(), block_.data(), block_.size());
    if (size < 0) problem_ = text_of(reader_.get());
    if (size == 0) ended_ = true;
    if (size <= 0) return {};
    const std::string_view bytes(block_.data(), static_cast<size_t>(size));
    if (bytes.size() > left_) {
      too_large_ = true;
      return {};
    }
    left_ -= bytes.size();
    hash_.update(bytes);
    return bytes;
  }

  // Reads what is left and compares.
  Status check(const Digest& diff_id) {
    while (!read().empty()) {
    }
    TRY_SYNC_VOID(trouble());
    if (Digest::of_hash(hash_.finish()) != diff_id)
      return fail("DigestMismatch", "a layer is not what the image's configuration says: " + diff_id.text());
    return {};
  }

  // What went wrong below, which the archive above reports as its end.
  Status trouble() const {
    if (too_large_) return fail("ImageTooLarge", "the image unpacks to more than is allowed");
    if (!problem_.empty()) return fail("LayerInvalid", "a layer cannot be read: " + problem_);
    return {};
  }

 private:
  Reader reader_;
  std::array<char, kLayerBlockBytes> block_;
  hearth::Digest hash_;
  uint64_t left_;
  std::string problem_;
  bool ended_ = false;
  bool too_large_ = false;
};

la_ssize_t read_block(archive*, void* source, const void** block) {
  const std::string_view bytes = static_cast<Uncompressed*>(source)->read();
  *block = bytes.data();
  return static_cast<la_ssize_t>(bytes.size());
}

// Paths are bytes, which tar writes in more than one way.
std::string path_of(archive_entry* entry) {
  if (const char* text = archive_entry_pathname_utf8(entry)) return text;
  const char* text = archive_entry_pathname(entry);
  return text ? text : "";
}

std::string target_of(archive_entry* entry, bool hard) {
  const char* text = hard ? archive_entry_hardlink_utf8(entry) : archive_entry_symlink_utf8(entry);
  if (!text) text = hard ? archive_entry_hardlink(entry) : archive_entry_symlink(entry);
  return text ? text : "";
}

Status too_large() {
  return fail("ImageTooLarge", "the image unpacks to more than is allowed");
}

class Unpacking {
 public:
  Unpacking(archive* reader, LayerTree tree, UnpackBudget& budget)
      : reader_(reader), tree_(std::move(tree)), budget_(budget) {}

  Status add(archive_entry* entry) {
    if (budget_.entries == 0) return too_large();
    --budget_.entries;
    const uint64_t made_before = tree_.directories_made();
    TRY_SYNC_VOID(place(entry));
    budget_.entries -= std::min(budget_.entries, tree_.directories_made() - made_before);
    return {};
  }

 private:
  Status place(archive_entry* entry) {
    TRY_SYNC(const LayerTree::Path path, LayerTree::parse_path(path_of(entry)));
    if (path.empty()) return {};  // the root itself
    TRY_SYNC_VOID(check_whiteouts(path));
    if (is_whiteout(path.back())) {
      TRY_SYNC(const Fd mark, tree_.add_file(path));
      return {};
    }
    if (const std::string target = target_of(entry, true); !target.empty()) {
      TRY_SYNC(const LayerTree::Path to, LayerTree::parse_path(target));
      if (!to.empty() && is_whiteout(to.back()))
        return fail("LayerInvalid", "a hard link leads to a whiteout");
      return tree_.add_hard_link(path, to);
    }
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR:
        return tree_.add_directory(path, archive_entry_perm(entry));
      case AE_IFLNK:
        return tree_.add_symbolic_link(path, target_of(entry, false));
      case AE_IFREG:
        return add_file(path, entry);
      default:
        return {};
    }
  }

  Status add_file(const LayerTree::Path& path, archive_entry* entry) {
    // As large as it looks, which in a file with holes is more than what is written.
    const la_int64_t size = archive_entry_size(entry);
    if (size < 0 || static_cast<uint64_t>(size) > budget_.bytes) return too_large();
    budget_.bytes -= static_cast<uint64_t>(size);
    TRY_SYNC(const Fd file, tree_.add_file(path));
    for (;;) {
      const void* block = nullptr;
      size_t block_size = 0;
      la_int64_t offset = 0;
      const int got = archive_read_data_block(reader_, &block, &block_size, &offset);
      if (got == ARCHIVE_EOF) break;
      if (got != ARCHIVE_OK) return fail("LayerInvalid", "a layer cannot be read: " + text_of(reader_));
      if (offset < 0 || offset + static_cast<la_int64_t>(block_size) > size)
        return fail("LayerInvalid", "an entry is larger than it says");
      TRY_SYNC_VOID(write_all(file, static_cast<const char*>(block), block_size, offset));
    }
    return LayerTree::finish_file(
        file, static_cast<uint64_t>(size), archive_entry_perm(entry),
        {.tv_sec = archive_entry_mtime(entry), .tv_nsec = archive_entry_mtime_nsec(entry)});
  }

  static Status write_all(const Fd& file, const char* bytes, size_t size, la_int64_t offset) {
    while (size > 0) {
      const ssize_t written = ::pwrite(file.get(), bytes, size, offset);
      if (written < 0) return layer_failure("write a file");
      bytes += written;
      size -= static_cast<size_t>(written);
      offset += written;
    }
    return {};
  }

  archive* reader_;
  LayerTree tree_;
  UnpackBudget& budget_;
};

}  // namespace

Status unpack_layer(LayerFile file, const Digest& diff_id, const std::string& directory,
                    UnpackBudget& budget) {
  const uint64_t bytes_max = budget.bytes + kOverheadBytes * (budget.entries + 1);
  const auto source = std::make_unique<Uncompressed>(file, bytes_max);
  TRY_SYNC_VOID(source->trouble());
  TRY_SYNC(LayerTree tree, LayerTree::open(directory));
  const Reader reader(archive_read_new(), &archive_read_free);
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_empty(reader.get());
  Unpacking unpacking(reader.get(), std::move(tree), budget);
  if (archive_read_open(reader.get(), source.get(), nullptr, &read_block, nullptr) != ARCHIVE_OK) {
    TRY_SYNC_VOID(source->trouble());
    return fail("LayerInvalid", "a layer cannot be read: " + text_of(reader.get()));
  }
  for (;;) {
    archive_entry* entry = nullptr;
    const int got = archive_read_next_header(reader.get(), &entry);
    TRY_SYNC_VOID(source->trouble());
    if (got == ARCHIVE_EOF) break;
    // A warning is of a text that this locale cannot show.
    if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
      return fail("LayerInvalid", "a layer cannot be read: " + text_of(reader.get()));
    const Status added = unpacking.add(entry);
    TRY_SYNC_VOID(source->trouble());
    TRY_SYNC_VOID(added);
  }
  return source->check(diff_id);
}

}  // namespace hearth::oci
