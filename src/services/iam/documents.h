// Policy documents as callers send them: their size, and whether they are policies at all.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::services::iam {

// Characters that are no white space: what quotas count.
size_t document_size(std::string_view text);

enum class DocumentKind { kIdentity, kTrust };

// "MalformedPolicyDocument" with the service's text when it is no policy of that kind.
Status check_document(std::string_view text, DocumentKind kind);

}  // namespace hearth::services::iam
