#include "services/lambda/code_sweep.h"

#include "base/log.h"
#include "services/lambda/layer_use.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {
namespace {

// Longer than any request between its package's arrival and its commit.
constexpr std::chrono::minutes kSweepTime(30);

void add_code_of(const VersionRecord& version, std::set<std::string>& names) {
  if (version.image) return ImageStore::add_names(*version.image, names);
  names.insert(CodeStore::name_of({version.code}));
  if (!version.layers.empty()) names.insert(CodeStore::name_of(layer_packages(version)));
}

// Adds what a row of the service's tables references. A layer that no function uses needs no directory.
Status add_code_of(const store::Row& row, std::set<std::string>& names) {
  store::KeyReader key(row.key);
  std::string service, account, region, kind;
  for (std::string* part : {&service, &account, &region, &kind}) TRY_SYNC_VOID(key.read(*part));
  if (kind == "function") {
    TRY_SYNC(const auto function, store::decode<FunctionRecord>(row.value));
    add_code_of(function.latest, names);
  } else if (kind == "version") {
    TRY_SYNC(const auto version, store::decode<VersionRecord>(row.value));
    add_code_of(version, names);
  }
  return {};
}

}  // namespace

Async<std::set<std::string>> referenced_code(store::Store& store) {
  auto body = [](store::Transaction& tx) -> Async<std::set<std::string>> {
    std::set<std::string> names;
    store::KeyRange range = store::Key("lambda").under();
    for (;;) {
      TRY(const store::Page page, co_await tx.scan({.range = range}));
      for (const store::Row& row : page.rows) TRY_VOID(add_code_of(row, names));
      if (!page.more) co_return names;
      range.begin = store::key_after(page.rows.back().key);
      co_await io::yield_now();
    }
  };
  co_return co_await store.read(body);
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
