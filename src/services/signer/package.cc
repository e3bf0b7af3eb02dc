#include "services/signer/package.h"

#include <archive.h>
#include <archive_entry.h>

#include <map>
#include <memory>

#include "base/digest.h"
#include "base/encoding.h"
#include "services/signer/signature.h"

namespace hearth::services::signer {
namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using NewEntry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

constexpr unsigned kExecuteBits = 0111;

std::string text_of(archive* handle) {
  const char* text = archive_error_string(handle);
  return text ? text : "unknown error";
}
std::unexpected<Error> bad_entry(const std::string& path, std::string_view why) {
  return fail("BadEntry", "The entry " + path + " " + std::string(why));
}

// One after the other, as far as `visit` (Result<bool>) says true.
template <typename Visit>
Status each_entry(std::string_view bytes, Visit visit) {
  if (bytes.starts_with("PK\x05\x06")) return {};  // has none, and the library takes it for something else
  const Reader reader(archive_read_new(), &archive_read_free);
  archive_read_support_format_zip_seekable(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return fail("NotAnArchive", text_of(reader.get()));
  for (;;) {
    archive_entry* entry = nullptr;
    const int got = archive_read_next_header(reader.get(), &entry);
    if (got == ARCHIVE_EOF) return {};
    if (got != ARCHIVE_OK) return fail("NotAnArchive", text_of(reader.get()));
    TRY_SYNC(const bool more, visit(reader.get(), entry));
    if (!more) return {};
  }
}

std::string path_of(archive_entry* entry) {
  const char* path = archive_entry_pathname(entry);
  return path ? path : "";
}

// Gives the bytes of the entry that the reader stands at to `take`, up to `bytes_max`.
template <typename Take>
Status read_data(archive* reader, uint64_t bytes_max, Take take) {
  constexpr size_t kPiece = 64 * 1024;
  std::string piece(kPiece, '\0');
  for (uint64_t total = 0;;) {
    const la_ssize_t got = archive_read_data(reader, piece.data(), piece.size());
    if (got < 0) return fail("NotAnArchive", text_of(reader));
    if (got == 0) return {};
    total += static_cast<uint64_t>(got);
    if (total > bytes_max) return fail("TooLarge", "The package unpacks to more than is allowed");
    take(std::string_view(piece).substr(0, static_cast<size_t>(got)));
  }
}

struct Entry {
  std::string path;
  mode_t type = AE_IFREG;
  unsigned execute_bits = 0;
  std::string link_to;

  static Result<Entry> of(archive_entry* from, std::string path) {
    Entry entry{.path = std::move(path), .type = archive_entry_filetype(from), .link_to = {}};
    if (entry.type == AE_IFREG) entry.execute_bits = archive_entry_perm(from) & kExecuteBits;
    if (entry.type == AE_IFLNK) {
      const char* target = archive_entry_symlink(from);
      entry.link_to = target ? target : "";
    }
    if (entry.type != AE_IFREG && entry.type != AE_IFDIR && entry.type != AE_IFLNK)
      return bad_entry(entry.path, "is neither a file nor a folder nor a link");
    return entry;
  }
};

// A path has one spelling: no empty, "." or ".." parts, and nothing that ends a line.
Status check_path(std::string_view path) {
  for (const char c : path) {
    constexpr unsigned char kFirstPrintable = 0x20, kDelete = 0x7f;
    if (static_cast<unsigned char>(c) < kFirstPrintable || c == kDelete)
      return bad_entry(std::string(path), "has a control character in its name");
  }
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..")
      return bad_entry(std::string(path), "has a path that leads elsewhere");
    start = end + 1;
  }
  return {};
}

// The entries of a package, whose order in an archive makes no difference.
class Contents {
 public:
  Status add(const Entry& entry, std::string_view data_sha384) {
    std::string path = entry.path;
    if (entry.type == AE_IFDIR && path.ends_with('/')) path.pop_back();
    TRY_SYNC_VOID(check_path(path));
    const char kind = entry.type == AE_IFDIR ? 'd' : entry.type == AE_IFLNK ? 'l' : 'f';
    std::string line{kind, ' '};
    for (unsigned bit = 0100; bit > 0; bit >>= 3U) line += (entry.execute_bits & bit) ? 'x' : '-';
    line += ' ' + hex_encode(data_sha384) + ' ' + path + '\n';
    if (!lines_.emplace(path, std::move(line)).second) return bad_entry(path, "is there twice");
    return {};
  }

  // Nothing lies in what is no folder: what would come of it depends on the order.
  Result<std::string> sha384() const {
    Digest all(DigestKind::kSha384);
    for (const auto& [path, line] : lines_) {
      for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const auto parent = lines_.find(path.substr(0, slash));
        if (parent != lines_.end() && !parent->second.starts_with('d'))
          return bad_entry(path, "lies in what is no folder");
      }
      all.update(line);
    }
    return all.finish();
  }
  size_t size() const { return lines_.size() - 1; }

 private:
  // The signature's has its place and no line.
  std::map<std::string, std::string> lines_ = {{std::string(kSignaturePath), ""}};
};

