#include "server/image_options.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace hearth::server {

Result<oci::ImageSourceOptions> image_options(const ServeOptions& options) {
  namespace fs = std::filesystem;
  oci::ImageSourceOptions images{.registries = options.registries};
  for (const std::string& folder : options.code_folders) {
    std::error_code error;
    const fs::path path = fs::canonical(folder, error);
    if (error || !fs::is_directory(path, error))
      return fail("InvalidOption", "--code-folder: " + folder + " is no folder");
    images.folders.push_back(path);
  }
  if (options.registry_logins.empty()) return images;
  std::ostringstream text;
  const std::ifstream file(options.registry_logins);
  text << file.rdbuf();
  auto logins = oci::read_logins(text.str());
  if (!logins)
    return fail("InvalidOption",
                "--registry-logins: " + options.registry_logins + ": " + logins.error().message);
  images.logins = *std::move(logins);
  return images;
}

}  // namespace hearth::server
