#include "services/dynamodb/change_view.h"

#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::services::dynamodb {

std::string event_id(const StreamRecord& stream, store::Stamp stamp) {
  return hex_encode(md5(std::to_string(stream.number) + stamp.bytes()));
}

std::string event_name(ChangeKind kind) {
  return kind == ChangeKind::kInsert ? "INSERT" : kind == ChangeKind::kModify ? "MODIFY" : "REMOVE";
}

}  // namespace hearth::services::dynamodb
