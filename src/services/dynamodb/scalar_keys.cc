#include "services/dynamodb/scalar_keys.h"

#include <fmt/format.h>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/key_values.h"

namespace hearth::services::dynamodb {

Status check_scalars(const Table& table, const AttributeNames& names) {
  const auto check = [&](const KeySchema& keys, std::string_view what) -> Status {
    for (const auto& [name, nested] : names) {
      if (!nested || !is_key(keys, name)) continue;
      return fail(errors::validation(
          fmt::format("Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
                      "allowed: {}: {}",
                      what, name)));
    }
    return {};
  };
  TRY_SYNC_VOID(check(table.keys(), "Key"));
  for (const IndexRecord& index : table.record.indexes) TRY_SYNC_VOID(check(index.keys, "IndexKey"));
  return {};
}

}  // namespace hearth::services::dynamodb
