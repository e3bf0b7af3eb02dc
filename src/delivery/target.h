// Whom events go to: one implementation for each kind of thing that takes them, by the service in its ARN.
//
// Threads: any that runs a loop; targets are added before the first delivery.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/task.h"
#include "delivery/delivery.h"
#include "store/store.h"

namespace hearth::delivery {

// Why a target does not take something, as error codes. With all but kTargetBusy it never will, as it and the
// sender are now; other codes are those of the store.
inline constexpr std::string_view kTargetMissing = "TargetMissing";  // it is not there
inline constexpr std::string_view kTargetDenied = "TargetDenied";    // this sender may not
inline constexpr std::string_view kTargetRefused = "TargetRefused";  // it does not take such a thing
inline constexpr std::string_view kTargetBusy = "TargetBusy";

Error target_error(std::string_view code, std::string message);
bool is_final(const Error& error);

class Target {
 public:
  virtual ~Target() = default;

  // Whether it is there, and the sender may use it: when it is configured, and before each delivery, as it
  // may have changed. `key` as in a delivery, or what such keys begin with.
  virtual Async<void> check(Sender sender, std::string arn, std::string key) = 0;
  // Takes the event, as a part of the transaction. REQUIRES that the check was passed a moment ago; whether
  // the target is there is looked up again. May run again. `delivery` outlives the task.
  virtual Async<void> take(store::Transaction& tx, const Delivery& delivery) = 0;
};

class Targets {
 public:
  // "sqs"; the target outlives this.
  void add(std::string service, Target& target) { by_service_.emplace(std::move(service), &target); }
  // Null when there is none of this kind.
  Target* find(std::string_view arn) const;

 private:
  std::map<std::string, Target*, std::less<>> by_service_;
};

// "sqs" of "arn:aws:sqs:eu-west-1:000000000000:q"; empty when it is no ARN.
std::string_view service_of(std::string_view arn);

}  // namespace hearth::delivery
