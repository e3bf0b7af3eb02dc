// Whose key a claim names.
#pragma once
#include "wire/auth.h"
#include "wire/operation.h"
#include "wire/sigv4.h"

namespace hearth::wire {

// The credential that a request claims to be signed with, and that may be used now; the error is the
// service's own. The signature is the caller's to verify. All outlive the task.
Async<Credential> find_credential(CredentialSource& credentials, const ServiceInfo& service,
                                  const sigv4::Claim& claim, TimePoint now);

}  // namespace hearth::wire
