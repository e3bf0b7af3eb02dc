// CHECK(condition, "why"): a broken invariant of ours. Logs file, line and reason, then aborts: the durable
// state is the way back. On in every build. Never for input from outside, which gets an Error.
#pragma once
#include <string_view>

namespace hearth {
[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view why);
}

#define CHECK(condition, ...)                                                                  \
  do {                                                                                         \
    if (!(condition)) [[unlikely]]                                                             \
      ::hearth::check_failed(__FILE__, __LINE__, #condition, ::std::string_view{__VA_ARGS__}); \
  } while (false)

#ifdef NDEBUG
#define DCHECK(condition, ...) \
  do {                         \
  } while (false)
#else
#define DCHECK(...) CHECK(__VA_ARGS__)
#endif
