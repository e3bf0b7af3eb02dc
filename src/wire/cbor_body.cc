#include "wire/cbor_body.h"

#include <bit>
#include <cmath>
#include <limits>

#include "wire/protocols.h"

namespace hearth::wire {

namespace {

constexpr double kMsPerSecond = 1000;
enum Major : uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };
constexpr uint8_t kIndefinite = 31;
constexpr uint8_t kFalse = 20, kTrue = 21, kNull = 22, kUndefined = 23, kHalf = 25, kSingle = 26,
                  kDouble = 27;
constexpr uint8_t kBreak = 0xff;

std::unexpected<Error> malformed(std::string_view why) {
  return fail("SerializationException", "Malformed CBOR: " + std::string(why));
}

double half_float(uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1f;
  const int mantissa = bits & 0x3ff;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent != 31) {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  } else {
    value =
        mantissa == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  return bits & 0x8000 ? -value : value;
}

class Reader {
 public:
  Reader(std::string_view bytes, CborTimes times) : bytes_(bytes), times_(times) {}

  Result<json::value> whole() {
    TRY_SYNC(auto value, item(0));
    if (!bytes_.empty()) return malformed("bytes behind the end");
    return value;
  }

 private:
  struct Head {
    uint8_t major;
    uint8_t info;
    uint64_t argument;
  };

  Result<Head> head() {
    if (bytes_.empty()) return malformed("it ends early");
    const auto first = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    Head made{static_cast<uint8_t>(first >> 5), static_cast<uint8_t>(first & 0x1f), 0};
    if (made.info < 24) {
      made.argument = made.info;
    } else if (made.info <= 27) {
      const size_t count = size_t{1} << (made.info - 24);
      if (bytes_.size() < count) return malformed("it ends early");
      for (size_t at = 0; at < count; ++at)
        made.argument = made.argument << 8 | static_cast<uint8_t>(bytes_[at]);
      bytes_.remove_prefix(count);
    } else if (made.info != kIndefinite) {
      return malformed("a reserved length");
    }
    return made;
  }

  bool take_break() {
    if (bytes_.empty() || static_cast<uint8_t>(bytes_[0]) != kBreak) return false;
    bytes_.remove_prefix(1);
    return true;
  }

  Result<json::value> item(int depth) {
    if (depth > kNestingMax) return malformed("it nests too deep");
    TRY_SYNC(const Head made, head());
    switch (made.major) {
      case kUnsigned:
        if (made.argument > uint64_t{std::numeric_limits<int64_t>::max()}) return json::value(made.argument);
        return json::value(static_cast<int64_t>(made.argument));
      case kNegative:
        if (made.argument > uint64_t{std::numeric_limits<int64_t>::max()})
          return malformed("a number out of range");
        return json::value(-1 - static_cast<int64_t>(made.argument));
      case kBytes:
      case kText: {
        TRY_SYNC(const std::string text, string(made));
        return json::value(std::string_view(text));
      }
      case kArray:
        return array(made, depth);
      case kMap:
        return map(made, depth);
      case kTag: {
        TRY_SYNC(auto tagged, item(depth + 1));
        const bool is_ms = made.argument == 1 && times_ == CborTimes::kMilliseconds && tagged.is_number();
        return is_ms ? json::value(tagged.to_number<double>() / kMsPerSecond) : std::move(tagged);
      }
      default:
        return simple(made);
    }
  }

  Result<std::string> string(const Head& made) {
    std::string text;
    if (made.info != kIndefinite) {
      if (bytes_.size() < made.argument) return malformed("it ends early");
      text = bytes_.substr(0, made.argument);
      bytes_.remove_prefix(made.argument);
      return text;
    }
    while (!take_break()) {
      TRY_SYNC(const Head piece, head());
      if (piece.major != made.major || piece.info == kIndefinite) return malformed("a piece of another type");
      TRY_SYNC(const std::string part, string(piece));
      text += part;
    }
    return text;
  }

  Result<json::value> array(const Head& made, int depth) {
    json::array items;
    const bool open = made.info == kIndefinite;
    for (uint64_t index = 0; open ? !take_break() : index < made.argument; ++index) {
      TRY_SYNC(auto value, item(depth + 1));
      items.push_back(std::move(value));
    }
    return json::value(std::move(items));
  }

  Result<json::value> map(const Head& made, int depth) {
    json::object entries;
    const bool open = made.info == kIndefinite;
    for (uint64_t index = 0; open ? !take_break() : index < made.argument; ++index) {
      TRY_SYNC(const Head key_head, head());
      if (key_head.major != kText) return malformed("a key that is no text");
      TRY_SYNC(const std::string key, string(key_head));
      TRY_SYNC(auto value, item(depth + 1));
      entries.insert_or_assign(key, std::move(value));
    }
    return json::value(std::move(entries));
  }

