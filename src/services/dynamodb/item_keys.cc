#include "services/dynamodb/item_keys.h"

#include "base/digest.h"

namespace hearth::services::dynamodb {
namespace {

// Longer ones stand for themselves by their digest, so that a key has room for all of its parts.
constexpr size_t kVerbatimMax = 256;
constexpr size_t kHashPrefixBytes = 3;
// The service's segments are ranges of the first twelve bits.
constexpr int64_t kSlots = 4096;

std::string hashed_bytes(const Value& value) {
  return value.is(Type::kNumber) ? value.as_number().hashed_bytes() : value.text();
}

std::string ordered_bytes(const Value& value) {
  return value.is(Type::kNumber) ? value.as_number().ordered_bytes() : value.text();
}

// Told apart by their kind: digests are text, what stands there itself is bytes.
void add_verbatim_or_digest(store::Key& key, std::string bytes) {
  if (bytes.size() <= kVerbatimMax) {
    key.add(store::Bytes{std::move(bytes)});
  } else {
    key.add(sha256(bytes));
  }
}

std::string together(const std::vector<Value>& values) {
  if (values.size() == 1) return ordered_bytes(values[0]);
  store::Key all;
  for (const Value& value : values) all.add(store::Bytes{ordered_bytes(value)});
  return all.bytes();
}

std::string hash_prefix(const std::vector<Value>& hash) {
  std::string text = "Outliers";
  for (const Value& value : hash) text += hashed_bytes(value);
  return md5(text).substr(0, kHashPrefixBytes);
}

std::string slot_bytes(int64_t slot) {
  return {static_cast<char>(slot >> 4), static_cast<char>((slot & 0xf) << 4), '\0'};
}

}  // namespace

store::Key items_prefix(uint64_t number) {
  return store::Key("dynamodb.items", number);
}

store::Key partition_key(uint64_t number, const std::vector<Value>& hash) {
  store::Key key = items_prefix(number) + store::Key(store::Bytes{hash_prefix(hash)});
  add_verbatim_or_digest(key, together(hash));
  return key;
}

store::Key range_part(const Value& value) {
  return store::Key(store::Bytes{ordered_bytes(value)});
}

store::Key item_key(uint64_t table_number, const KeyValues& key) {
  store::Key place = partition_key(table_number, key.hash);
  for (const Value& value : key.range) place = std::move(place) + range_part(value);
  return place;
}

store::Key entry_key(const IndexRecord& index, const KeyValues& index_key, const KeyValues& item_key) {
  store::Key place = partition_key(index.number, index_key.hash);
  for (const Value& value : index_key.range) place = std::move(place) + range_part(value);
  if (!index.local) add_verbatim_or_digest(place, together(item_key.hash));
  if (!item_key.range.empty()) add_verbatim_or_digest(place, together(item_key.range));
  return place;
}

store::KeyRange segment_range(uint64_t number, int64_t segment, int64_t segments) {
  const auto slot = [&](int64_t of) { return (kSlots * of + segments - 1) / segments; };
  store::KeyRange range = items_prefix(number).under();
  const store::Key prefix = items_prefix(number);
  if (segment > 0) range.begin = (prefix + store::Key(store::Bytes{slot_bytes(slot(segment))})).bytes();
  if (segment + 1 < segments)
    range.end = (prefix + store::Key(store::Bytes{slot_bytes(slot(segment + 1))})).bytes();
  return range;
}

}  // namespace hearth::services::dynamodb
