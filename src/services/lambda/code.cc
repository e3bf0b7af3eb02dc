#include "services/lambda/code.h"

#include <fmt/format.h>

#include <filesystem>
#include <vector>

#include "api/lambda.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/log.h"
#include "services/lambda/limits.h"
#include "services/lambda/merge.h"
#include "services/lambda/unzip.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace fs = std::filesystem;

constexpr uint64_t kEntriesMax = 200'000;

Error unzip_error(const Error& error) {
  if (error.code == "NotAnArchive") {
    return errors::invalid_parameter_value_exception(
        "Could not unzip uploaded file. Please check your file, then try to upload again.");
  }
  if (error.code == "Empty")
    return errors::invalid_parameter_value_exception("Uploaded file must be a non-empty zip");
  if (error.code == "TooLarge") {
    return errors::invalid_parameter_value_exception(
        fmt::format("Unzipped size must be smaller than {} bytes", limits::kUnzippedCodeBytesMax));
  }
  log::error("a code package could not be unpacked: {}", error.message);
  return errors::service_exception("The code package could not be stored: " + error.message);
}

}  // namespace

namespace {

Result<int64_t> unpack(Directories& directories, const std::string& zip, const std::string& name) {
  int64_t bytes = 0;
  TRY_SYNC_VOID(directories.make(name, [&](const std::string& path) -> Status {
    TRY_SYNC(const uint64_t unpacked,
             unzip(zip, path, {.bytes_max = limits::kUnzippedCodeBytesMax, .entries_max = kEntriesMax}));
    bytes = static_cast<int64_t>(unpacked);
    return {};
  }));
  return bytes;
}

}  // namespace

CodeStore::CodeStore(const std::string& folder, const std::string& host_path, store::Blobs& blobs,
                     io::ThreadPool& pool)
    : directories_(std::make_shared<Directories>(folder, host_path)), blobs_(blobs), pool_(pool) {}

Async<CodeStore::Package> CodeStore::accept(std::string zip) {
  if (zip.empty())
    co_return errors::invalid_parameter_value_exception("Uploaded file must be a non-empty zip");
  if (zip.size() > limits::kZippedCodeBytesMax) {
    co_return Error{
        .code = "RequestEntityTooLargeException",
        .message = fmt::format("Zipped size must be smaller than {} bytes", limits::kZippedCodeBytesMax),
        .status = 413};
  }
  // Shared with the pool's thread, which goes on when this request is cancelled.
  auto shared = std::make_shared<std::string>(std::move(zip));
  auto unpacked = co_await pool_.run([directories = directories_, shared] {
    return unpack(*directories, *shared, hex_encode(sha256(*shared)));
  });
  if (!unpacked) co_return unzip_error(unpacked.error());
  TRY(auto blob, co_await blobs_.write(io::Body(std::move(*shared)), limits::kZippedCodeBytesMax));
  co_return Package{.blob = std::move(blob), .unzipped_bytes = *unpacked};
}

Async<Directory> CodeStore::directory_of(store::BlobInfo code) {
  const std::string name = name_of({code});
  if (auto held = directories_->held_one(name)) co_return held;
  if (auto there = co_await pool_.run([directories = directories_, name] { return directories->take(name); }))
    co_return there;
  TRY(auto zip, co_await blobs_.read(code.id, limits::kZippedCodeBytesMax));
  auto unpacked =
      co_await pool_.run([directories = directories_, zip = std::move(zip), name]() -> Result<Directory> {
        TRY_SYNC_VOID(unpack(*directories, zip, name));
        if (auto directory = directories->take(name)) return directory;
        return fail("IoError", "the directory of a package has gone");
      });
  if (!unpacked) co_return unzip_error(unpacked.error());
  co_return *std::move(unpacked);
}

std::string CodeStore::name_of(const std::vector<store::BlobInfo>& packages) {
  if (packages.size() == 1) return hex_encode(packages.front().sha256);
  std::string hashes;
  for (const store::BlobInfo& package : packages) hashes += package.sha256;
  return hex_encode(sha256(hashes));
}

Async<Directory> CodeStore::merged_directory_of(std::vector<store::BlobInfo> packages) {
  if (packages.size() == 1) co_return co_await directory_of(std::move(packages.front()));
  const std::string name = name_of(packages);
  if (auto held = directories_->held_one(name)) co_return held;
  if (auto there = co_await pool_.run([directories = directories_, name] { return directories->take(name); }))
    co_return there;
  std::vector<Directory> sources;  // held until they are merged
  std::vector<std::string> paths;
  for (const store::BlobInfo& package : packages) {
    TRY(Directory source, co_await directory_of(package));
    sources.push_back(std::move(source));
    paths.push_back(directories_->path_of(name_of({package})));
  }
  auto merged = co_await pool_.run([directories = directories_, sources, paths, name]() -> Result<Directory> {
    TRY_SYNC_VOID(
        directories->make(name, [&](const std::string& path) { return merge_directories(paths, path); }));
    if (auto directory = directories->take(name)) return directory;
    return fail("IoError", "the directory of merged packages has gone");
  });
  if (!merged) co_return unzip_error(merged.error());
  co_return *std::move(merged);
}

Async<std::vector<std::string>> CodeStore::files_in(Directory directory, std::string folder) {
  co_return co_await pool_.run([directories = directories_, directory, folder] {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directories->path_of(directory) + "/" + folder, error)) {
      if (!entry.is_directory(error)) names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
  });
}

Task<void> CodeStore::sweep(std::set<std::string> referenced) {
  co_await pool_.run([directories = directories_, referenced = std::move(referenced)] {
    directories->sweep(referenced);
    return true;
  });
}

}  // namespace hearth::services::lambda
