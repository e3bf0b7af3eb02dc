// Pages of groups and streams, which the API gives in the order of their names.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/logs/tokens.h"
#include "store/table.h"

namespace hearth::services::logs {

constexpr int32_t kListingPageMax = 50;

template <typename R>
struct NamedPage {
  std::vector<std::pair<std::string, R>> records;
  std::optional<std::string> next_token;
};

// The first `count_max` records behind `options.after` whose names `wanted` (const std::string& -> bool)
// takes. The table's keys are names.
template <typename R, typename Wanted>
Async<NamedPage<R>> list_named(store::Table<R>& table, store::ListOptions options, size_t count_max,
                               const Wanted& wanted) {
  NamedPage<R> page;
  for (;;) {
    TRY(auto listing, co_await table.list(options));
    for (auto& entry : listing.entries) {
      TRY(auto key, store::parse_key<std::string>(entry.key));
      auto& [name] = key;
      if (!wanted(name)) continue;
      if (page.records.size() == count_max) {
        page.next_token = token_of_key(store::Key(page.records.back().first).bytes());
        co_return page;
      }
      page.records.emplace_back(std::move(name), std::move(entry.record));
    }
    if (listing.next.empty()) co_return page;
    options.after = std::move(listing.next);
  }
}

}  // namespace hearth::services::logs
