#include "oci/layer_tree.h"

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

constexpr mode_t kPermissions = 0777;
constexpr size_t kNameBytesMax = 255;
constexpr size_t kPathBytesMax = 4095;

std::unexpected<Error> invalid_layer(std::string message) {
  return fail("LayerInvalid", std::move(message));
}

std::string join(const LayerTree::Path& path, size_t names) {
  std::string text;
  for (size_t i = 0; i < names; ++i) text += (i ? "/" : "") + path[i];
  return text.empty() ? "." : text;
}

// Of ours, so that we can always read it and, if it is a directory, change what is in it.
mode_t safe_mode(mode_t mode, mode_t at_least) {
  return (mode & (kPermissions | S_ISVTX)) | at_least;
}

// Whatever it is; nothing there is fine.
Status make_room(int parent, const std::string& name) {
  if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return layer_failure("replace " + name);
  std::error_code error;
  std::filesystem::remove_all("/proc/self/fd/" + std::to_string(parent) + "/" + name, error);
  if (error) return fail("IoError", "replace " + name + ": " + error.message());
  return {};
}

}  // namespace

std::unexpected<Error> layer_failure(const std::string& what) {
  const int number = errno;
  const std::string message = what + ": " + std::strerror(number);
  if (number == ENOSPC || number == EDQUOT) return fail("StoreFull", message);
  // What only the archive's own paths can bring about.
  if (number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENAMETOOLONG ||
      number == EEXIST || number == EXDEV || number == EISDIR || number == EINVAL || number == EMLINK) {
    return invalid_layer(message);
  }
  return fail("IoError", message);
}

Result<LayerTree::Path> LayerTree::parse_path(std::string_view text) {
  if (text.size() > kPathBytesMax) return invalid_layer("an entry's path is too long");
  Path path;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('/', start), text.size());
    const std::string_view name = text.substr(start, end - start);
    start = end + 1;
    if (name.empty() || name == ".") continue;
    if (name == "..")
      return invalid_layer("the path of an entry leads out of the image: " + std::string(text));
    if (name.size() > kNameBytesMax) return invalid_layer("an entry's name is too long");
    path.emplace_back(name);
  }
  return path;
}

Result<LayerTree> LayerTree::open(const std::string& directory) {
  Fd root(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!root) return layer_failure("open " + directory);
  return LayerTree(std::move(root));
}

// Links on the way are followed as in the image: its root is the root.
Result<Fd> LayerTree::open_directory(const std::string& path) const {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  Fd directory(static_cast<int>(::syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof how)));
  if (!directory) return layer_failure("open " + path);
  return directory;
}

Result<Fd> LayerTree::make_directories(const Path& path) {
  TRY_SYNC(Fd at, open_directory("."));
  for (size_t names = 1; names < path.size(); ++names) {
    if (::mkdirat(at.get(), path[names - 1].c_str(), 0755) == 0) {
      ++directories_made_;
    } else if (errno != EEXIST) {
      return layer_failure("make " + join(path, names));
    }
    TRY_SYNC(at, open_directory(join(path, names)));
  }
  return at;
}

Result<int> LayerTree::parent_of(const Path& path) {
  std::string wanted = join(path, path.size() - 1);
  if (parent_ && wanted == parent_path_) return parent_.get();
  auto found = open_directory(wanted);
  if (!found) found = make_directories(path);
  if (!found) return fail(std::move(found).error());
  parent_ = *std::move(found);
  parent_path_ = std::move(wanted);
  return parent_.get();
}

Result<int> LayerTree::place_for(const Path& path) {
  TRY_SYNC(const int parent, parent_of(path));
  TRY_SYNC_VOID(make_room(parent, path.back()));
  return parent;
}

Status LayerTree::add_directory(const Path& path, mode_t mode) {
  TRY_SYNC(const int parent, parent_of(path));
  const char* name = path.back().c_str();
  struct stat info{};
  const bool there = ::fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
  if (!there || !S_ISDIR(info.st_mode)) {
    if (there) {
      TRY_SYNC_VOID(make_room(parent, path.back()));
    }
    if (::mkdirat(parent, name, 0755) != 0) return layer_failure("make " + path.back());
  }
  // It is a directory that we made: no link is followed.
  if (::fchmodat(parent, name, safe_mode(mode, S_IRWXU), 0) != 0) return layer_failure("make " + path.back());
  return {};
}

Result<Fd> LayerTree::add_file(const Path& path) {
  TRY_SYNC(const int parent, place_for(path));
  Fd file(::openat(parent, path.back().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return layer_failure("make " + path.back());
  return file;
}

Status LayerTree::finish_file(const Fd& file, uint64_t size_bytes, mode_t mode, timespec modified) {
  if (::ftruncate(file.get(), static_cast<off_t>(size_bytes)) != 0) return layer_failure("write a file");
  if (::fchmod(file.get(), safe_mode(mode, S_IRUSR | S_IWUSR)) != 0) return layer_failure("write a file");
  // Programs compare it with what they noted of the file (.pyc); a time that cannot be kept is no error.
  const timespec times[2] = {modified, modified};
  (void)::futimens(file.get(), times);
  return {};
}

Status LayerTree::add_symbolic_link(const Path& path, const std::string& target) {
  TRY_SYNC(const int parent, place_for(path));
  if (::symlinkat(target.c_str(), parent, path.back().c_str()) != 0)
    return layer_failure("link " + path.back());
  return {};
}

Status LayerTree::add_hard_link(const Path& path, const Path& target) {
  if (target.empty()) return invalid_layer("a hard link leads to a directory");
  if (path == target) return {};
  TRY_SYNC(const Fd from, open_directory(join(target, target.size() - 1)));
  struct stat info{};
  if (::fstatat(from.get(), target.back().c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
    return invalid_layer("a hard link leads to " + join(target, target.size()) +
                         ", which its layer does not have");
  if (S_ISDIR(info.st_mode)) return invalid_layer("a hard link leads to a directory");
  TRY_SYNC(const int parent, place_for(path));
  if (::linkat(from.get(), target.back().c_str(), parent, path.back().c_str(), 0) != 0)
    return layer_failure("link " + path.back());
  return {};
}

}  // namespace hearth::oci
