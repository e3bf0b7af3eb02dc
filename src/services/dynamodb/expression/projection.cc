#include "services/dynamodb/expression/projection.h"

namespace hearth::services::dynamodb {

Result<Projection> Projection::parse(std::string_view text, Placeholders& placeholders) {
  TRY_SYNC(PathTree paths, parse_projection(text, placeholders));
  return Projection(std::move(paths));
}

AttributeNames Projection::names() const {
  AttributeNames names;
  for (const Path& path : paths_.paths()) add(names, path);
  return names;
}

}  // namespace hearth::services::dynamodb
