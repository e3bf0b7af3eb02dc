#include "identity/request_context.h"

namespace hearth::identity {
namespace {

// An address of IPv6 comes in brackets.
std::string bare(std::string_view address) {
  const bool brackets = address.size() > 2 && address.front() == '[' && address.back() == ']';
  return std::string(brackets ? address.substr(1, address.size() - 2) : address);
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

void add_resource_tags(std::string_view action, const std::map<std::string, std::string>& tags,
                       ConditionContext& context) {
  const std::string service(action.substr(0, action.find(':')));
  for (const auto& [key, value] : tags) {
    context.set("aws:ResourceTag/" + key, value);
    context.set(service + ":ResourceTag/" + key, value);
  }
}

}  // namespace hearth::identity
