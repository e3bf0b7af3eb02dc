// Writing to a file, where nobody is to be told of a part that was written.
#pragma once
#include <string_view>

namespace hearth {

// All of it, where the descriptor stands; false when that fails, as errno says.
bool write_all(int descriptor, std::string_view bytes);

}  // namespace hearth
