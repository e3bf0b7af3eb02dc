// Keys as tuples, encoded so that comparing the bytes compares the tuples: element by element, integers by
// value, strings bytewise, and a tuple before every longer one that starts with it. The byte format, with
// examples, is docs/formats/keys.md; it is on disk and does not change.
//
//   const Key functions("lambda", account, region, "function");   // a prefix
//   const Key one = functions + Key(name);
//   tx.put(one.bytes(), encode(record));
//   tx.scan({.range = functions.under()});                        // all functions, in order of their names
//   TRY(auto parts, parse_key<std::string, int64_t>(suffix));      // std::tuple<std::string, int64_t>
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "base/clock.h"
#include "base/result.h"

namespace hearth::store {

// All keys k with begin <= k < end.
struct KeyRange {
  std::string begin;
  std::string end;
  bool contains(std::string_view key) const { return begin <= key && key < end; }
  bool empty() const { return begin >= end; }
  bool operator==(const KeyRange&) const = default;
};

// The first key after `key`, and the range that holds only `key`.
std::string key_after(std::string_view key);
KeyRange only(std::string_view key);

// A key element of any bytes, kept apart from text: Key(Bytes{digest}).
struct Bytes {
  std::string bytes;
  bool operator==(const Bytes&) const = default;
};

// The place of a commit in the order of all commits, and of a write in its commit. Later commits have greater
// stamps; they say nothing about time. The store fills it in (Transaction::put_stamped_key).
struct Stamp {
  static constexpr size_t kSizeBytes = 10;
  uint64_t version = 0;
  uint16_t order = 0;
  auto operator<=>(const Stamp&) const = default;
  // The neighbours in the order. REQUIRES of previous(): not the first stamp.
  Stamp next() const;
  Stamp previous() const;
  std::string bytes() const;
  static Result<Stamp> parse(std::string_view bytes);  // code "CorruptKey"
};

class Key {
 public:
  Key() = default;
  template <typename... Parts>
    requires(sizeof...(Parts) > 0 && !(sizeof...(Parts) == 1 && (std::same_as<Parts, Key> && ...)))
  explicit Key(const Parts&... parts) {
    (add(parts), ...);
  }
  // An already encoded tuple.
  static Key from_bytes(std::string bytes);

  Key& add(std::string_view text);
  Key& add(const char* text) { return add(std::string_view(text)); }
  Key& add(const std::string& text) { return add(std::string_view(text)); }
  Key& add(const Bytes& bytes);
  Key& add(const Stamp& stamp);
  Key& add(TimePoint time) { return add_signed(time.time_since_epoch().count()); }
  Key& add(std::same_as<bool> auto value) { return add_bool(value); }
  Key& add(std::signed_integral auto value) { return add_signed(value); }
  template <std::unsigned_integral U>
    requires(!std::same_as<U, bool>)
  Key& add(U value) {
    return add_unsigned(value);
  }

  const std::string& bytes() const { return bytes_; }
  operator const std::string&() const { return bytes_; }  // NOLINT: a key is its bytes
  // Everything that starts with this tuple and is longer.
  KeyRange under() const;
  // This tuple followed by that one.
  friend Key operator+(Key left, const Key& right) {
    left.bytes_ += right.bytes_;
    return left;
  }
  auto operator<=>(const Key&) const = default;

 private:
  Key& add_bool(bool value);
  Key& add_signed(int64_t value);
  Key& add_unsigned(uint64_t value);

  std::string bytes_;
};

// Takes a key apart, one element at a time. Every failure has the code "CorruptKey".
class KeyReader {
 public:
  explicit KeyReader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  Status read(std::string& text);
  Status read(Bytes& bytes);
  Status read(Stamp& stamp);
  Status read(int64_t& value);
  Status read(uint64_t& value);
  Status read(bool& value);
  Status read(TimePoint& time);

 private:
  std::string_view rest_;
};

// All of `bytes` as a tuple of these types; "CorruptKey" if it is anything else.
template <typename... Parts>
Result<std::tuple<Parts...>> parse_key(std::string_view bytes) {
  KeyReader reader(bytes);
  std::tuple<Parts...> parts;
  Status status;
  std::apply([&](auto&... part) { (void)((status = reader.read(part)).has_value() && ...); }, parts);
  if (!status) return std::unexpected(std::move(status).error());
  if (!reader.at_end()) return fail("CorruptKey", "the key has more elements than expected");
  return parts;
}

}  // namespace hearth::store
