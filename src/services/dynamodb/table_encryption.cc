#include "services/dynamodb/table_encryption.h"

#include "base/digest.h"
#include "base/encoding.h"

namespace hearth::services::dynamodb {

std::string kms_key_of(const TableRef& ref, const api::dynamodb::SSESpecification& specification) {
  if (!specification.enabled.value_or(false)) return {};
  std::string key = specification.kms_master_key_id.value_or("");
  if (key.starts_with("arn:")) return key;
  if (key.empty()) {
    const std::string digits = hex_encode(md5("alias/aws/dynamodb " + ref.account + " " + ref.region));
    key = digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
          digits.substr(16, 4) + "-" + digits.substr(20);
  }
  const std::string_view kind = key.starts_with("alias/") ? "" : "key/";
  return "arn:aws:kms:" + ref.region + ":" + ref.account + ":" + std::string(kind) + key;
}

}  // namespace hearth::services::dynamodb
