// Records: what the store's values hold. A struct lists its fields with numbers; numbers are for ever (a
// field that is gone leaves its number unused), and so is the declared default of a field, because fields
// that equal it are not written. An optional's default is nothing.
//
//   struct FunctionRecord {
//     std::string name;
//     int64_t size_bytes = 0;
//     std::optional<TimePoint> changed_at;
//     template <typename Self>
//     static void fields(Self& self, auto& visit) {
//       visit(1, self.name);
//       visit(2, self.size_bytes);
//       visit(3, self.changed_at);
//     }
//   };
//   tx.put(key, encode(record));
//   TRY(auto record, decode<FunctionRecord>(bytes));
//
// Types: bool, integers, enums, double, std::string, TimePoint, records, and std::optional, std::vector,
// std::map<std::string, X>, std::pair of them (an optional only as a field). Fields of unknown number are
// skipped, so older programs read newer records. Any bytes may be decoded: what is no record gives
// "CorruptRecord" and costs no more memory than a small multiple of the bytes.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/record_codec.h"

namespace hearth::store {

template <codec::Record R>
std::string encode(const R& record) {
  std::string bytes;
  codec::write_fields(bytes, record);
  return bytes;
}

template <codec::Record R>
Result<R> decode(std::string_view bytes) {
  R record{};
  if (!codec::read_fields(bytes, record)) return fail("CorruptRecord", "the stored bytes are no such record");
  return record;
}

}  // namespace hearth::store
