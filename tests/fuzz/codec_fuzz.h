// What the codecs' fuzz targets share: bytes become a request of the service with every trait; whatever is
// decoded must convert to a struct and back, and be validated, without a fault.
#pragma once
#include <cstdlib>

#include "api/golden.h"
#include "wire/codec.h"
#include "wire/validate.h"

namespace hearth::fuzz {

inline void read_request(wire::Protocol protocol, std::string_view bytes) {
  namespace golden = api::golden;
  // The first line is the query, what follows is the body.
  const size_t line = std::min(bytes.size(), bytes.find('\n'));
  io::Request request{.method = "PUT", .target = "/things/t?" + std::string(bytes.substr(0, line))};
  request.headers.add("x-context", std::string(bytes.substr(0, line)));
  request.headers.add("x-meta-a", std::string(bytes.substr(0, line)));
  const wire::UriLabels labels{{"ThingName", "t"}};
  std::string body(bytes.substr(std::min(bytes.size(), line + 1)));
  auto message = wire::codec_for(protocol).decode(
      golden::ops::PutThing::kInfo, {.request = request, .labels = labels, .body = std::move(body)});
  if (!message) return;
  (void)wire::validate(golden::PutThingInput::shape(), message->document);
  auto input = wire::from_document<golden::PutThingInput>(std::move(*message));
  if (!input) std::abort();  // what a codec decoded has the types that its shapes ask for
  (void)wire::to_document(*std::move(input));
}

}  // namespace hearth::fuzz