  static Result<json::value> simple(const Head& made) {
    switch (made.info) {
      case kFalse:
        return json::value(false);
      case kTrue:
        return json::value(true);
      case kNull:
      case kUndefined:
        return json::value(nullptr);
      case kHalf:
        return json::value(half_float(static_cast<uint16_t>(made.argument)));
      case kSingle:
        return json::value(double{std::bit_cast<float>(static_cast<uint32_t>(made.argument))});
      case kDouble:
        return json::value(std::bit_cast<double>(made.argument));
      default:
        return malformed("an unknown simple value");
    }
  }

  std::string_view bytes_;
  const CborTimes times_;
};

void write_big_endian(uint64_t value, size_t bytes, std::string& out) {
  for (size_t at = bytes; at-- > 0;) out += static_cast<char>(value >> (8 * at) & 0xff);
}

void write_head(uint8_t major, uint64_t argument, std::string& out) {
  const auto first = [&](uint8_t info) { out += static_cast<char>(major << 5 | info); };
  if (argument < 24) return first(static_cast<uint8_t>(argument));
  int size_log2 = 0;
  while (size_log2 < 3 && argument >> (8 << size_log2) != 0) ++size_log2;
  first(static_cast<uint8_t>(24 + size_log2));
  write_big_endian(argument, size_t{1} << size_log2, out);
}

void write_double(double value, std::string& out) {
  out += static_cast<char>(kSimple << 5 | kDouble);
  write_big_endian(std::bit_cast<uint64_t>(value), sizeof(uint64_t), out);
}

void write_integer(int64_t value, std::string& out) {
  if (value >= 0) return write_head(kUnsigned, static_cast<uint64_t>(value), out);
  write_head(kNegative, static_cast<uint64_t>(-1 - value), out);
}

void write_scalar(const Shape& shape, const json::value& value, std::string& out, CborTimes times) {
  if (shape.kind == Kind::kTimestamp && value.is_number()) {
    write_head(kTag, 1, out);
    if (times == CborTimes::kMilliseconds)
      return write_integer(std::llround(value.to_number<double>() * kMsPerSecond), out);
  }
  if (const auto* text = value.if_string()) {
    write_head(shape.kind == Kind::kBlob ? kBytes : kText, text->size(), out);
    out += std::string_view(*text);
  } else if (value.is_bool()) {
    out += static_cast<char>(kSimple << 5 | (value.get_bool() ? kTrue : kFalse));
  } else if (const int64_t* number = value.if_int64()) {
    write_integer(*number, out);
  } else if (const uint64_t* large = value.if_uint64()) {
    write_head(kUnsigned, *large, out);
  } else if (const double* number = value.if_double()) {
    write_double(*number, out);
  } else {
    out += static_cast<char>(kSimple << 5 | kNull);
  }
}

}  // namespace

Result<json::value> parse_cbor(std::string_view bytes, CborTimes times) {
  return Reader(bytes, times).whole();
}

void write_cbor_map_head(size_t entries, std::string& out) {
  write_head(kMap, entries, out);
}

void write_cbor_text(std::string_view text, std::string& out) {
  write_head(kText, text.size(), out);
  out += text;
}

void write_cbor(const Shape& shape, const json::value& document, std::string& out, CborTimes times) {
  if (shape.kind == Kind::kStructure && document.is_object()) {
    const json::object& members = document.get_object();
    write_head(kMap,
               static_cast<uint64_t>(std::ranges::count_if(
                   shape.members, [&](const Member& member) { return members.contains(member.name); })),
               out);
    for (const Member& member : shape.members) {
      const json::value* value = members.if_contains(member.name);
      if (!value) continue;
      write_cbor_text(member.wire_name, out);
      write_cbor(*member.shape, *value, out, times);
    }
  } else if (shape.kind == Kind::kList && document.is_array()) {
    write_head(kArray, document.get_array().size(), out);
    for (const json::value& item : document.get_array()) write_cbor(*shape.element, item, out, times);
  } else if (shape.kind == Kind::kMap && document.is_object()) {
    write_cbor_map_head(document.get_object().size(), out);
    for (const auto& [key, item] : document.get_object()) {
      write_cbor_text(key, out);
      write_cbor(*shape.element, item, out, times);
    }
  } else {
    write_scalar(shape, document, out, times);
  }
}

}  // namespace hearth::wire
