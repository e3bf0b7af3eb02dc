#include "services/dynamodb/stream_ref.h"

namespace hearth::services::dynamodb {

std::optional<StreamRef> StreamRef::parse(std::string_view arn) {
  constexpr std::string_view kStart = "arn:aws:dynamodb:";
  constexpr std::string_view kTable = "table/";
  constexpr std::string_view kStream = "/stream/";
  if (!arn.starts_with(kStart)) return {};
  arn.remove_prefix(kStart.size());
  StreamRef ref;
  for (std::string* part : {&ref.table.region, &ref.table.account}) {
    const size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    *part = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  const size_t middle = arn.find(kStream);
  if (!arn.starts_with(kTable) || middle == std::string_view::npos) return {};
  ref.table.name = arn.substr(kTable.size(), middle - kTable.size());
  ref.label = arn.substr(middle + kStream.size());
  if (ref.table.name.empty() || ref.label.empty()) return {};
  return ref;
}

std::string StreamRef::arn() const {
  return table.arn() + "/stream/" + label;
}

}  // namespace hearth::services::dynamodb
