#include "execution/metadata_api.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/json.h"
#include "execution/api_answer.h"

namespace hearth::execution {

io::Response MetadataApi::handle(const io::Request& request, const std::string& region) const {
  if (request.headers.get("Authorization") != "Bearer " + token_) {
    return refusal(401, "Metadata.Unauthorized", "The token is not this environment's");
  }
  if (request.raw_path().substr(kPrefix.size()) != "execution-environment") {
    return refusal(404, "Metadata.NotFound", "There is no such metadata");
  }
  if (request.method != "GET") {
    return refusal(405, "Metadata.MethodNotAllowed", "Metadata is read with GET");
  }
  io::Response response =
      json_response(200, to_text(json::object{{"AvailabilityZoneID", availability_zone_id(region)}}));
  response.headers.add("Cache-Control", "private, max-age=43200, immutable");  // it never changes
  return response;
}

void MetadataApi::add_to(Variables& variables) const {
  variables["AWS_LAMBDA_METADATA_API"] = fmt::format("127.0.0.1:{}", kRuntimeApiPort);
  variables["AWS_LAMBDA_METADATA_TOKEN"] = token_;
}

std::string availability_zone_id(std::string_view region) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kShort = {
      {{"northeast", "ne"},
       {"northwest", "nw"},
       {"southeast", "se"},
       {"southwest", "sw"},
       {"north", "n"},
       {"south", "s"},
       {"east", "e"},
       {"west", "w"},
       {"central", "c"},
       {"gov", "g"}}};
  std::string id;
  while (!region.empty()) {
    const std::string_view part = region.substr(0, region.find('-'));
    region.remove_prefix(std::min(part.size() + 1, region.size()));
    const auto* known =
        std::ranges::find(kShort, part, &std::pair<std::string_view, std::string_view>::first);
    id += known == kShort.end() ? part : known->second;
  }
  return id + "-az1";
}

}  // namespace hearth::execution
