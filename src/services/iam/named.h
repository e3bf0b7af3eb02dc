// Users, groups, roles, managed policies and instance profiles are records with an id, a name and a path.
// What is done to all of them alike is written here, as templates over the record's type.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "services/iam/entities.h"
#include "services/iam/paging.h"
#include "services/iam/tags.h"

namespace hearth::services::iam {

template <typename R>
store::Table<R>& table_of(Tables& tables) {
  return tables.*Kept<R>::kTable;
}

// The record of this name, in any case. NoSuchEntity when there is none.
template <typename R>
Async<R> find_named(Tables& tables, std::string name) {
  TRY(auto record, co_await table_of<R>(tables).get(Key(to_lower(name))));
  if (!record) co_return errors::not_found(Kept<R>::kKind, name);
  co_return *std::move(record);
}

// Under the name that it has, which is no other's.
template <typename R>
void put_named(Tables& tables, const R& record) {
  table_of<R>(tables).put(Key(to_lower(record.name)), record);
}

// Whether there may be one more of this name: EntityAlreadyExists, LimitExceeded.
template <typename R>
Async<void> check_new(Tables& tables, std::string name) {
  TRY(const bool taken, co_await table_of<R>(tables).contains(Key(to_lower(name))));
  if (taken) co_return errors::exists(Kept<R>::kKind, name);
  co_return co_await check_room(tables, Kept<R>::kKind);
}

// A new one, after check_new(). InvalidInput or LimitExceeded when the tags are none.
template <typename R>
Async<void> put_new(Tables& tables, R record, std::optional<TagList> tags) {
  TRY_VOID(co_await put_tags(tables, record.id, std::move(tags).value_or(TagList())));
  put_named(tables, record);
  add_entity(tables, Kept<R>::kKind, record.id, record.name);
  co_return {};
}

// Its id, and so all that hangs on it, stays. EntityAlreadyExists when the name is another's.
template <typename R>
Async<void> rename(Tables& tables, R record, std::optional<std::string> name,
                   std::optional<std::string> path) {
  const Key before(to_lower(record.name));
  if (name) {
    TRY(const auto holder, co_await table_of<R>(tables).get(Key(to_lower(*name))));
    if (holder && holder->id != record.id) co_return errors::exists(Kept<R>::kKind, *name);
    record.name = *std::move(name);
  }
  if (path) record.path = *std::move(path);
  table_of<R>(tables).erase(before);
  put_named(tables, record);
  tables.ids.put(Key(record.id), {.kind = Kept<R>::kKind, .name = to_lower(record.name)});
  co_return {};
}

template <typename R>
void erase_named(Tables& tables, const R& record) {
  table_of<R>(tables).erase(Key(to_lower(record.name)));
  remove_entity(tables, Kept<R>::kKind, record.id);
}

// A list operation: the page of those whose path begins with PathPrefix, in `items`, as `show` shows them.
template <typename Operation, typename R, typename Item>
Async<typename Operation::Output> list_by_path(store::Store& store, const wire::Call& call,
                                               typename Operation::Input input,
                                               std::vector<Item> Operation::Output::* items,
                                               Async<Item> (*show)(Tables&, R)) {
  TRY(const PageRequest page, PageRequest::of(input));
  auto body = [&](store::Transaction& tx) -> Async<typename Operation::Output> {
    Tables tables(tx, call.account);
    const auto show_wanted = [&](auto entry) -> Async<std::optional<Item>> {
      if (input.path_prefix && !entry.record.path.starts_with(*input.path_prefix)) {
        co_return std::optional<Item>();
      }
      TRY(Item item, co_await show(tables, std::move(entry.record)));
      co_return std::move(item);
    };
    typename Operation::Output out;
    TRY_VOID(co_await fill_page(table_of<R>(tables), Key(), page, show_wanted, out.*items, out));
    co_return out;
  };
  co_return co_await store.read(body);
}

}  // namespace hearth::services::iam
