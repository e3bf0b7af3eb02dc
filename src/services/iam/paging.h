// MaxItems, Marker and IsTruncated, as all of IAM's lists have them. A marker is opaque to callers: the key
// of the last row of the page before, or, of lists that are short by a quota, how many items were given.
#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "services/iam/errors.h"
#include "services/iam/limits.h"

namespace hearth::services::iam {

struct PageRequest {
  std::string after;  // what next() was made of, empty for the first page
  size_t size = limits::kPageDefault;

  template <typename Input>
  static Result<PageRequest> of(const Input& input) {
    PageRequest page;
    if (input.max_items) page.size = static_cast<size_t>(*input.max_items);
    if (!input.marker) return page;
    auto after = base64_decode(*input.marker);
    if (!after || after->empty()) return fail(errors::validation("Invalid Marker."));
    page.after = *std::move(after);
    return page;
  }
};

// Says whether, and from where, the list goes on.
template <typename Output>
void end_page(Output& output, const std::string& next) {
  output.is_truncated = !next.empty();
  if (!next.empty()) output.marker = base64_encode(next);
}

// The records under `under` that `keep` (const R& -> bool) takes, as many as the page holds. `next` is empty
// when no other would follow.
template <typename R, typename Keep>
Async<typename store::Table<R>::Listing> list_kept(store::Table<R>& table, Key under, PageRequest page,
                                                   const Keep& keep) {
  typename store::Table<R>::Listing out;
  store::ListOptions options{.under = under, .after = page.after};
  for (;;) {
    TRY(auto listing, co_await table.list(options));
    for (auto& entry : listing.entries) {
      if (!keep(entry.record)) continue;
      if (out.entries.size() == page.size) {
        out.next = out.entries.back().key;
        co_return out;
      }
      out.entries.push_back(std::move(entry));
    }
    if (listing.next.empty()) co_return out;
    options.after = std::move(listing.next);
  }
}

// The same for records with a path.
template <typename R>
Async<typename store::Table<R>::Listing> list_by_path(store::Table<R>& table, PageRequest page,
                                                      std::optional<std::string> prefix) {
  const auto keep = [&](const R& record) { return !prefix || record.path.starts_with(*prefix); };
  co_return co_await list_kept(table, Key(), std::move(page), keep);
}

// A page of a list that is whole in memory.
template <typename T>
Result<std::pair<std::vector<T>, std::string>> page_of(std::vector<T> all, const PageRequest& page) {
  size_t start = 0;
  const char* const end = page.after.data() + page.after.size();
  if (!page.after.empty()) {
    const auto [stop, error] = std::from_chars(page.after.data(), end, start);
    if (error != std::errc() || stop != end) return fail(errors::validation("Invalid Marker."));
  }
  start = std::min(start, all.size());
  const size_t count = std::min(page.size, all.size() - start);
  std::string next = start + count < all.size() ? std::to_string(start + count) : std::string();
  all.erase(all.begin(), all.begin() + static_cast<ptrdiff_t>(start));
  all.resize(count);
  return std::pair(std::move(all), std::move(next));
}

}  // namespace hearth::services::iam
