// Promise: bad input gets a clear error and loses nothing. Any bytes may be read as a record.
#include <cstdint>
#include <cstdlib>

#include "store/blob.h"
#include "store/record.h"

namespace {

struct Inner {
  std::string text;
  std::map<std::string, std::vector<int64_t>> lists;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.text);
    visit(2, self.lists);
  }
};

struct Everything {
  bool flag = false;
  double number = 0;
  std::optional<Inner> inner;
  std::vector<Inner> many;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.flag);
    visit(2, self.number);
    visit(3, self.inner);
    visit(4, self.many);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto record = hearth::store::decode<Everything>(bytes);
  if (record && !hearth::store::decode<Everything>(hearth::store::encode(*record))) std::abort();
  return 0;
}
