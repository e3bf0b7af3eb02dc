// Capacity units: what reading and writing so many bytes costs, and how answers tell it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/dynamodb.h"
#include "services/dynamodb/catalog.h"

namespace hearth::services::dynamodb {

// Of items that are read; missing ones count as one block.
enum class ReadKind : uint8_t { kEventual, kStrong, kTransactional };
double read_units(uint64_t bytes, ReadKind kind);
// Of an item or an entry of an index that is written.
double write_units(uint64_t bytes);

// What a request consumed of one table and its indexes.
struct Units {
  double table = 0;
  std::map<std::string, double> indexes = {};  // by name

  double total() const;
  void add(const Units& other);
};

// Units of transactions are told as reads or writes too.
enum class UnitForm { kPlain, kTransactionalRead, kTransactionalWrite };

// What is told to a caller who asked with `mode` (NONE, TOTAL, INDEXES); nothing for NONE.
// `name` is the table as the caller named it.
std::optional<api::dynamodb::ConsumedCapacity> consumed(const std::optional<std::string>& mode,
                                                        const Table& table, std::string name,
                                                        const Units& units, UnitForm form = UnitForm::kPlain);

}  // namespace hearth::services::dynamodb
