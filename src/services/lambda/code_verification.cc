#include "services/lambda/code_verification.h"

#include <algorithm>

#include "api/lambda.h"
#include "base/log.h"

namespace hearth::services::lambda {
namespace {

namespace errors = api::lambda::errors;
using store::Key;

// What is deployed, under the rules that hold for it.
struct Deployed {
  std::optional<CodeSigningConfigRecord> config;
  std::vector<CodeSignature> signatures;
};

Async<void> add_layers(store::Transaction& tx, const wire::Call& call, std::vector<std::string> arns,
                       Deployed& deployed) {
  for (const std::string& arn : arns) {
    TRY(const LayerRef layer, LayerRef::parse_version_arn(call, arn));
    TRY(auto version, co_await Tables(tx, layer).layer_versions.get(layer.key()));
    if (version) deployed.signatures.push_back(std::move(version->signature));
  }
  co_return {};
}

Async<Deployed> read_deployed(store::Transaction& tx, const wire::Call& call, FunctionRef ref,
                              const Deployment& deployment) {
  Deployed deployed;
  if (deployment.config_arn) {
    TRY(deployed.config, co_await require_signing_config(tx, ref, *deployment.config_arn));
  } else {
    TRY(const auto used, co_await signing_config_of(tx, ref));
    if (used) {
      TRY(deployed.config, co_await find_signing_config(tx, *used));
    }
  }
  if (!deployed.config) co_return deployed;
  if (deployment.code) deployed.signatures.push_back(*deployment.code);
  if (deployment.layers) TRY_VOID(co_await add_layers(tx, call, *deployment.layers, deployed));
  co_return deployed;
}

}  // namespace

Error no_signing_config(const std::string& arn) {
  return errors::code_signing_config_not_found_exception(
      "The code signing configuration cannot be found. Check that the provided configuration is not "
      "deleted: " +
      arn + ".");
}

Async<std::optional<CodeSigningConfigRecord>> find_signing_config(store::Transaction& tx,
                                                                  SigningConfigRef ref) {
  co_return co_await Tables(tx, ref.account, ref.region).code_signing_configs.get(Key(ref.id));
}

Async<CodeSigningConfigRecord> require_signing_config(store::Transaction& tx, FunctionRef ref,
                                                      std::string arn) {
  const auto config = SigningConfigRef::of_arn(arn);
  if (config.account != ref.account || config.region != ref.region) co_return no_signing_config(arn);
  TRY(auto record, co_await find_signing_config(tx, config));
  if (!record) co_return no_signing_config(arn);
  co_return *std::move(record);
}

Status check_signable(bool is_image) {
  if (!is_image) return {};
  return fail(errors::invalid_parameter_value_exception(
      "Code signing is not supported for functions created with container images."));
}

std::string_view fault_of(const CodeSignature& signature, const CodeSigningConfigRecord& config, bool revoked,
                          TimePoint now) {
  if (!signature.whole()) return "unsigned";
  if (std::ranges::find(config.publishers, signature.profile_version_arn) == config.publishers.end())
    return "signed by another publisher";
  if (revoked) return "signed by what was revoked";
  if (now >= signature.expires_at) return "signed with a signature that has expired";
  return {};
}

Async<void> verify_code(Parts& parts, const wire::Call& call, FunctionRef ref, Deployment deployment) {
  auto body = [&](store::Transaction& tx) -> Async<Deployed> {
    co_return co_await read_deployed(tx, call, ref, deployment);
  };
  TRY(const Deployed deployed, co_await parts.store.read(body));
  for (const CodeSignature& signature : deployed.signatures) {
    if (signature.state == CodeSignature::State::kBroken) {
      co_return errors::invalid_code_signature_exception(
          "Lambda cannot deploy the function. The function or layer was changed after it was signed. Check "
          "the provided signature for " +
          deployment.function_name + ".");
    }
    bool revoked = false;
    if (signature.whole()) {
      TRY(revoked, co_await parts.signatures.is_revoked(signature));
    }
    const std::string_view fault = fault_of(signature, *deployed.config, revoked, parts.clock.now());
    if (fault.empty()) continue;
    log::warn("code deployed to {} is {}: {}", ref.arn(), fault,
              deployed.config->enforce ? "refused" : "let through");
    if (!deployed.config->enforce) continue;
    co_return errors::code_verification_failed_exception(
        "Lambda cannot deploy the function. The function or layer might be signed using a signature that the "
        "client is not configured to accept. Check the provided signature for " +
        deployment.function_name + ".");
  }
  co_return {};
}

}  // namespace hearth::services::lambda
