#include "services/lambda/all_versions.h"

namespace hearth::services::lambda {
namespace {

using Visit = std::function<void(FunctionRef ref, VersionRecord version)>;

// Of a row of any of the service's tables.
Status visit_row(const store::Row& row, const Visit& visit) {
  store::KeyReader key(row.key);
  std::string service, kind;
  FunctionRef ref;
  for (std::string* part : {&service, &ref.account, &ref.region, &kind}) TRY_SYNC_VOID(key.read(*part));
  if (kind != "function" && kind != "version") return {};
  TRY_SYNC_VOID(key.read(ref.name));
  if (kind == "function") {
    TRY_SYNC(auto function, store::decode<FunctionRecord>(row.value));
    visit(std::move(ref), std::move(function.latest));
  } else {
    TRY_SYNC(auto version, store::decode<VersionRecord>(row.value));
    visit(std::move(ref), std::move(version));
  }
  return {};
}

}  // namespace

Async<void> visit_versions(store::Store& store, const std::function<void()>& start, const Visit& visit) {
  auto body = [&](store::Transaction& tx) -> Async<void> {
    start();
    store::KeyRange range = store::Key("lambda").under();
    for (;;) {
      TRY(const store::Page page, co_await tx.scan({.range = range}));
      for (const store::Row& row : page.rows) TRY_VOID(visit_row(row, visit));
      if (!page.more) co_return {};
      range.begin = store::key_after(page.rows.back().key);
      co_await io::yield_now();
    }
  };
  co_return co_await store.read(body);
}

}  // namespace hearth::services::lambda
