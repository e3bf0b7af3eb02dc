// How the walkers reach into generated structs: constant tables of small functions, one set for each
// optional, vector and map type that occurs. A member's place is its offset in the struct; a container's
// items are reached through ContainerAccess; what a leaf's type is follows from its shape's kind:
//
//   kString, kBlob  std::string     kInteger  int32_t    kFloat, kDouble  double   kTimestamp  TimePoint
//   kBoolean        bool            kLong     int64_t    kDocument  json::value, or std::string when opaque
//   streaming blob  io::Body
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hearth::wire {

struct OptionalAccess {
  void* (*emplace)(void* optional);
  const void* (*get)(const void* optional);  // null when there is none
};

struct ContainerAccess {
  // Adds an empty item (under `key`, for maps) and gives its place.
  void* (*add)(void* container, std::string_view key);
  void (*each)(const void* container, void* context,
               void (*visit)(void* context, std::string_view key, const void* item));
};

// A member of its own structure's type: at most one, on the heap, copied by value.
template <typename T>
class Recursive {
 public:
  Recursive() = default;
  Recursive(T value) : value_(std::make_unique<T>(std::move(value))) {}  // NOLINT: stands for its value
  Recursive(const Recursive& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Recursive(Recursive&&) noexcept = default;
  Recursive& operator=(Recursive other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~Recursive() = default;

  explicit operator bool() const { return value_ != nullptr; }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }
  T& emplace() { return *(value_ = std::make_unique<T>()); }

 private:
  std::unique_ptr<T> value_;
};

template <typename Optional>
inline constexpr OptionalAccess kOptionalAccess{
    .emplace = [](void* place) -> void* { return &static_cast<Optional*>(place)->emplace(); },
    .get = [](const void* place) -> const void* {
      const auto& optional = *static_cast<const Optional*>(place);
      return optional ? &*optional : nullptr;
    }};

template <typename T>
inline constexpr ContainerAccess kListAccess{
    .add = [](void* list, std::string_view) -> void* {
      return &static_cast<std::vector<T>*>(list)->emplace_back();
    },
    .each =
        [](const void* list, void* context, void (*visit)(void*, std::string_view, const void*)) {
          for (const T& item : *static_cast<const std::vector<T>*>(list)) visit(context, {}, &item);
        }};

template <typename T>
inline constexpr ContainerAccess kMapAccess{
    .add = [](void* map, std::string_view key) -> void* {
      return &(*static_cast<std::map<std::string, T>*>(map))[std::string(key)];
    },
    .each =
        [](const void* map, void* context, void (*visit)(void*, std::string_view, const void*)) {
          for (const auto& [key, item] : *static_cast<const std::map<std::string, T>*>(map))
            visit(context, key, &item);
        }};

}  // namespace hearth::wire
