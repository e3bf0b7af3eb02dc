#include "services/ecr/clearing.h"

#include "services/ecr/layer_store.h"

namespace hearth::services::ecr {
namespace {

using store::Key;

constexpr size_t kRowsAtOnce = 500;  // of a transaction

store::Table<Mark> marked(store::Transaction& tx) {
  return {tx, Key("ecr.cleared")};
}

// Drops some of a table's rows with their blobs; false when there are none left.
template <typename Record>
Async<bool> drop_some(store::Transaction& tx, store::Blobs& blobs, store::Table<Record> table,
                      uint64_t repository,
                      void (*drop)(store::Transaction&, store::Blobs&, uint64_t, const std::string&,
                                   const Record&)) {
  TRY(const auto page, co_await table.list({.rows_max = kRowsAtOnce}));
  for (const auto& entry : page.entries) {
    TRY(const auto key, store::parse_key<std::string>(entry.key));
    drop(tx, blobs, repository, std::get<0>(key), entry.record);
  }
  co_return !page.entries.empty();
}

}  // namespace

void mark_for_clearing(store::Transaction& tx, uint64_t repository) {
  marked(tx).put(Key(repository), {});
}

Async<void> clear(const Parts& parts, uint64_t repository) {
  auto body = [&](store::Transaction& tx) -> Async<bool> {
    Contents contents(tx, repository);
    TRY(const bool layers, co_await drop_some(tx, parts.blobs, contents.layers, repository, &drop_layer));
    if (layers) co_return false;
    TRY(const bool uploads, co_await drop_some(tx, parts.blobs, contents.uploads, repository, &drop_upload));
    if (uploads) co_return false;
    for (auto* marks : {&contents.uses, &contents.referrers}) marks->erase_under({});
    contents.images.erase_under({});
    contents.tags.erase_under({});
    tx.erase_range(contents.manifests.under());
    marked(tx).erase(Key(repository));
    co_return true;
  };
  for (bool done = false; !done;) {
    TRY(done, co_await parts.store.transact(body));
  }
  co_return {};
}

Async<void> clear_marked(const Parts& parts) {
  auto body = [](store::Transaction& tx) -> Async<std::vector<uint64_t>> {
    TRY(const auto entries, co_await marked(tx).all());
    std::vector<uint64_t> ids;
    for (const auto& entry : entries) {
      TRY(const auto key, store::parse_key<uint64_t>(entry.key));
      ids.push_back(std::get<0>(key));
    }
    co_return std::move(ids);
  };
  TRY(const auto ids, co_await parts.store.read(body));
  for (const uint64_t id : ids) TRY_VOID(co_await clear(parts, id));
  co_return {};
}

}  // namespace hearth::services::ecr
