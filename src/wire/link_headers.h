// A link of S3 that is signed by version 4 may carry headers as parameters, as version 2's may (sigv2.h).
#pragma once
#include "io/http_message.h"

namespace hearth::wire {

// Makes them headers where the client sent none. Not before the signature was verified, which asks that all
// headers are signed.
void take_link_headers(io::Request& request);

}  // namespace hearth::wire
