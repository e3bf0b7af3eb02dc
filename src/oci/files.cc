#include "oci/files.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hearth::oci {
namespace {

constexpr size_t kArchiveBlockBytes = size_t{256} << 10;
constexpr int kLinksMax = 4;

std::unexpected<Error> not_there(const std::string& path) {
  return fail("ImageNotFound", "there is no " + path);
}

Result<io::FileRange> open_in(int folder, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  Fd file(static_cast<int>(::syscall(SYS_openat2, folder, path.c_str(), &how, sizeof how)));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return not_there(path);
  if (!file) return fail("ImageUnavailable", path + ": " + std::strerror(errno));
  struct stat info{};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode))
    return fail("ImageInvalid", path + " is no file");
  return io::FileRange{.file = std::move(file), .size_bytes = static_cast<uint64_t>(info.st_size)};
}

class Folder final : public Files {
 public:
  Folder(Fd folder, io::ThreadPool& pool) : folder_(std::make_shared<Fd>(std::move(folder))), pool_(pool) {}

  Async<io::Body> open(std::string path) override {
    auto opened = co_await pool_.run([folder = folder_, path] { return open_in(folder->get(), path); });
    if (!opened) co_return std::move(opened).error();
    co_return io::Body(*std::move(opened));
  }

 private:
  std::shared_ptr<Fd> folder_;  // shared with the pool's work, which goes on when this has gone
  io::ThreadPool& pool_;
};

// An entry of an archive, read from its beginning.
class Entry {
 public:
  explicit Entry(const Fd& file)
      : file_(::openat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(file.get())).c_str(),
                       O_RDONLY | O_CLOEXEC)),
        reader_(archive_read_new(), &archive_read_free) {
    archive_read_support_format_tar(reader_.get());
    archive_read_support_filter_gzip(reader_.get());
  }

  // Goes to the file of that name, and gives its size.
  Result<uint64_t> find(const std::string& path) {
    if (archive_read_open_fd(reader_.get(), file_.get(), kArchiveBlockBytes) != ARCHIVE_OK)
      return unreadable();
    for (;;) {
      archive_entry* entry = nullptr;
      const int got = archive_read_next_header(reader_.get(), &entry);
      if (got == ARCHIVE_EOF) return not_there(path);
      if (got != ARCHIVE_OK && got != ARCHIVE_WARN) return unreadable();
      const char* name = archive_entry_pathname(entry);
      if (!name || std::filesystem::path(name).lexically_normal() != path) continue;
      if (const char* link = archive_entry_symlink(entry)) {
        link_ = (std::filesystem::path(path).parent_path() / link).lexically_normal();
        return 0;
      }
      if (const char* first = archive_entry_hardlink(entry)) {
        link_ = std::filesystem::path(first).lexically_normal();
        return 0;
      }
      if (archive_entry_filetype(entry) != AE_IFREG) return fail("ImageInvalid", path + " is no file");
      return static_cast<uint64_t>(archive_entry_size(entry));
    }
  }
  // Where it leads when it is a link.
  const std::string& link() const { return link_; }

  Result<std::string> read() {
    std::string block(kArchiveBlockBytes, '\0');
    const la_ssize_t size = archive_read_data(reader_.get(), block.data(), block.size());
    if (size < 0) return unreadable();
    block.resize(static_cast<size_t>(size));
    return block;
  }

 private:
  std::unexpected<Error> unreadable() const {
    const char* text = archive_error_string(reader_.get());
    return fail("ImageInvalid",
                std::string("the archive cannot be read: ") + (text ? text : "unknown error"));
  }

  Fd file_;
  std::unique_ptr<archive, decltype(&archive_read_free)> reader_;
  std::string link_;
};

class EntryBody final : public io::BodySource {
 public:
  EntryBody(std::shared_ptr<Entry> entry, uint64_t size_bytes, io::ThreadPool& pool)
      : entry_(std::move(entry)), left_(size_bytes), pool_(pool) {}

  Async<std::string> read() override {
    TRY(std::string bytes, co_await pool_.run([entry = entry_] { return entry->read(); }));
    left_ -= std::min<uint64_t>(left_, bytes.size());
    co_return bytes;
  }
  std::optional<uint64_t> remaining_bytes() const override { return left_; }

 private:
  std::shared_ptr<Entry> entry_;  // shared with the pool's work, which goes on when this has gone
  uint64_t left_;
  io::ThreadPool& pool_;
};

class Archive final : public Files {
 public:
  Archive(Fd file, io::ThreadPool& pool) : file_(std::make_shared<Fd>(std::move(file))), pool_(pool) {}

  Async<io::Body> open(std::string path) override {
    for (int links = 0; links < kLinksMax; ++links) {
      auto entry = std::make_shared<Entry>(*file_);
      TRY(const uint64_t size_bytes,
          co_await pool_.run([file = file_, entry, path] { return entry->find(path); }));
      if (entry->link().empty()) co_return io::Body(std::make_unique<EntryBody>(entry, size_bytes, pool_));
      path = entry->link();
    }
    co_return Error{.code = "ImageInvalid", .message = path + " is a link to a link"};
  }

 private:
  std::shared_ptr<Fd> file_;  // shared with the pool's work, which goes on when this has gone
  io::ThreadPool& pool_;
};

}  // namespace

Async<std::string> Files::read(std::string path, uint64_t bytes_max) {
  TRY(io::Body body, co_await open(std::move(path)));
  co_return co_await body.read_all(bytes_max);
}

std::unique_ptr<Files> Files::in_folder(Fd folder, io::ThreadPool& pool) {
  return std::make_unique<Folder>(std::move(folder), pool);
}

std::unique_ptr<Files> Files::in_archive(Fd archive, io::ThreadPool& pool) {
  return std::make_unique<Archive>(std::move(archive), pool);
}

}  // namespace hearth::oci
