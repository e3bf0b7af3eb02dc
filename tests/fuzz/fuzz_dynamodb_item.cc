// Promise: no body breaks the reader of items: what it takes comes back from its own text as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/dynamodb.h"
#include "services/dynamodb/item/value_json.h"
#include "wire/opaque.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;  // NOLINT: one function
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto item = services::dynamodb::read_item(text)) {
    const auto again = services::dynamodb::read_item(services::dynamodb::to_json(*item));
    if (!again || *again != *item) std::abort();
  }
  for (const wire::Shape* shape :
       {&api::dynamodb::PutItemInput::shape(), &api::dynamodb::BatchWriteItemInput::shape(),
        &api::dynamodb::TransactWriteItemsInput::shape()}) {
    (void)wire::document_with_opaque(*shape, std::string(text), "package");
  }
  return 0;
}
