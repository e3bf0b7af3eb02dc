// What batches have in common: ids of their entries, and entries that fail while others succeed.
#pragma once
#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "base/ascii.h"
#include "services/sqs/errors.h"

namespace hearth::services::sqs {

template <typename Entry>
Status check_batch(const std::optional<std::vector<Entry>>& given, std::string_view entry_name) {
  if (!given) return fail(errors::empty_batch(entry_name));
  const std::vector<Entry>& entries = *given;
  if (entries.empty()) return fail(errors::empty_batch(entry_name));
  if (entries.size() > limits::kBatchMax) return fail(errors::too_many_entries(entries.size()));
  std::set<std::string_view> ids;
  for (const Entry& entry : entries) {
    const bool plain =
        std::ranges::all_of(entry.id, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
    constexpr size_t kEntryIdMax = 80;
    if (!plain || entry.id.empty() || entry.id.size() > kEntryIdMax) return fail(errors::invalid_entry_id());
    if (!ids.insert(entry.id).second) return fail(errors::entry_ids_not_distinct(entry.id));
  }
  return {};
}

// Whether an entry may end in this error while the others go on: the service's own errors, not the store's.
inline bool fails_alone(const Error& error) {
  return api::sqs::kService.find_error(error.code) != nullptr;
}

inline api::sqs::BatchResultErrorEntry failed_entry(std::string id, const Error& error) {
  const wire::Shape* shape = api::sqs::kService.find_error(error.code);
  const bool own_code = !shape || shape->query_code.empty();
  return {.id = std::move(id),
          .sender_fault = true,
          .code = own_code ? error.code : std::string(shape->query_code),
          .message = error.message};
}

}  // namespace hearth::services::sqs
