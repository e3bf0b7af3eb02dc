// The context of one operation's run: who calls, where, and under which request id. Made by the pipeline (or
// by a service that calls another operation from inside, see Router::call) and handed to handlers by
// reference; it outlives the handler's task.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "io/http_message.h"
#include "wire/operation.h"

namespace hearth::wire {

// What the identity layer wants to find again when it authorizes (session policies, tags). Immutable.
class SessionDetails {
 public:
  virtual ~SessionDetails() = default;
};

// Who makes the request, as far as everyone may know.
struct Identity {
  std::string account = {};        // 000000000000
  std::string arn = {};            // arn:aws:iam::000000000000:user/me, arn:aws:sts::…:assumed-role/r/s
  std::string user_id = {};        // AIDA…, AROA…:session
  std::string access_key_id = {};  // empty when nothing was signed
  bool anonymous = false;          // nobody: an operation open to the unsigned
  std::string service = {};        // "events.amazonaws.com" when a service acts on its own behalf
  // Shared because every call of a session holds it while the credential may be replaced.
  std::shared_ptr<const SessionDetails> details = {};
};

// The resources by which a call came to another one. What is done with that, or with what is in it, must be
// allowed on each of them too.
struct Passage {
  struct Gate {
    std::string arn;           // arn:aws:s3:...:accesspoint/mine
    std::string inside = {};   // behind it, before the name of what is in the other; none: all is the gate's
    std::string service = {};  // whose actions these are; none: those of the other
  };
  std::vector<Gate> gates;
  std::string beyond;  // the other's ARN
  // Condition keys and values of what is asked of the other.
  std::vector<std::pair<std::string, std::vector<std::string>>> conditions = {};
};

struct Call {
  std::string account;  // whose resources a name means
  std::string region;
  std::string request_id;
  Identity identity;
  const OperationInfo* operation = nullptr;
  const Clock* clock = nullptr;
  TimePoint received_at = {};
  std::string source_ip = {};
  bool tls = false;
  int depth = 0;  // of operations called from operations
  // Null when the resource was named itself. Shared by what the call leads to.
  std::shared_ptr<const Passage> passage = {};

  // The HTTP request's own, null when the call comes from inside.
  const io::Request* request = nullptr;
  // For the rare header that no output member models (replacing one of that name); null when the call comes
  // from inside.
  io::Headers* response_headers = nullptr;

  std::string arn(std::string_view service, std::string_view rest) const {
    std::string text = "arn:aws:";
    return text.append(service).append(":").append(region).append(":").append(account).append(":").append(
        rest);
  }
};

}  // namespace hearth::wire
