// How each protocol tells a caller that its signature is not accepted: code, status and text.
#pragma once
#include "base/result.h"
#include "wire/operation.h"
#include "wire/sigv4.h"

namespace hearth::wire {

Error auth_error(const ServiceInfo& service, const sigv4::Failure& failure);

// What S3 demands of a request before it looks at the signature: that it says once who signed it, and when,
// and what its body is.
Status check_s3_form(const io::Request& request);

// The failure with the usual text of its kind.
sigv4::Failure usual_failure(sigv4::Refusal refusal);

}  // namespace hearth::wire
