#include "services/dynamodb/capacity.h"

#include <algorithm>
#include <numeric>

namespace hearth::services::dynamodb {
namespace {

constexpr uint64_t kReadBlock = 4096;
constexpr uint64_t kWriteBlock = 1024;

double blocks(uint64_t bytes, uint64_t block) {
  return static_cast<double>(std::max<uint64_t>(1, (bytes + block - 1) / block));
}

api::dynamodb::Capacity capacity(double units, UnitForm form) {
  api::dynamodb::Capacity told{.capacity_units = units};
  if (form == UnitForm::kTransactionalRead) told.read_capacity_units = units;
  if (form == UnitForm::kTransactionalWrite) told.write_capacity_units = units;
  return told;
}

}  // namespace

double read_units(uint64_t bytes, ReadKind kind) {
  const double whole = blocks(bytes, kReadBlock);
  return kind == ReadKind::kEventual ? whole / 2 : kind == ReadKind::kStrong ? whole : whole * 2;
}

double write_units(uint64_t bytes) {
  return blocks(bytes, kWriteBlock);
}

double Units::total() const {
  return std::accumulate(indexes.begin(), indexes.end(), table,
                         [](double sum, const auto& index) { return sum + index.second; });
}

void Units::add(const Units& other) {
  table += other.table;
  for (const auto& [name, units] : other.indexes) indexes[name] += units;
}

std::optional<api::dynamodb::ConsumedCapacity> consumed(const std::optional<std::string>& mode,
                                                        const Table& table, std::string name,
                                                        const Units& units, UnitForm form) {
  if (!mode || *mode == "NONE") return {};
  api::dynamodb::ConsumedCapacity told{.table_name = std::move(name), .capacity_units = units.total()};
  if (form == UnitForm::kTransactionalRead) told.read_capacity_units = units.total();
  if (form == UnitForm::kTransactionalWrite) told.write_capacity_units = units.total();
  if (*mode != "INDEXES") return told;
  told.table = capacity(units.table, form);
  for (const auto& [index_name, index_units] : units.indexes) {
    const IndexRecord* index = table.index(index_name);
    auto& group = index && index->local ? told.local_secondary_indexes : told.global_secondary_indexes;
    if (!group) group.emplace();
    group->emplace(index_name, capacity(index_units, form));
  }
  return told;
}

}  // namespace hearth::services::dynamodb
