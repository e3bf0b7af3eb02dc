#include "execution/api_answer.h"

#include <fmt/format.h>

#include "base/json.h"

namespace hearth::execution {

io::Response json_response(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

io::Response accepted() {
  return json_response(202, "{\"status\":\"OK\"}\n");
}

io::Response refusal(int status, std::string_view type, std::string_view message) {
  return json_response(status, to_text(json::object{{"errorMessage", message}, {"errorType", type}}));
}

io::Response wrong_state(std::string_view state, std::string_view wanted) {
  return refusal(
      403, "InvalidStateTransition",
      fmt::format("State transition from {} to {} failed for runtime. Error: State transition is not allowed",
                  state, wanted));
}

}  // namespace hearth::execution
