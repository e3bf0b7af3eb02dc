#include "services/dynamodb/expression/grammar.h"

namespace hearth::services::dynamodb::grammar {

Result<std::vector<Path>> read_projection(Reader& reader) {
  std::vector<Path> paths;
  do {
    TRY_SYNC(Path path, reader.path());
    paths.push_back(std::move(path));
  } while (reader.take_symbol(","));
  TRY_SYNC_VOID(reader.expect_end());
  return paths;
}

}  // namespace hearth::services::dynamodb::grammar
