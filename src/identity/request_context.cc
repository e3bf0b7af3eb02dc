#include "identity/request_context.h"

#include "wire/operation.h"
#include "wire/sigv4.h"

namespace hearth::identity {
namespace {

// An address of IPv6 comes in brackets.
std::string bare(std::string_view address) {
  const bool brackets = address.size() > 2 && address.front() == '[' && address.back() == ']';
  return std::string(brackets ? address.substr(1, address.size() - 2) : address);
}

using Form = wire::sigv4::Claim::Form;

// Whether the operation makes an object, as a text; null for those that have nothing to do with that. Parts
// make none before their upload is completed.
const char* makes_object(const wire::Call& call) {
  const std::string_view name = call.operation ? call.operation->name : std::string_view();
  if (name == "PutObject" || name == "CopyObject" || name == "CompleteMultipartUpload") return "true";
  const bool part = name == "CreateMultipartUpload" || name == "UploadPart" || name == "UploadPartCopy";
  return part ? "false" : nullptr;
}

}  // namespace

void add_request_keys(const wire::Call& call, const AccessRequest& request, ConditionContext& context) {
  constexpr int64_t kMsInSecond = 1000;
  context.set("aws:CurrentTime", iso8601_seconds(call.received_at));
  context.set("aws:EpochTime", std::to_string(epoch_ms(call.received_at) / kMsInSecond));
  context.set("aws:RequestedRegion", call.region);
  context.set("aws:SecureTransport", call.tls ? "true" : "false");
  context.set("aws:ViaAWSService", "false");
  const std::string& owner =
      request.resource_account.empty() ? request.principal.account : request.resource_account;
  if (!owner.empty()) context.set("aws:ResourceAccount", owner);
  if (!call.request) return;
  // What comes from inside comes from no address.
  if (!call.source_ip.empty() && call.source_ip != "unix") context.set("aws:SourceIp", bare(call.source_ip));
  if (const std::string* agent = call.request->headers.find("User-Agent"))
    context.set("aws:UserAgent", *agent);
  if (const std::string* from = call.request->headers.find("Referer")) context.set("aws:Referer", *from);
}

void add_s3_keys(const wire::Call& call, const AccessRequest& request, ConditionContext& context) {
  if (!request.resource_account.empty()) context.set("s3:ResourceAccount", request.resource_account);
  if (const char* makes = makes_object(call)) context.set("s3:ObjectCreationOperation", makes);
  if (!call.request || call.identity.anonymous) return;
  if (const std::string* hash = call.request->headers.find("x-amz-content-sha256")) {
    context.set("s3:x-amz-content-sha256", *hash);
  }
  const auto claim = wire::sigv4::parse_claim(*call.request);
  if (!claim || !*claim) {  // the fields of a form are signed
    context.set("s3:authType", "POST");
    return;
  }
  const bool link = (*claim)->form == Form::kQuery || (*claim)->form == Form::kOldLink;
  context.set("s3:authType", link ? "REST-QUERY-STRING" : "REST-HEADER");
  context.set("s3:signatureversion", (*claim)->is_old() ? "AWS" : std::string(wire::sigv4::kAlgorithm));
  if (const auto signed_at = wire::sigv4::parse_amz_date((*claim)->timestamp)) {
    context.set("s3:signatureAge", std::to_string(epoch_ms(call.received_at) - epoch_ms(*signed_at)));
  }
}

void add_resource_tags(std::string_view action, const std::map<std::string, std::string>& tags,
                       ConditionContext& context) {
  const std::string service(action.substr(0, action.find(':')));
  for (const auto& [key, value] : tags) {
    context.set("aws:ResourceTag/" + key, value);
    context.set(service + ":ResourceTag/" + key, value);
  }
}

}  // namespace hearth::identity
