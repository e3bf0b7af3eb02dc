#include "store/tuple.h"

#include <bit>

namespace hearth::store {
namespace {

// The first byte of an element says its type; the order of these numbers is the order of the types.
constexpr uint8_t kBytes = 0x01;
constexpr uint8_t kText = 0x02;
constexpr uint8_t kZero = 0x14;  // integers: 0x14 plus or minus the number of bytes that follow
constexpr uint8_t kFalse = 0x26;
constexpr uint8_t kTrue = 0x27;
constexpr uint8_t kStamp = 0x33;
// A zero byte ends text; one inside it is followed by this, which is above every type.
constexpr char kEscape = '\xff';

std::unexpected<Error> corrupt(const char* what) {
  return fail("CorruptKey", what);
}

void add_terminated(std::string& out, uint8_t type, std::string_view text) {
  out += static_cast<char>(type);
  for (size_t at = text.find('\0'); at != std::string_view::npos; at = text.find('\0')) {
    out.append(text.substr(0, at + 1));
    out += kEscape;
    text.remove_prefix(at + 1);
  }
  out += text;
  out += '\0';
}

Status read_terminated(std::string_view& rest, uint8_t type, std::string& text) {
  if (rest.empty() || static_cast<uint8_t>(rest[0]) != type)
    return corrupt("the key has an element of another type");
  text.clear();
  for (size_t at = 1;;) {
    const size_t zero = rest.find('\0', at);
    if (zero == std::string_view::npos) return corrupt("the key ends inside an element");
    text.append(rest.substr(at, zero - at));
    at = zero + 1;
    if (at == rest.size() || rest[at] != kEscape) {
      rest.remove_prefix(at);
      return {};
    }
    text += '\0';
    ++at;
  }
}

int byte_count(uint64_t value) {
  return (std::bit_width(value) + 7) / 8;
}

void append_big_endian(std::string& out, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

uint64_t read_big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

struct Integer {
  bool negative = false;
  uint64_t magnitude = 0;
};

Result<Integer> read_integer(std::string_view& rest) {
  const int type = rest.empty() ? -1 : static_cast<uint8_t>(rest[0]);
  if (type < kZero - 8 || type > kZero + 8) return corrupt("the key has an element of another type");
  const int bytes = type < kZero ? kZero - type : type - kZero;
  if (rest.size() < static_cast<size_t>(bytes) + 1) return corrupt("the key ends inside an element");
  Integer integer{.negative = type < kZero,
                  .magnitude = read_big_endian(rest.substr(1, static_cast<size_t>(bytes)))};
  if (integer.negative) {
    const uint64_t all = bytes == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * bytes)) - 1;
    integer.magnitude = all - integer.magnitude;
  }
  // One value has one form, otherwise equal tuples would be different keys.
  if (byte_count(integer.magnitude) != bytes)
    return corrupt("the key has a number in a longer form than needed");
  rest.remove_prefix(static_cast<size_t>(bytes) + 1);
  return integer;
}

}  // namespace

std::string key_after(std::string_view key) {
  std::string after(key);
  after += '\0';
  return after;
}

KeyRange only(std::string_view key) {
  return {std::string(key), key_after(key)};
}

Stamp Stamp::next() const {
  if (order < UINT16_MAX) return {version, static_cast<uint16_t>(order + 1)};
  return {version + 1, 0};
}

Stamp Stamp::previous() const {
  if (order > 0) return {version, static_cast<uint16_t>(order - 1)};
  return {version - 1, UINT16_MAX};
}

std::string Stamp::bytes() const {
  std::string out;
  append_big_endian(out, version, 8);
  append_big_endian(out, order, 2);
  return out;
}

Result<Stamp> Stamp::parse(std::string_view bytes) {
  if (bytes.size() != kSizeBytes) return corrupt("a stamp has ten bytes");
  return Stamp{read_big_endian(bytes.substr(0, 8)), static_cast<uint16_t>(read_big_endian(bytes.substr(8)))};
}

Key Key::from_bytes(std::string bytes) {
  Key key;
  key.bytes_ = std::move(bytes);
  return key;
}

Key& Key::add(std::string_view text) {
  add_terminated(bytes_, kText, text);
  return *this;
}

Key& Key::add(const Bytes& bytes) {
  add_terminated(bytes_, kBytes, bytes.bytes);
  return *this;
}

Key& Key::add(const Stamp& stamp) {
  bytes_ += static_cast<char>(kStamp);
  bytes_ += stamp.bytes();
  return *this;
}

Key& Key::add_bool(bool value) {
  bytes_ += static_cast<char>(value ? kTrue : kFalse);
  return *this;
}

Key& Key::add_signed(int64_t value) {
  if (value >= 0) return add_unsigned(static_cast<uint64_t>(value));
  const uint64_t magnitude = ~static_cast<uint64_t>(value) + 1;
  const int bytes = byte_count(magnitude);
  bytes_ += static_cast<char>(kZero - bytes);
  // The ones' complement: a greater magnitude is a smaller number.
  append_big_endian(bytes_, ~magnitude, bytes);
  return *this;
}

Key& Key::add_unsigned(uint64_t value) {
  const int bytes = byte_count(value);
  bytes_ += static_cast<char>(kZero + bytes);
  append_big_endian(bytes_, value, bytes);
  return *this;
}

KeyRange Key::under() const {
  // Types lie between the two, so longer tuples are inside, and neither this one nor its neighbours.
  return {bytes_ + '\0', bytes_ + '\xff'};
}

Status KeyReader::read(std::string& text) {
  return read_terminated(rest_, kText, text);
}
Status KeyReader::read(Bytes& bytes) {
  return read_terminated(rest_, kBytes, bytes.bytes);
}

Status KeyReader::read(Stamp& stamp) {
  if (rest_.size() < 1 + Stamp::kSizeBytes || static_cast<uint8_t>(rest_[0]) != kStamp) {
    return corrupt("the key has an element of another type");
  }
  TRY_SYNC(stamp, Stamp::parse(rest_.substr(1, Stamp::kSizeBytes)));
  rest_.remove_prefix(1 + Stamp::kSizeBytes);
  return {};
}

Status KeyReader::read(int64_t& value) {
  TRY_SYNC(const Integer integer, read_integer(rest_));
  const uint64_t max = static_cast<uint64_t>(INT64_MAX) + (integer.negative ? 1 : 0);
  if (integer.magnitude > max) return corrupt("the key has a number out of range");
  value = static_cast<int64_t>(integer.negative ? ~integer.magnitude + 1 : integer.magnitude);
  return {};
}

Status KeyReader::read(uint64_t& value) {
  TRY_SYNC(const Integer integer, read_integer(rest_));
  if (integer.negative) return corrupt("the key has a number out of range");
  value = integer.magnitude;
  return {};
}

Status KeyReader::read(bool& value) {
  const uint8_t type = rest_.empty() ? 0 : static_cast<uint8_t>(rest_[0]);
  if (type != kFalse && type != kTrue) return corrupt("the key has an element of another type");
  value = type == kTrue;
  rest_.remove_prefix(1);
  return {};
}

Status KeyReader::read(TimePoint& time) {
  int64_t micros;
  TRY_SYNC_VOID(read(micros));
  time = TimePoint(TimePoint::duration(micros));
  return {};
}

}  // namespace hearth::store
