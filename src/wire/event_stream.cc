#include "wire/event_stream.h"

#include <boost/crc.hpp>
#include <cstdint>

#include "base/check.h"

namespace hearth::wire {
namespace {

constexpr size_t kPayloadBytesMax = 16 << 20;
constexpr size_t kPreludeBytes = 12;  // two lengths and their check sum
constexpr size_t kCheckSumBytes = 4;
constexpr char kStringValue = 7;

void append_number(std::string& out, uint32_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

void append_check_sum(std::string& out) {
  boost::crc_32_type sum;
  sum.process_bytes(out.data(), out.size());
  append_number(out, sum.checksum(), kCheckSumBytes);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  append_number(out, static_cast<uint32_t>(name.size()), 1);
  out += name;
  out += kStringValue;
  append_number(out, static_cast<uint32_t>(value.size()), 2);
  out += value;
}

}  // namespace

std::string event_message(std::string_view event_type, std::string_view content_type,
                          std::string_view payload) {
  CHECK(payload.size() < kPayloadBytesMax);
  std::string headers;
  append_header(headers, ":event-type", event_type);
  append_header(headers, ":content-type", content_type);
  append_header(headers, ":message-type", "event");
  const size_t size = kPreludeBytes + headers.size() + payload.size() + kCheckSumBytes;
  std::string message;
  message.reserve(size);
  append_number(message, static_cast<uint32_t>(size), 4);
  append_number(message, static_cast<uint32_t>(headers.size()), 4);
  append_check_sum(message);
  message += headers;
  message += payload;
  append_check_sum(message);
  return message;
}

}  // namespace hearth::wire
