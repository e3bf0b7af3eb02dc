#include "delivery/stream_source.h"

#include "delivery/target.h"

namespace hearth::delivery {

StreamSource* StreamSources::find(std::string_view arn) const {
  const auto found = by_service_.find(service_of(arn));
  return found == by_service_.end() ? nullptr : found->second;
}

}  // namespace hearth::delivery
