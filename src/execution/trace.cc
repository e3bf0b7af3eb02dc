#include "execution/trace.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace hearth::execution {
namespace {

constexpr size_t kTimeDigits = 8;
constexpr size_t kRandomDigits = 24;
constexpr size_t kSegmentDigits = 16;
constexpr double kSampledShare = 0.05;

bool is_hex(std::string_view text, size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_root(std::string_view text) {
  return text.size() == 3 + kTimeDigits + kRandomDigits && text.starts_with("1-") &&
         is_hex(text.substr(2, kTimeDigits), kTimeDigits) && text[2 + kTimeDigits] == '-' &&
         is_hex(text.substr(3 + kTimeDigits), kRandomDigits);
}

}  // namespace

Trace Trace::parse(std::string_view header) {
  Trace trace;
  for (const std::string_view part : split(header, ';')) {
    const std::string_view field = trimmed(part, " ");
    const size_t equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = field.substr(0, equals);
    const std::string_view value = field.substr(equals + 1);
    if (name == "Root") {
      if (is_root(value)) trace.root = value;
    } else if (name == "Parent") {
      if (is_hex(value, kSegmentDigits)) trace.parent = value;
    } else if (name == "Sampled") {
      if (value == "0" || value == "1") trace.sampled = value == "1";
    } else if (name == "Lineage") {
      trace.lineage = value;
    } else {
      trace.others.append(";").append(field);
    }
  }
  return trace;
}

std::string Trace::header() const {
  if (root.empty()) return "";
  std::string text = "Root=" + root;
  if (!parent.empty()) text.append(";Parent=").append(parent);
  if (sampled) text.append(*sampled ? ";Sampled=1" : ";Sampled=0");
  if (!lineage.empty()) text.append(";Lineage=").append(lineage);
  return text.append(others);
}

void Trace::begin(TimePoint now, Random& random) {
  if (root.empty()) root = fmt::format("1-{:08x}-{}", epoch_ms(now) / 1000, random.hex(kRandomDigits));
}

void Tracer::join(Trace& trace, TimePoint now, Random& random) {
  trace.begin(now, random);
  if (!trace.sampled) trace.sampled = active_ && take_sample(now, random);
  trace.recorded = active_ && *trace.sampled;
  if (trace.recorded || trace.parent.empty()) trace.parent = random.hex(kSegmentDigits);
}

bool Tracer::take_sample(TimePoint now, Random& random) {
  const int64_t second = epoch_ms(now) / 1000;
  const std::lock_guard lock(mutex_);
  return std::exchange(last_second_, second) != second || random.unit() < kSampledShare;
}

}  // namespace hearth::execution
