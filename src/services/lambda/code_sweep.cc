#include "services/lambda/code_sweep.h"

#include "base/log.h"
#include "services/lambda/all_versions.h"
#include "services/lambda/layer_use.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {
namespace {

// Longer than any request between its package's arrival and its commit.
constexpr std::chrono::minutes kSweepTime(30);

// What nobody has invoked for long has its code unpacked anew when it is, and a layer that no function uses
// needs no directory.
void add_code_of(const VersionRecord& version, std::set<std::string>& names) {
  if (version.state == kInactive) return;
  if (version.image) return ImageStore::add_names(*version.image, names);
  names.insert(CodeStore::name_of({version.code}));
  if (!version.layers.empty()) names.insert(CodeStore::name_of(layer_packages(version)));
}

}  // namespace

Async<std::set<std::string>> referenced_code(store::Store& store) {
  std::set<std::string> names;
  const auto start = [&] { names.clear(); };
  const auto add = [&](const FunctionRef&, const VersionRecord& version) { add_code_of(version, names); };
  TRY_VOID(co_await visit_versions(store, start, add));
  co_return names;
}

Task<void> keep_code_swept(Parts& parts) {
  for (;;) {
    auto referenced = co_await referenced_code(parts.store);
    if (referenced) {
      co_await parts.code.sweep(*std::move(referenced));
    } else {
      log::warn("unused directories of packages stay: {}", referenced.error().message);
    }
    co_await io::sleep_for(kSweepTime);
  }
}

}  // namespace hearth::services::lambda
