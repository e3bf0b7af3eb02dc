// Promise: no document of an image, name of one, or answer of a registry crashes the server; and what is
// understood is as it is promised to be.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "oci/image_name.h"
#include "oci/manifest.h"
#include "oci/registry_client.h"
#include "oci/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace oci = hearth::oci;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto manifest = oci::parse_manifest(text)) {
    CHECK(manifest->layers.size() <= oci::kLayersMax, "there are no more layers than are allowed");
    CHECK(manifest->is_index() != manifest->config.has_value(),
          "an image has a configuration, an index has none");
  }
  if (const auto config = oci::parse_config(text)) {
    for (const auto* list : {&config->entry_point, &config->command, &config->environment}) {
      for (const std::string& one : *list) CHECK(!one.contains('\0'), "a word of a command has no zero byte");
    }
  }
  if (const auto reference = oci::Reference::parse(text)) {
    const auto again = oci::Reference::parse(reference->text());
    CHECK(again && *again == *reference, "a name that was read is written as it is read");
    CHECK(!reference->repository.contains(".."), "a repository's name leads nowhere else");
  }
  if (const auto name = oci::ImageName::parse(text); name && !name->reference)
    CHECK(name->path.starts_with('/'), "paths are absolute");
  if (const auto url = oci::Url::parse(text))
    CHECK(url->tls || oci::is_loopback(url->host), "what is not encrypted stays on this machine");
  (void)oci::Challenge::parse(text, "Bearer");
  (void)oci::read_logins(text);
  return 0;
}
