// Whether code may be deployed to a function, by the code signing configuration that it has. Asked before the
// transaction that deploys; what is there already is never looked at again.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "services/lambda/code_signing_use.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

Error no_signing_config(const std::string& arn);  // "CodeSigningConfigNotFoundException"

Async<std::optional<CodeSigningConfigRecord>> find_signing_config(store::Transaction& tx,
                                                                  SigningConfigRef ref);
// That there is one, of the function's account and region.
Async<CodeSigningConfigRecord> require_signing_config(store::Transaction& tx, FunctionRef ref,
                                                      std::string arn);
// Functions from images have none.
Status check_signable(bool is_image);

// What is wrong with a signature: "unsigned", "expired" ... Empty: nothing. Pure but for `revoked`.
std::string_view fault_of(const CodeSignature& signature, const CodeSigningConfigRecord& config, bool revoked,
                          TimePoint now);

struct Deployment {
  std::string function_name;              // as the caller said it
  std::optional<std::string> config_arn;  // for a function that is not there yet
  std::optional<CodeSignature> code;      // where there is a new package
  std::optional<std::vector<std::string>> layers =
      {};  // ARNs of versions; those that are not there are passed
};
// Fails with "InvalidCodeSignatureException" for what was changed since it was signed, and where the
// configuration enforces signatures with "CodeVerificationFailedException" for all other faults; else these
// are logged. `call` outlives the task.
Async<void> verify_code(Parts& parts, const wire::Call& call, FunctionRef ref, Deployment deployment);

}  // namespace hearth::services::lambda
