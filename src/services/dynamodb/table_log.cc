#include "services/dynamodb/table_log.h"

namespace hearth::services::dynamodb {
namespace {

store::Key row_of(const TableRef& ref) {
  return store::Key("dynamodb.logs", ref.account, ref.region, ref.name);
}

}  // namespace

store::Key log_prefix(uint64_t number) {
  return store::Key("dynamodb.log", number);
}

void hold_log(TableLog& log, uint64_t number) {
  if (log.number == 0) log.number = number;
  ++log.copies;
}

void release_log(TableLog& log) {
  --log.copies;
}

void put_with_log(store::Transaction& tx, const TableRef& ref, TableRecord record) {
  TableLog& log = record.log;
  if (log.copies == 0 && !log.recovery) {
    erase_log(tx, ref, record);
    log = {};
  } else {
    // A copy may need what is about to be let go of.
    const LogRecord row{.number = log.number, .kept_days = log.copies == 0 ? log.recovery_days : 0};
    tx.put(row_of(ref).bytes(), store::encode(row));
  }
  tx.put(ref.key().bytes(), store::encode(record));
}

void erase_log(store::Transaction& tx, const TableRef& ref, const TableRecord& record) {
  if (record.log.number == 0) return;
  tx.erase_range(log_prefix(record.log.number).under());
  tx.erase(row_of(ref).bytes());
}

}  // namespace hearth::services::dynamodb
