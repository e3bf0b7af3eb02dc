// A page of Query or Scan: items of a table or an index in a range of its keys, until there are enough of
// them, or a megabyte of them.
#pragma once
#include <functional>
#include <optional>

#include "services/dynamodb/capacity.h"
#include "services/dynamodb/expression/condition.h"
#include "services/dynamodb/throughput.h"

namespace hearth::services::dynamodb {

struct PageRequest {
  TablePtr table;
  const IndexRecord* index = nullptr;  // of the table
  store::KeyRange range;
  bool reverse = false;
  std::optional<int32_t> limit;                // of items that are read
  const Condition* filter = nullptr;           // of what is read, what is told
  std::function<Item(const Item&)> show = {};  // what of an item is told; empty: all
  bool count_only = false;
  bool whole_items = false;  // of a local index: those of the table
  ReadKind kind = ReadKind::kEventual;
};

struct ItemPage {
  std::string items;  // a JSON array
  int32_t count = 0;
  int32_t scanned = 0;
  std::optional<std::string> last_key;  // the JSON of a key, when there may be more
  Units units;
};

// Refused and charged as the throughput has it.
Async<ItemPage> read_page(store::Transaction& tx, Throughput& throughput, PageRequest request);

}  // namespace hearth::services::dynamodb
