// Notifications of a bucket: who is told of what happens to its objects. What is told leaves in the very
// transaction of what happened, so it is told exactly of what is so, and never forgotten.
//
// Threads: any that runs a loop.
#pragma once
#include "api/s3.h"
#include "delivery/outbox.h"
#include "delivery/target.h"
#include "identity/revision_cache.h"
#include "services/s3/records.h"
#include "wire/router.h"

namespace hearth::services::s3 {

struct ObjectEvent {
  std::string_view name;  // "ObjectCreated:Put"
  std::string key;
  const ObjectRecord* object = nullptr;  // with size and ETag; null where only the name is told
  std::string version = {};              // empty: the bucket keeps none
  std::optional<int64_t> sequence = {};
};

class Notifications {
 public:
  // All outlive it.
  Notifications(store::Store& store, delivery::Outbox& outbox, const delivery::Targets& targets,
                const Clock& clock, Random& random);
  void mount(wire::Router& router);

  // In the transaction of what happened. `call` and `bucket` outlive the task.
  Async<void> tell(store::Transaction& tx, const wire::Call& call, const BucketRecord& bucket,
                   ObjectEvent event);

  Async<api::s3::NotificationConfiguration> get(const wire::Call& call,
                                                api::s3::GetBucketNotificationConfigurationRequest input);
  Async<api::s3::PutBucketNotificationConfigurationOutput> put(
      const wire::Call& call, api::s3::PutBucketNotificationConfigurationRequest input);

 private:
  // One of the configurations, whatever it leads to.
  struct Rule {
    std::string id;
    std::string target_arn;
    std::vector<std::string> events;  // "s3:ObjectCreated:*"
    std::string prefix, suffix;
  };
  using Rules = std::vector<Rule>;

  static Rules rules_of(const api::s3::NotificationConfiguration& configuration);
  Async<std::shared_ptr<const Rules>> rules(const BucketRecord& bucket);
  Async<void> check_targets(const api::s3::NotificationConfiguration& configuration,
                            const BucketRecord& bucket, bool only_names) const;
  void say_hello(store::Transaction& tx, const wire::Call& call, const BucketRecord& bucket,
                 const Rule& rule);

  store::Store& store_;
  delivery::Outbox& outbox_;
  const delivery::Targets& targets_;
  const Clock& clock_;
  Random& random_;
  store::Watch watch_;
  identity::RevisionCache<Rules> kept_{watch_};
};

}  // namespace hearth::services::s3
