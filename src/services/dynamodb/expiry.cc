#include "services/dynamodb/expiry.h"

#include <charconv>

namespace hearth::services::dynamodb {
namespace {

// Older ones were meant otherwise (the service's documentation).
constexpr int64_t kPastMax = int64_t{5} * 365 * 24 * 3600;
constexpr int64_t kYear9999 = 253'402'300'799;

}  // namespace

std::optional<int64_t> expiry_of(const TimeToLive& ttl, const Item& item, TimePoint now) {
  const Value* value = item.find(ttl.attribute);
  if (!value || !value->is(Type::kNumber)) return {};
  const std::string& text = value->text();
  int64_t second = 0;
  // A fraction behind it is left off; what has more digits than a second may have is none.
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), second);
  if (error != std::errc() || second > kYear9999 || second < second_of(now) - kPastMax) return {};
  return second;
}

store::Key expiry_prefix() {
  return store::Key("dynamodb.expiry");
}

store::Key expiry_key(int64_t second, uint64_t table_number, const store::Key& item_place) {
  return expiry_prefix() + store::Key(second, table_number, store::Bytes{item_place.bytes()});
}

void write_expiry(store::Transaction& tx, const Table& table, const store::Key& item_place, const Item* old,
                  const Item* item, TimePoint now) {
  const TimeToLive& ttl = table.record.ttl;
  const auto before = old ? expiry_of(ttl, *old, now) : std::nullopt;
  const auto after = item ? expiry_of(ttl, *item, now) : std::nullopt;
  if (before == after) return;
  if (before) tx.erase(expiry_key(*before, table.record.number, item_place).bytes());
  if (!after) return;
  const ExpiryRecord record{
      .account = table.ref.account, .region = table.ref.region, .table = table.ref.name};
  tx.put(expiry_key(*after, table.record.number, item_place).bytes(), store::encode(record));
}

}  // namespace hearth::services::dynamodb
