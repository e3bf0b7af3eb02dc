#include <cstdlib>

#include "services/sqs/attributes.h"
#include "services/sqs/handles.h"
#include "services/sqs/message.h"
#include "services/sqs/permissions.h"

// The first line names an attribute of a queue, the rest is its value; all of it is read as a handle, an ARN,
// a body and a policy too.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth::services::sqs;  // NOLINT: a test's
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(bytes.size(), bytes.find('\n'));
  const AttributeTexts given{
      {bytes.substr(0, line), line < bytes.size() ? bytes.substr(line + 1) : std::string()}};

  const QueueRef ref{.account = "000000000000", .region = "us-east-1", .name = "q"};
  QueueRecord queue{.id = 1, .contents = 2};
  // What was taken over is shown as it was given.
  if (apply(queue, given, true)) {
    const AttributeTexts shown = texts_of(queue, ref);
    const auto found = shown.find(given.begin()->first);
    if (given.begin()->second.empty() ? found != shown.end() : found == shown.end()) std::abort();
  }
  // Nobody but the server seals a handle.
  static const Handles handles("a key");
  if (handles.open(bytes, queue)) std::abort();
  if (const auto named = QueueRef::of_arn(bytes); named && named->arn() != bytes) std::abort();
  (void)check({.body = bytes}, queue);
  hearth::api::sqs::AddPermissionRequest permission;
  permission.label = "one";
  permission.aws_account_ids = {"123456789012"};
  permission.actions = {"SendMessage"};
  // What was added can be taken away.
  const auto added = with_statement(bytes, ref, permission);
  if (added && !without_statement(*added, "one")) std::abort();
  return 0;
}
