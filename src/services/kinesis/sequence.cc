#include "services/kinesis/sequence.h"

#include <fmt/format.h>

#include <charconv>

namespace hearth::services::kinesis {
namespace {

constexpr std::string_view kStart = "49";
constexpr size_t kVersionDigits = 20;
constexpr size_t kOrderDigits = 5;
constexpr size_t kShardDigits = 29;

// Takes a number of so many digits off the front.
template <typename Number>
bool take(std::string_view& digits, size_t count, Number& number) {
  const std::string_view own = digits.substr(0, count);
  digits.remove_prefix(count);
  const auto [end, error] = std::from_chars(own.data(), own.data() + own.size(), number);
  return error == std::errc() && end == own.data() + own.size();
}

}  // namespace

std::string Sequence::digits() const {
  return fmt::format("{}{:020}{:05}{:029}", kStart, stamp.version, stamp.order, shard);
}

std::optional<Sequence> Sequence::parse(std::string_view digits) {
  constexpr size_t kDigits = kStart.size() + kVersionDigits + kOrderDigits + kShardDigits;
  if (digits.size() != kDigits || !digits.starts_with(kStart)) return std::nullopt;
  digits.remove_prefix(kStart.size());
  Sequence sequence;
  if (!take(digits, kVersionDigits, sequence.stamp.version) ||
      !take(digits, kOrderDigits, sequence.stamp.order) || !take(digits, kShardDigits, sequence.shard)) {
    return std::nullopt;
  }
  return sequence;
}

}  // namespace hearth::services::kinesis
