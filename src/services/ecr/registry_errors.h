// How the distribution API says what went wrong: codes of its own, and the words of ECR.
#pragma once
#include "base/result.h"
#include "io/http_message.h"

namespace hearth::services::ecr {

// With a code of the distribution API. Errors of the service become such ones by themselves.
Error registry_error(int status, std::string code, std::string message);

// {"errors": [{"code": "NAME_UNKNOWN", "message": "..."}]}
io::Response refusal(const Error& error);

}  // namespace hearth::services::ecr
