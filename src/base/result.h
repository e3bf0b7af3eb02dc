// Outcomes as values. A request's outcome that the caller may see (not found, throttled, invalid) is an
// `Error`; a function that may end in one returns `Result<T>`, a coroutine `Async<T>` (see task.h).
// Broken invariants are not outcomes: they CHECK and abort (check.h).
#pragma once
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace hearth {

// What a caller is told. `code` is the modelled error name ("ResourceNotFoundException"); its HTTP status,
// fault and the spelling of its message member follow from the service's error table when it is encoded.
struct Error {
  std::string code;
  std::string message;
  // Further members of the modelled error, by model name ("Reason", "retryAfterSeconds"). Rarely any.
  std::vector<std::pair<std::string, std::string>> extra = {};
  // HTTP status for codes that no model knows (framework errors); 0 takes the table's.
  int status = 0;

  bool operator==(const Error&) const = default;
};

template <typename T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}
inline std::unexpected<Error> fail(std::string code, std::string message) {
  return std::unexpected<Error>(Error{.code = std::move(code), .message = std::move(message)});
}

}  // namespace hearth

#define HEARTH_CONCAT_INNER(a, b) a##b
#define HEARTH_CONCAT(a, b) HEARTH_CONCAT_INNER(a, b)

// TRY(auto x, co_await f()) binds the value or leaves the coroutine with the error.
#define TRY(declaration, ...)                                                    \
  auto HEARTH_CONCAT(try_, __LINE__) = __VA_ARGS__;                              \
  if (!HEARTH_CONCAT(try_, __LINE__)) [[unlikely]]                               \
    co_return std::unexpected(std::move(HEARTH_CONCAT(try_, __LINE__)).error()); \
  declaration = *std::move(HEARTH_CONCAT(try_, __LINE__))

// The same for a result without a value: TRY_VOID(co_await g()).
#define TRY_VOID(...)                                                                                \
  if (auto HEARTH_CONCAT(try_, __LINE__) = __VA_ARGS__; !HEARTH_CONCAT(try_, __LINE__)) [[unlikely]] \
  co_return std::unexpected(std::move(HEARTH_CONCAT(try_, __LINE__)).error())

// The same two for functions that are no coroutines.
#define TRY_SYNC(declaration, ...)                                            \
  auto HEARTH_CONCAT(try_, __LINE__) = __VA_ARGS__;                           \
  if (!HEARTH_CONCAT(try_, __LINE__)) [[unlikely]]                            \
    return std::unexpected(std::move(HEARTH_CONCAT(try_, __LINE__)).error()); \
  declaration = *std::move(HEARTH_CONCAT(try_, __LINE__))

#define TRY_SYNC_VOID(...)                                                                           \
  if (auto HEARTH_CONCAT(try_, __LINE__) = __VA_ARGS__; !HEARTH_CONCAT(try_, __LINE__)) [[unlikely]] \
  return std::unexpected(std::move(HEARTH_CONCAT(try_, __LINE__)).error())
