#include "services/lambda/code.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "api/lambda.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/log.h"
#include "services/lambda/limits.h"
#include "services/lambda/unzip.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
namespace fs = std::filesystem;

constexpr uint64_t kEntriesMax = 200'000;

// Differs from one start of the machine to the next.
std::string boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id.empty() ? "unknown" : id;
}

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

CodeStore::CodeStore(std::string folder, std::string host_path, store::Blobs& blobs, io::ThreadPool& pool)
    : parent_(std::move(folder)),
      boot_(boot_id()),
      folder_(parent_ + "/" + boot_),
      host_path_(std::move(host_path) + "/" + boot_),
      blobs_(blobs),
      pool_(pool) {}

Result<int64_t> CodeStore::unpack(const std::string& zip, const std::string& name) {
  std::error_code error;
  const std::string final_path = path_of(name);
  std::string partial = final_path + ".XXXXXX";
  fs::create_directories(folder_, error);
  if (error || !mkdtemp(partial.data())) return fail("IoError", "cannot make a directory in " + folder_);
  fs::permissions(partial, fs::perms(0755), error);
  const auto bytes =
      unzip(zip, partial, {.bytes_max = limits::kUnzippedCodeBytesMax, .entries_max = kEntriesMax});
  if (!bytes) {
    fs::remove_all(partial, error);
    return fail(bytes.error());
  }
  if (rename(partial.c_str(), final_path.c_str()) != 0) {
    fs::remove_all(partial, error);  // another request was first with the same package
    if (!fs::exists(final_path)) return fail("IoError", "cannot rename to " + final_path);
  }
  const std::lock_guard lock(mutex_);
  known_.insert(name);
  return static_cast<int64_t>(*bytes);
}

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
  auto unpacked = co_await pool_.run([this, shared] { return unpack(*shared, hex_encode(sha256(*shared))); });
  if (!unpacked) co_return unzip_error(unpacked.error());
  TRY(auto blob, co_await blobs_.write(io::Body(std::move(*shared)), limits::kZippedCodeBytesMax));
  co_return Package{.blob = std::move(blob), .unzipped_bytes = *unpacked};
}

Async<std::string> CodeStore::directory_of(store::BlobInfo code) {
  const std::string name = hex_encode(code.sha256);
  {
    const std::lock_guard lock(mutex_);
    if (known_.contains(name)) co_return host_path_ + "/" + name;
  }
  const bool there = co_await pool_.run([path = path_of(name)] { return fs::exists(path); });
  if (there) {
    const std::lock_guard lock(mutex_);
    known_.insert(name);
  } else {
    TRY(auto zip, co_await blobs_.read(code.id, limits::kZippedCodeBytesMax));
    // Shared for the same reason as above.
    auto shared = std::make_shared<std::string>(std::move(zip));
    auto unpacked = co_await pool_.run([this, shared, name] { return unpack(*shared, name); });
    if (!unpacked) co_return unzip_error(unpacked.error());
  }
  co_return host_path_ + "/" + name;
}

void CodeStore::sweep_earlier_boots() const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent_, error)) {
    if (entry.path().filename() != boot_) fs::remove_all(entry.path(), error);
  }
}

}  // namespace hearth::services::lambda
