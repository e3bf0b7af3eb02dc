// What S3 asks of a request beside what the shapes of its operation say: that its body has a length, that a
// document which can do harm comes with a digest, and that nothing is said which the operation does not know.
#pragma once
#include "base/result.h"
#include "wire/call.h"

namespace hearth::services::s3 {

Status check_request(const wire::Call& call);

}  // namespace hearth::services::s3