// What is signed: all entries but the first of kSignaturePath. `keep` is given each with its bytes.
template <typename Name, typename Keep>
Result<std::string> read_contents(std::string_view archive, PackageLimits limits, Name name, Keep keep) {
  Contents contents;
  uint64_t bytes_left = limits.bytes_max;
  bool passed_signature = false;
  TRY_SYNC_VOID(each_entry(archive, [&](::archive* reader, archive_entry* raw) -> Result<bool> {
    TRY_SYNC(const Entry entry, Entry::of(raw, name(path_of(raw))));
    if (entry.path == kSignaturePath && !std::exchange(passed_signature, true)) return true;
    if (contents.size() == limits.entries_max) return fail("TooLarge", "The package has too many entries");
    std::string data = entry.link_to;
    Digest hash(DigestKind::kSha384);
    hash.update(entry.link_to);
    if (entry.type == AE_IFREG) {
      const uint64_t bytes_max = bytes_left;
      TRY_SYNC_VOID(read_data(reader, bytes_max, [&](std::string_view piece) {
        hash.update(piece);
        bytes_left -= piece.size();
        keep.add(piece);
      }));
      // An extraction makes a file as long as its entry says, with zeros behind what there is.
      const auto said = static_cast<uint64_t>(archive_entry_size(raw));
      if (archive_entry_size_is_set(raw) && said != bytes_max - bytes_left)
        return bad_entry(entry.path, "is not as long as it says");
    }
    TRY_SYNC_VOID(contents.add(entry, hash.finish()));
    TRY_SYNC_VOID(keep.end(entry, raw));
    return true;
  }));
  return contents.sha384();
}

struct KeepNothing {
  void add(std::string_view) {}
  Status end(const Entry&, archive_entry*) { return {}; }
};

la_ssize_t append(archive*, void* out, const void* bytes, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

// Writes an archive.
class Copy {
 public:
  Copy() {
    archive_write_set_format_zip(writer_.get());
    archive_write_set_bytes_per_block(writer_.get(), 0);
    archive_write_open(writer_.get(), &out_, nullptr, &append, nullptr);
  }

  void add(std::string_view piece) { data_.append(piece); }
  Status end(const Entry& entry, archive_entry* from) {
    const NewEntry to(archive_entry_new(), &archive_entry_free);
    constexpr unsigned kFileMode = 0644, kFolderMode = 0755;
    archive_entry_set_pathname(to.get(), entry.path.c_str());
    archive_entry_set_filetype(to.get(), entry.type);
    archive_entry_set_perm(to.get(), entry.type == AE_IFDIR ? kFolderMode : kFileMode | entry.execute_bits);
    if (entry.type == AE_IFLNK) archive_entry_set_symlink(to.get(), entry.link_to.c_str());
    if (from && archive_entry_mtime_is_set(from))
      archive_entry_set_mtime(to.get(), archive_entry_mtime(from), archive_entry_mtime_nsec(from));
    archive_entry_set_size(to.get(), static_cast<la_int64_t>(data_.size()));
    const bool written = archive_write_header(writer_.get(), to.get()) == ARCHIVE_OK &&
                         archive_write_data(writer_.get(), data_.data(), data_.size()) ==
                             static_cast<la_ssize_t>(data_.size());
    data_.clear();
    if (!written) return fail("NotAnArchive", text_of(writer_.get()));
    return {};
  }
  Result<std::string> finish() {
    if (archive_write_close(writer_.get()) != ARCHIVE_OK) return fail("NotAnArchive", text_of(writer_.get()));
    return std::move(out_);
  }

 private:
  std::string out_;
  std::string data_;
  Writer writer_{archive_write_new(), &archive_write_free};
};

// For the writer that is kept by another.
struct KeepIn {
  Copy& copy;
  void add(std::string_view piece) { copy.add(piece); }
  Status end(const Entry& entry, archive_entry* from) { return copy.end(entry, from); }
};

}  // namespace

Result<std::optional<std::string>> signature_of(std::string_view archive) {
  std::optional<std::string> found;
  TRY_SYNC_VOID(each_entry(archive, [&](::archive* reader, archive_entry* entry) -> Result<bool> {
    if (path_of(entry) != kSignaturePath) return true;
    found.emplace();
    if (archive_entry_filetype(entry) != AE_IFREG) return false;
    const Status read =
        read_data(reader, kSignatureBytesMax, [&](std::string_view piece) { found->append(piece); });
    if (!read) found->clear();  // there is one, and it is none
    return false;
  }));
  return found;
}

Result<std::string> contents_of(std::string_view archive, PackageLimits limits) {
  return read_contents(archive, limits, [](std::string path) { return path; }, KeepNothing());
}

Result<std::string> with_signature(std::string_view archive,
                                   const std::function<std::string(std::string contents)>& signature,
                                   PackageLimits limits) {
  Copy copy;
  // Some tools write all paths from "./" on.
  const auto name = [](std::string path) {
    while (path.starts_with("./")) path.erase(0, 2);
    return path;
  };
  TRY_SYNC(std::string contents, read_contents(archive, limits, name, KeepIn{copy}));
  copy.add(signature(contents));
  TRY_SYNC_VOID(copy.end({.path = std::string(kSignaturePath), .link_to = {}}, nullptr));
  TRY_SYNC(std::string out, copy.finish());
  // Names that are no UTF-8, or not in its normal form, come back otherwise than they were written.
  const auto written = contents_of(out, limits);
  if (!written || *written != contents)
    return fail("BadEntry", "The package has names of files that a signed archive cannot keep");
  return out;
}

}  // namespace hearth::services::signer
