// Policy documents of all kinds: what is taken can be asked, and answers the same twice. The first line is
// the request (action, blank, resource), the rest the document.
#include <cstdlib>

#include "identity/policy/denial.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth::identity;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view asked = input.substr(0, line), text = input.substr(line + 1);
  const size_t blank = asked.find(' ');

  AccessRequest request{
      .principal = {.kind = PrincipalKind::kUser,
                    .account = "111111111111",
                    .arn = "arn:aws:iam::111111111111:user/ann",
                    .user_id = "AIDAANNANNANNANNANNAN"},
      .action = std::string(asked.substr(0, blank)),
      .resource = blank == std::string_view::npos ? "*" : std::string(asked.substr(blank + 1)),
      .resource_account = "111111111111"};
  set_principal_keys(request.principal, request.context);
  for (const char* key : {"aws:SourceIp", "aws:CurrentTime", "aws:SecureTransport", "test:n", "test:s"})
    request.context.set(key, std::string(asked));
  request.context.set("aws:TagKeys", std::vector<std::string>{"a", std::string(asked)});

  for (const PolicyKind kind : {PolicyKind::kIdentity, PolicyKind::kResource, PolicyKind::kTrust}) {
    auto parsed = Policy::parse(text, kind);
    if (!parsed) {
      if (parsed.error().code != "MalformedPolicyDocument" || parsed.error().message.empty()) std::abort();
      continue;
    }
    const auto policy = std::make_shared<const Policy>(*std::move(parsed));
    (void)policy->context_keys();
    (void)policy->aws_principals();
    PolicySet set{.boundary = policy, .session = {policy}, .has_session_policy = true};
    (kind == PolicyKind::kIdentity ? set.identity.emplace_back() : set.resource) = policy;
    for (const auto principal : {PrincipalKind::kUser, PrincipalKind::kAnonymous}) {
      request.principal.kind = principal;
      const Decision once = evaluate(request, set), again = evaluate(request, set);
      if (once.reason != again.reason || once.matches.size() != again.matches.size()) std::abort();
      if (!once.allowed && denial_text(request, once).empty()) std::abort();
    }
  }
  return 0;
}
