#include "oci/image_sources.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "oci/files.h"
#include "oci/layout.h"

namespace hearth::oci {
namespace {

namespace fs = std::filesystem;

// The descriptor of the folder or file, if it really lies below one of the folders.
Result<Fd> open_below(const std::string& path, const std::vector<std::string>& folders, bool is_folder) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  const bool allowed = std::ranges::any_of(folders, [&](const std::string& folder) {
    std::error_code unknown;
    const fs::path root = fs::canonical(folder, unknown);
    return !unknown &&
           std::ranges::mismatch(root, error ? fs::path(path).lexically_normal() : real).in1 == root.end();
  });
  if (!allowed)
    return fail("ImageDenied",
                path + " is not below a folder that the server was started with (--code-folder)");
  if (error) return fail("ImageNotFound", path + ": " + error.message());
  Fd found(::open(real.c_str(),
                  (is_folder ? O_PATH | O_DIRECTORY : O_RDONLY | O_NONBLOCK) | O_CLOEXEC | O_NOFOLLOW));
  if (!found)
    return fail(errno == ENOTDIR ? "ImageInvalid" : "ImageUnavailable", path + ": " + std::strerror(errno));
  return found;
}

}  // namespace

Async<std::unique_ptr<ImageSource>> ImageSources::open_files(ImageName name) const {
  const bool is_folder = name.kind == ImageName::Kind::kLayout;
  auto opened = co_await pool_.run([path = name.path, folders = options_.folders, is_folder] {
    return open_below(path, folders, is_folder);
  });
  if (!opened) co_return std::move(opened).error();
  auto files =
      is_folder ? Files::in_folder(*std::move(opened), pool_) : Files::in_archive(*std::move(opened), pool_);
  if (name.kind == ImageName::Kind::kDockerArchive)
    co_return open_docker_archive(std::move(files), std::move(name.tag), std::move(name.digest));
  co_return open_layout(std::move(files), std::move(name.tag), std::move(name.digest));
}

Async<std::unique_ptr<ImageSource>> ImageSources::open(ImageName name, Asker asker) const {
  if (!name.reference) co_return co_await open_files(std::move(name));
  const Reference& reference = *name.reference;
  if (own_ && own_->serves(reference.host, asker)) co_return co_await own_->open(reference, std::move(asker));
  const bool allowed = std::ranges::any_of(
      options_.registries, [&](const std::string& host) { return host == "*" || host == reference.host; });
  if (!allowed) {
    co_return Error{
        .code = "ImageDenied",
        .message = reference.host + " is no registry that the server was started with (--registry)"};
  }
  co_return open_registry(reference, options_.logins);
}

}  // namespace hearth::oci
