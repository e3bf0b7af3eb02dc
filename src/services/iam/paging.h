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

// What still fits on a page: so many items, and so much of documents, as a thousand items could have
// gigabytes of them.
class PageRoom {
 public:
  explicit PageRoom(const PageRequest& page) : items_(page.size) {}

  size_t items() const { return items_; }
  bool full() const { return items_ == 0 || bytes_ >= limits::kPageBytesMax; }
  void take(size_t document_bytes) {
    --items_;
    bytes_ += document_bytes;
  }

 private:
  size_t items_;
  size_t bytes_ = 0;
};

// What an item has of documents. That of most is none.
size_t document_bytes(const auto&) {
  return 0;
}
inline size_t document_bytes(const api::iam::Role& role) {
  return role.assume_role_policy_document ? role.assume_role_policy_document->size() : 0;
}
inline size_t document_bytes(const api::iam::InstanceProfile& profile) {
  size_t bytes = 0;
  for (const api::iam::Role& role : profile.roles) bytes += document_bytes(role);
  return bytes;
}

// Adds to `items` what `show` (Entry -> Async<std::optional<Item>>) makes of the rows under `under`, nothing
// of those that the list is not about, until the page is full. `output` says whether the list goes on.
template <typename R, typename Item, typename Output, typename Show>
Async<void> fill_page(store::Table<R>& table, Key under, PageRequest page, const Show& show,
                      std::vector<Item>& items, Output& output) {
  PageRoom room(page);
  std::string last;
  store::ListOptions options{.under = std::move(under), .after = std::move(page.after)};
  for (;;) {
    TRY(auto listing, co_await table.list(options));
    for (auto& entry : listing.entries) {
      std::string key = entry.key;
      TRY(std::optional<Item> item, co_await show(std::move(entry)));
      if (!item) continue;
      if (room.full()) {
        end_page(output, last);
        co_return {};
      }
      room.take(document_bytes(*item));
      items.push_back(*std::move(item));
      last = std::move(key);
    }
    if (listing.next.empty()) break;
    options.after = std::move(listing.next);
  }
  end_page(output, "");
  co_return {};
}

// How many items of a list that is counted, not keyed, the pages before have given.
inline Result<size_t> given_before(const PageRequest& page) {
  size_t count = 0;
  if (page.after.empty()) return count;
  const char* const end = page.after.data() + page.after.size();
  const auto [stop, error] = std::from_chars(page.after.data(), end, count);
  if (error != std::errc() || stop != end) return fail(errors::validation("Invalid Marker."));
  return count;
}

// A page of a list that is whole in memory.
template <typename T>
Result<std::pair<std::vector<T>, std::string>> page_of(std::vector<T> all, const PageRequest& page) {
  TRY_SYNC(size_t start, given_before(page));
  start = std::min(start, all.size());
  const size_t count = std::min(page.size, all.size() - start);
  std::string next = start + count < all.size() ? std::to_string(start + count) : std::string();
  all.erase(all.begin(), all.begin() + static_cast<ptrdiff_t>(start));
  all.resize(count);
  return std::pair(std::move(all), std::move(next));
}

}  // namespace hearth::services::iam
