// Keys from any bytes: refused, or the one encoding of their tuple.
#include <cstdlib>

#include "store/tuple.h"

using namespace hearth::store;

namespace {

// Reads elements of whatever types there are and writes them again.
bool copy_next(KeyReader& reader, Key& copy) {
  const auto attempt = [&]<typename T>(T value) {
    KeyReader ahead = reader;
    if (!ahead.read(value)) return false;
    copy.add(value);
    reader = ahead;
    return true;
  };
  return attempt(std::string()) || attempt(Bytes()) || attempt(int64_t()) || attempt(uint64_t()) ||
         attempt(bool()) || attempt(Stamp());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  KeyReader reader(bytes);
  Key copy;
  while (!reader.at_end() && copy_next(reader, copy)) {
  }
  if (copy.bytes() != bytes.substr(0, bytes.size() - reader.rest().size())) std::abort();
  return 0;
}
