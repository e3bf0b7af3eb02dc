// The bytes of records (record.h is what to use). A record is a sequence of fields: a tag, number * 8 + form,
// then the value in that form: a varint, eight bytes, or a length and that many bytes. What is nested
// (records, vectors, maps, pairs) is the payload of a length form. docs/formats/records.md has examples.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace hearth::store::codec {

enum class Form : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2 };

void write_varint(std::string& out, uint64_t value);
inline uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}
inline void write_bytes(std::string& out, std::string_view bytes) {
  write_varint(out, bytes.size());
  out += bytes;
}

// Reads from the front; every method gives false on bytes that do not fit, and then nothing may be used.
struct Input {
  std::string_view rest;
  bool varint(uint64_t& value);
  bool fixed64(uint64_t& value);
  bool bytes(std::string_view& value);
  bool skip(Form form);
};

template <typename T>
struct Codec;  // kForm, write(out, value), read(input, value)

template <typename R>
void write_fields(std::string& out, const R& record);
template <typename R>
bool read_fields(std::string_view bytes, R& record);

struct AnyVisitor {
  template <typename T>
  void operator()(int, T&) const {}
};
template <typename R>
concept Record = std::is_class_v<R> && requires(R& record, AnyVisitor& visit) { R::fields(record, visit); };

template <typename T>
constexpr bool kIsOptional = false;
template <typename T>
constexpr bool kIsOptional<std::optional<T>> = true;

template <typename T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>)
struct Codec<T> {
  static constexpr Form kForm = Form::kVarint;
  static void write(std::string& out, T value) {
    if constexpr (std::is_enum_v<T>) {
      Codec<std::underlying_type_t<T>>::write(out, std::to_underlying(value));
    } else if constexpr (std::is_signed_v<T>) {
      write_varint(out, zigzag(value));
    } else {
      write_varint(out, value);
    }
  }
  static bool read(Input& input, T& value) {
    if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number;
      if (!Codec<std::underlying_type_t<T>>::read(input, number)) return false;
      value = static_cast<T>(number);
      return true;
    } else {
      uint64_t raw;
      if (!input.varint(raw)) return false;
      if constexpr (std::is_signed_v<T>) {
        const int64_t number = unzigzag(raw);
        value = static_cast<T>(number);
        return value == number;
      } else if constexpr (std::is_same_v<T, bool>) {
        value = raw != 0;
        return raw <= 1;
      } else {
        value = static_cast<T>(raw);
        return value == raw;
      }
    }
  }
};

template <>
struct Codec<double> {
  static constexpr Form kForm = Form::kFixed64;
  static void write(std::string& out, double value) {
    const auto raw = std::bit_cast<uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(raw >> shift);
  }
  static bool read(Input& input, double& value) {
    uint64_t raw;
    if (!input.fixed64(raw)) return false;
    value = std::bit_cast<double>(raw);
    return true;
  }
};

template <>
struct Codec<TimePoint> {
  static constexpr Form kForm = Form::kVarint;
  static void write(std::string& out, TimePoint value) {
    write_varint(out, zigzag(value.time_since_epoch().count()));
  }
  static bool read(Input& input, TimePoint& value) {
    uint64_t raw;
    if (!input.varint(raw)) return false;
    value = TimePoint(TimePoint::duration(unzigzag(raw)));
    return true;
  }
};

template <>
struct Codec<std::string> {
  static constexpr Form kForm = Form::kBytes;
  static void write(std::string& out, const std::string& value) { write_bytes(out, value); }
  static bool read(Input& input, std::string& value) {
    std::string_view bytes;
    if (!input.bytes(bytes)) return false;
    value = bytes;
    return true;
  }
};

// Present or not is told by the field being there; inside containers an optional has no form.
template <typename T>
struct Codec<std::optional<T>> {
  static constexpr Form kForm = Codec<T>::kForm;
  static void write(std::string& out, const std::optional<T>& value) { Codec<T>::write(out, *value); }
  static bool read(Input& input, std::optional<T>& value) { return Codec<T>::read(input, value.emplace()); }
};

