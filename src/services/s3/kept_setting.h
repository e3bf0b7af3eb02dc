// A setting in the form in which requests need it, kept in memory until a bucket or a setting is written: a
// request whose bucket is known reads nothing of the store.
//
// Threads: any loop.
#pragma once
#include "identity/revision_cache.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {

template <typename Struct>
class KeptSetting {
 public:
  struct Value {
    BucketRecord bucket;
    std::optional<Struct> setting;
  };
  using Pointer = std::shared_ptr<const Value>;  // shared by the requests under way and what is kept

  KeptSetting(store::Store& store, SettingForm form)
      : store_(store), form_(form), watch_(store.watch(bucket_space().bytes())) {}

  // Null where there is no such bucket.
  Async<Pointer> of(std::string bucket) {
    auto body = [&](store::Transaction& tx) -> Async<Pointer> {
      Tables tables(tx);
      TRY(auto record, co_await tables.buckets.get(store::Key(bucket)));
      if (!record) co_return Pointer();
      auto value = std::make_shared<Value>();
      TRY(value->setting, co_await read_setting<Struct>(tables, *record, form_));
      value->bucket = *std::move(record);
      co_return Pointer(std::move(value));
    };
    auto read = [&]() -> Async<Pointer> { co_return co_await store_.read(body); };
    co_return co_await kept_.find(bucket, read);
  }

 private:
  store::Store& store_;
  SettingForm form_;
  store::Watch watch_;
  identity::RevisionCache<Value> kept_{watch_};
};

}  // namespace hearth::services::s3
