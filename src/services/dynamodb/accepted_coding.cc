#include "services/dynamodb/accepted_coding.h"

#include <charconv>
#include <string>

#include "base/encoding.h"
#include "base/text.h"

namespace hearth::services::dynamodb {
namespace {

// "gzip;q=0.5"; what has no weight weighs one, and what has none that can be read weighs nothing.
double weight_of(std::string_view parameters) {
  const size_t mark = parameters.find("q=");
  if (mark == std::string_view::npos) return 1;
  const std::string_view digits = trimmed(parameters.substr(mark + 2));
  double weight = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), weight);
  return weight;
}

}  // namespace

std::optional<Deflate> accepted_coding(std::string_view accept_encoding) {
  std::optional<double> gzip;
  std::optional<double> deflate;
  double any = 0;
  double identity = 0;
  for (const std::string_view part : split(accept_encoding, ',')) {
    const size_t semicolon = part.find(';');
    const std::string name = to_lower(trimmed(part.substr(0, semicolon)));
    const double weight = semicolon == std::string_view::npos ? 1 : weight_of(part.substr(semicolon + 1));
    if (name == "gzip") gzip = weight;
    if (name == "deflate") deflate = weight;
    if (name == "identity") identity = weight;
    if (name == "*") any = weight;
  }
  const double of_gzip = gzip.value_or(any);
  const double of_deflate = deflate.value_or(any);
  const double most = of_gzip >= of_deflate ? of_gzip : of_deflate;
  if (most <= 0 || most < identity) return {};
  return of_gzip >= of_deflate ? Deflate::kGzip : Deflate::kZlib;
}

}  // namespace hearth::services::dynamodb
