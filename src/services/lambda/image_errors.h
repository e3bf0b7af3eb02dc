// What is wrong with a function's image: in the service's words, and as a state's reason.
//
// Takes the errors of sources of images, of their documents and of unpacking (oci/), and of the store.
#pragma once
#include <string>

#include "base/result.h"

namespace hearth::services::lambda {

// As the error of a request, with why where there is more to say.
Error told(const Error& error, const std::string& uri);
// As StateReasonCode and LastUpdateStatusReasonCode: "InvalidImage", "ImageDeleted" ...
std::string reason_code(const Error& error);
// Whether it is of the moment and not of the image, so that another try may do.
bool may_pass(const Error& error);

}  // namespace hearth::services::lambda
