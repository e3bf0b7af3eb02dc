// Records from any bytes: refused, or something that is written and read again to the same.
#include <cstdlib>

#include "store/record.h"

using namespace hearth;

namespace {

struct Inner {
  std::string name;
  std::vector<int64_t> numbers;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.name);
    visit(2, self.numbers);
  }
};

struct Outer {
  bool flag = false;
  int32_t small = 5;
  uint64_t large = 0;
  double ratio = 0;
  std::optional<std::string> text;
  TimePoint time;
  std::vector<Inner> list;
  std::map<std::string, Inner> map;
  std::pair<std::string, bool> pair;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.flag);
    visit(2, self.small);
    visit(3, self.large);
    visit(4, self.ratio);
    visit(5, self.text);
    visit(6, self.time);
    visit(7, self.list);
    visit(8, self.map);
    visit(20, self.pair);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto record = store::decode<Outer>({reinterpret_cast<const char*>(data), size});
  if (!record) return 0;
  const std::string written = store::encode(*record);
  const auto again = store::decode<Outer>(written);
  if (!again || store::encode(*again) != written) std::abort();
  return 0;
}