template <typename T>
struct Codec<std::vector<T>> {
  static constexpr Form kForm = Form::kBytes;
  static void write(std::string& out, const std::vector<T>& values) {
    std::string payload;
    for (const auto& value : values) Codec<T>::write(payload, value);
    write_bytes(out, payload);
  }
  static bool read(Input& input, std::vector<T>& values) {
    std::string_view payload;
    if (!input.bytes(payload)) return false;
    values.clear();
    for (Input inner{payload}; !inner.rest.empty();) {
      T value{};
      if (!Codec<T>::read(inner, value)) return false;
      values.push_back(std::move(value));
    }
    return true;
  }
};

template <typename T>
struct Codec<std::map<std::string, T>> {
  static constexpr Form kForm = Form::kBytes;
  static void write(std::string& out, const std::map<std::string, T>& values) {
    std::string payload;
    for (const auto& [name, value] : values) {
      write_bytes(payload, name);
      Codec<T>::write(payload, value);
    }
    write_bytes(out, payload);
  }
  static bool read(Input& input, std::map<std::string, T>& values) {
    std::string_view payload;
    if (!input.bytes(payload)) return false;
    values.clear();
    for (Input inner{payload}; !inner.rest.empty();) {
      std::string_view name;
      T value{};
      if (!inner.bytes(name) || !Codec<T>::read(inner, value)) return false;
      values.insert_or_assign(std::string(name), std::move(value));
    }
    return true;
  }
};

template <typename A, typename B>
struct Codec<std::pair<A, B>> {
  static constexpr Form kForm = Form::kBytes;
  static void write(std::string& out, const std::pair<A, B>& value) {
    std::string payload;
    Codec<A>::write(payload, value.first);
    Codec<B>::write(payload, value.second);
    write_bytes(out, payload);
  }
  static bool read(Input& input, std::pair<A, B>& value) {
    std::string_view payload;
    if (!input.bytes(payload)) return false;
    Input inner{payload};
    return Codec<A>::read(inner, value.first) && Codec<B>::read(inner, value.second) && inner.rest.empty();
  }
};

template <Record R>
struct Codec<R> {
  static constexpr Form kForm = Form::kBytes;
  static void write(std::string& out, const R& record) {
    std::string payload;
    write_fields(payload, record);
    write_bytes(out, payload);
  }
  static bool read(Input& input, R& record) {
    std::string_view payload;
    return input.bytes(payload) && read_fields(payload, record);
  }
};

// The encoded fields of a record as it is declared, in order: a field that equals its own is left out.
template <typename R>
const std::vector<std::string>& default_fields() {
  static const std::vector<std::string> fields = [] {
    std::vector<std::string> found;
    auto visit = [&]<typename T>(int, const T& value) {
      std::string& bytes = found.emplace_back();
      if constexpr (!kIsOptional<T>) Codec<T>::write(bytes, value);
    };
    const R record{};
    R::fields(record, visit);
    return found;
  }();
  return fields;
}

template <typename R>
void write_fields(std::string& out, const R& record) {
  auto standard = default_fields<R>().begin();
  auto visit = [&]<typename T>(int number, const T& value) {
    const std::string& left_out = *standard++;
    if constexpr (kIsOptional<T>) {
      if (!value) return;
    }
    const size_t start = out.size();
    write_varint(out, static_cast<uint64_t>(number) * 8 + static_cast<uint64_t>(Codec<T>::kForm));
    const size_t body = out.size();
    Codec<T>::write(out, value);
    if (!kIsOptional<T> && std::string_view(out).substr(body) == left_out) out.resize(start);
  };
  R::fields(record, visit);
}

template <typename R>
bool read_fields(std::string_view bytes, R& record) {
  Input input{bytes};
  bool good = true;
  uint64_t tag = 0;
  bool tagged = false;  // a tag was read whose value was not
  const auto next_tag = [&] {
    tagged = good && !input.rest.empty();
    if (tagged) good = input.varint(tag);
  };
  // Fields come in the order of the visit, so one pass reads them all; each unknown one costs a further pass.
  auto visit = [&]<typename T>(int number, T& value) {
    if (!good || !tagged || tag / 8 != static_cast<uint64_t>(number)) return;
    good = tag % 8 == static_cast<uint64_t>(Codec<T>::kForm) && Codec<T>::read(input, value);
    next_tag();
  };
  next_tag();
  while (good && tagged) {
    const size_t before = input.rest.size();
    R::fields(record, visit);
    if (good && tagged && input.rest.size() == before) {
      good = input.skip(static_cast<Form>(tag % 8));
      next_tag();
    }
  }
  return good;
}

}  // namespace hearth::store::codec
