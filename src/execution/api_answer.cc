#include "execution/api_answer.h"

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

}  // namespace hearth::execution
