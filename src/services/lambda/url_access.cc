#include "services/lambda/url_access.h"

#include "api/lambda.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "wire/credentials.h"
#include "wire/sigv4.h"

namespace hearth::services::lambda {

namespace sigv4 = wire::sigv4;

Async<std::optional<wire::Identity>> UrlAccess::signer(const io::Request& request, const std::string& body,
                                                       std::string region, TimePoint now) {
  const std::optional<wire::Identity> nobody;
  const auto parsed = sigv4::parse_claim(request);
  if (!parsed || !*parsed) co_return nobody;
  const sigv4::Claim& claim = **parsed;
  if (claim.region != region) co_return nobody;
  const auto credential = co_await wire::find_credential(credentials_, api::lambda::kService, claim, now);
  if (!credential) co_return nobody;
  const std::string actual = hex_encode(sha256(body));
  const auto declared = sigv4::declared_payload_hash(request, claim);
  if (declared && *declared != sigv4::kUnsignedPayload && !iequals(*declared, actual)) co_return nobody;
  const std::string key = sigv4::signing_key(credential->secret, claim);
  if (sigv4::verify(request, claim, key, actual, now)) co_return nobody;
  co_return credential->identity;
}

Task<bool> UrlAccess::may_call(FunctionRef ref, const io::Request& request,
                               std::optional<wire::Identity> caller, TimePoint now) {
  wire::Call call{.account = ref.account,
                  .region = ref.region,
                  .identity = caller.value_or(wire::Identity{.anonymous = true}),
                  .operation = &api::lambda::ops::Invoke::kInfo,
                  .received_at = now,
                  .source_ip = request.peer.substr(0, request.peer.rfind(':')),
                  .tls = request.tls,
                  .request = &request};
  for (const char* action : {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}) {
    const auto allowed = co_await authorizer_.authorize(
        call, {.action = action,
               .resource = ref.qualified_arn(),
               .conditions = {{"lambda:FunctionUrlAuthType", {caller ? "AWS_IAM" : "NONE"}},
                              {"lambda:InvokedViaFunctionUrl", {"true"}}}});
    if (!allowed) co_return false;
  }
  co_return true;
}

}  // namespace hearth::services::lambda
