#include "services/dynamodb/page_reader.h"

#include <algorithm>

#include "services/dynamodb/item/value_json.h"
#include "services/dynamodb/item_store.h"
#include "services/dynamodb/key_values.h"
#include "services/dynamodb/limits.h"

namespace hearth::services::dynamodb {
namespace {

constexpr size_t kRowsMax = 1000;

// A page on its way.
class Page {
 public:
  explicit Page(PageRequest request) : request_(std::move(request)) {}

  bool full() const {
    return bytes_ >= limits::kPageBytes || (request_.limit && page_.scanned >= *request_.limit);
  }
  size_t rows_wanted() const {
    return request_.limit ? std::min<size_t>(kRowsMax, static_cast<size_t>(*request_.limit - page_.scanned))
                          : kRowsMax;
  }

  Async<void> take(store::Transaction& tx, ItemRecord record) {
    ++page_.scanned;
    bytes_ += record.size_bytes;
    last_json_ = record.json;
    if (request_.whole_items) {
      TRY(record, co_await whole(tx, std::move(record)));
    }
    co_return add(record);
  }

  Result<ItemPage> finish(bool more) {
    page_.items += ']';
    if (page_.items.size() == 1) page_.items = "[]";
    if (more) {
      TRY_SYNC(const Item last, read_item(last_json_));
      page_.last_key = to_json(key_attributes(*request_.table, request_.index, last));
    }
    const double units = read_units(bytes_, request_.kind);
    if (request_.index) {
      page_.units.indexes[request_.index->name] = units;
    } else {
      page_.units.table = units;
    }
    page_.units.table += fetched_units_;
    return std::move(page_);
  }

 private:
  // The item that an entry of a local index stands for.
  Async<ItemRecord> whole(store::Transaction& tx, ItemRecord entry) {
    TRY(const Item item, read_item(entry.json));
    TRY(const KeyValues key, key_of_item(*request_.table, item));
    TRY(auto record, co_await read_item_record(tx, item_key(request_.table->record.number, key)));
    if (!record) co_return entry;
    fetched_units_ += read_units(record->size_bytes, request_.kind);
    co_return *std::move(record);
  }

  Status add(const ItemRecord& record) {
    if (!request_.filter && !request_.show) {
      append(record.json);
      return {};
    }
    TRY_SYNC(const Item item, read_item(record.json));
    if (request_.filter && !request_.filter->holds(item)) return {};
    if (request_.show && !request_.count_only) {
      append(to_json(request_.show(item)));
    } else {
      append(record.json);
    }
    return {};
  }

  void append(std::string_view json) {
    ++page_.count;
    if (request_.count_only) return;
    page_.items += page_.items.empty() ? '[' : ',';
    page_.items += json;
  }

  PageRequest request_;
  ItemPage page_;
  size_t bytes_ = 0;
  double fetched_units_ = 0;
  std::string last_json_;
};

}  // namespace

Async<ItemPage> read_page(store::Transaction& tx, Throughput& throughput, PageRequest request) {
  const TablePtr table = request.table;
  TRY_VOID(throughput.admit(*table, Access::kRead,
                            request.index ? Units{.indexes = {{request.index->name, 1}}} : kSomeUnits));
  store::ScanOptions scan{
      .range = request.range, .bytes_max = limits::kPageBytes, .reverse = request.reverse};
  Page page(std::move(request));
  bool more = !scan.range.empty();
  while (more && !page.full()) {
    scan.rows_max = page.rows_wanted();
    TRY(store::Page rows, co_await tx.scan(scan));
    more = rows.more;
    for (size_t at = 0; at < rows.rows.size(); ++at) {
      TRY(ItemRecord record, store::decode<ItemRecord>(rows.rows[at].value));
      TRY_VOID(co_await page.take(tx, std::move(record)));
      // Whoever asked for so many is told that there may be more, whether there are or not.
      if (page.full()) more = true;
      if (page.full()) break;
    }
    if (!rows.rows.empty()) {
      (scan.reverse ? scan.range.end : scan.range.begin) =
          scan.reverse ? rows.rows.back().key : store::key_after(rows.rows.back().key);
    }
  }
  TRY(ItemPage finished, page.finish(more));
  throughput.charge(*table, Access::kRead, finished.units);
  co_return finished;
}

}  // namespace hearth::services::dynamodb
