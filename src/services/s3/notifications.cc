#include "services/s3/notifications.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "services/s3/bucket_access.h"
#include "services/s3/errors.h"
#include "services/s3/event_record.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {
namespace {

constexpr SettingForm kNotification{.kind = "notification"};

using api::s3::NotificationConfiguration;
constexpr std::string_view kPrincipal = "s3.amazonaws.com";
constexpr size_t kIdDigits = 48;

// Every configuration, with its ARN and what the wire calls that.
template <typename Visit>
void each(auto& configuration, Visit visit) {
  if (configuration.queue_configurations) {
    for (auto& one : *configuration.queue_configurations) visit(one, one.queue_arn, "Queue");
  }
  if (configuration.lambda_function_configurations) {
    for (auto& one : *configuration.lambda_function_configurations) {
      visit(one, one.lambda_function_arn, "CloudFunction");
    }
  }
}

// Names of rules in any case of letters; they are given back with a capital.
Status tidy_rules(std::optional<api::s3::NotificationConfigurationFilter>& filter) {
  if (!filter || !filter->key || !filter->key->filter_rules) return {};
  std::set<std::string> names;
  for (auto& rule : *filter->key->filter_rules) {
    const std::string name = rule.name.value_or("");
    if (!names.insert(to_lower(name)).second) {
      return fail(errors::invalid_argument(
          "Cannot specify more than one " + to_lower(name) + " rule in a filter.", "FilterRule", name));
    }
    if (iequals(name, "prefix")) {
      rule.name = "Prefix";
    } else if (iequals(name, "suffix")) {
      rule.name = "Suffix";
    } else {
      return fail(errors::invalid_argument("filter rule name must be either prefix or suffix",
                                           "FilterRule.Name", name));
    }
  }
  return {};
}

std::string rule_value(const std::optional<api::s3::NotificationConfigurationFilter>& filter,
                       std::string_view name) {
  if (!filter || !filter->key || !filter->key->filter_rules) return {};
  for (const auto& rule : *filter->key->filter_rules) {
    if (rule.name == name) return rule.value.value_or("");
  }
  return {};
}

bool is_arn(std::string_view text) {
  return text.starts_with("arn:") && std::ranges::count(text, ':') >= 5;
}

// "s3:ObjectCreated:*" means "ObjectCreated:Put"; and patterns mean what both mean.
bool means(std::string_view pattern, std::string_view event) {
  constexpr std::string_view kService = "s3:";
  if (pattern.starts_with(kService)) pattern.remove_prefix(kService.size());
  if (!pattern.ends_with('*')) return pattern == event;
  return event.starts_with(pattern.substr(0, pattern.size() - 1));
}
bool overlap(const std::string& a, const std::string& b) {
  constexpr size_t kService = 3;
  return means(a, b.substr(kService)) || means(b, a.substr(kService));
}

Error invalid_destinations(const std::vector<std::pair<std::string, std::string>>& failures) {
  Error error{.code = "InvalidArgument",
              .message = "Unable to validate the following destination configurations",
              .status = 400};
  const bool one = failures.size() == 1;
  for (size_t i = 0; i < failures.size(); ++i) {
    const std::string number = one ? "" : std::to_string(i + 1);
    error.extra.emplace_back("ArgumentName" + number, failures[i].first);
    error.extra.emplace_back("ArgumentValue" + number, failures[i].second);
  }
  return error;
}

delivery::Sender sender_of(const BucketRecord& bucket) {
  return {.service = std::string(kPrincipal),
          .arn = bucket.arn(),
          .account = bucket.account,
          .region = bucket.region};
}

}  // namespace

Notifications::Notifications(store::Store& store, delivery::Outbox& outbox, const delivery::Targets& targets,
                             const Clock& clock, Random& random)
    : store_(store),
      outbox_(outbox),
      targets_(targets),
      clock_(clock),
      random_(random),
      watch_(store.watch(bucket_space().bytes())) {}

void Notifications::mount(wire::Router& router) {
  namespace ops = api::s3::ops;
  router.on<ops::GetBucketNotificationConfiguration>(*this, &Notifications::get);
  router.on<ops::PutBucketNotificationConfiguration>(*this, &Notifications::put);
}

Notifications::Rules Notifications::rules_of(const NotificationConfiguration& configuration) {
  Rules rules;
  each(configuration, [&rules](const auto& one, const std::string& arn, std::string_view) {
    rules.push_back({.id = one.id.value_or(""),
                     .target_arn = arn,
                     .events = one.events,
                     .prefix = rule_value(one.filter, "Prefix"),
                     .suffix = rule_value(one.filter, "Suffix")});
  });
  return rules;
}

Async<std::shared_ptr<const Notifications::Rules>> Notifications::rules(const BucketRecord& bucket) {
  using Pointer = std::shared_ptr<const Rules>;
  auto body = [&](store::Transaction& tx) -> Async<Pointer> {
    Tables tables(tx);
    TRY(const auto configuration,
        co_await read_setting<NotificationConfiguration>(tables, bucket, kNotification));
    if (!configuration) co_return Pointer();
    co_return std::make_shared<const Rules>(rules_of(*configuration));
  };
  auto read = [&]() -> Async<Pointer> { co_return co_await store_.read(body); };
  co_return co_await kept_.find(bucket.id, read);
}

Async<void> Notifications::tell(store::Transaction& tx, const wire::Call& call, const BucketRecord& bucket,
                                ObjectEvent event) {
  TRY(const auto all, co_await rules(bucket));
  if (!all) co_return {};
  const TimePoint now = clock_.now();
  for (const Rule& rule : *all) {
    if (!event.key.starts_with(rule.prefix) || !event.key.ends_with(rule.suffix)) continue;
    const auto meant = [&event](const std::string& pattern) { return means(pattern, event.name); };
    if (std::ranges::none_of(rule.events, meant)) continue;
    outbox_.enqueue(tx,
                    {.sender = sender_of(bucket),
                     .target_arn = rule.target_arn,
                     .body = event_record(call, bucket, event, rule.id, now),
                     .trace = call.request ? std::string(call.request->headers.get("x-amzn-trace-id")) : "",
                     .order = event.key,
                     .about = "a notification of " + bucket.arn()});
  }
  co_return {};
}

// ----- configuration -----

Async<void> Notifications::check_targets(const NotificationConfiguration& configuration,
                                         const BucketRecord& bucket, bool only_names) const {
  struct Named {
    std::string arn, kind;
  };
  std::vector<Named> all;
  each(configuration, [&all](const auto&, const std::string& arn, std::string_view kind) {
    all.push_back({arn, std::string(kind)});
  });
  std::vector<std::pair<std::string, std::string>> failures;
  for (const Named& one : all) {
    const std::string_view service = one.kind == "Queue" ? "sqs" : "lambda";
    if (!is_arn(one.arn) || delivery::service_of(one.arn) != service) {
      co_return errors::invalid_argument("The ARN could not be parsed", one.kind, one.arn);
    }
    if (one.kind == "Queue" && one.arn.ends_with(".fifo")) {
      co_return errors::invalid_argument("FIFO SQS queues are not supported.", one.kind, one.arn);
    }
    if (only_names) continue;
    delivery::Target* target = targets_.find(one.arn);
    if (!target) co_return errors::header_not_implemented(one.kind, "Nothing here takes such events.");
    const auto good = co_await target->check(sender_of(bucket), one.arn, "");
    if (good) continue;
    const std::string& code = good.error().code;
    if (!delivery::is_final(good.error())) co_return good.error();
    if (service == "lambda") {
      failures.emplace_back(one.arn + ", null", "Not authorized to invoke function [" + one.arn + "]");
    } else {
      failures.emplace_back(one.arn, code == delivery::kTargetMissing
                                         ? "The destination queue does not exist"
                                         : "Permissions on the destination queue do not allow S3 to publish "
                                           "notifications from this bucket");
    }
  }
  if (!failures.empty()) co_return invalid_destinations(failures);
  co_return {};
}

namespace {

Status check_ids(const auto& rules) {
  std::set<std::string> ids;
  for (const auto& rule : rules) {
    if (ids.insert(rule.id).second) continue;
    return fail(errors::invalid_argument("Same ID used for multiple configurations. IDs must be unique.",
                                         "ID", rule.id));
  }
  return {};
}

// No event goes two ways.
Status check_overlaps(const auto& rules) {
  for (size_t i = 0; i < rules.size(); ++i) {
    for (size_t j = i + 1; j < rules.size(); ++j) {
      const auto& a = rules[i];
      const auto& b = rules[j];
      const bool same_event = std::ranges::any_of(a.events, [&b](const std::string& event) {
        return std::ranges::any_of(b.events,
                                   [&event](const std::string& other) { return overlap(event, other); });
      });
      const bool prefixes = a.prefix.starts_with(b.prefix) || b.prefix.starts_with(a.prefix);
      const bool suffixes = a.suffix.ends_with(b.suffix) || b.suffix.ends_with(a.suffix);
      if (!same_event || !prefixes || !suffixes) continue;
      return fail(
          errors::invalid_argument("Configuration is ambiguously defined. Cannot have overlapping suffixes "
                                   "in two rules if the prefixes are "
                                   "overlapping for the same event type.",
                                   "NotificationConfiguration", a.id + ", " + b.id));
    }
  }
  return {};
}

Status check_supported(const NotificationConfiguration& configuration) {
  if (configuration.topic_configurations && !configuration.topic_configurations->empty()) {
    return fail(errors::header_not_implemented("TopicConfiguration", "There are no topics here yet."));
  }
  if (configuration.event_bridge_configuration) {
    return fail(
        errors::header_not_implemented("EventBridgeConfiguration", "There is no event bus here yet."));
  }
  return {};
}

}  // namespace

Async<NotificationConfiguration> Notifications::get(
    const wire::Call& call, api::s3::GetBucketNotificationConfigurationRequest input) {
  auto body = [&](store::Transaction& tx) -> Async<NotificationConfiguration> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    TRY(auto configuration, co_await read_setting<NotificationConfiguration>(tables, bucket, kNotification));
    co_return std::move(configuration).value_or(NotificationConfiguration{});
  };
  co_return co_await store_.read(body);
}

void Notifications::say_hello(store::Transaction& tx, const wire::Call& call, const BucketRecord& bucket,
                              const Rule& rule) {
  // Functions get none.
  if (delivery::service_of(rule.target_arn) == "lambda") return;
  outbox_.enqueue(tx, {.sender = sender_of(bucket),
                       .target_arn = rule.target_arn,
                       .body = test_event(call, bucket, clock_.now()),
                       .about = "the test event of " + bucket.arn()});
}

Async<api::s3::PutBucketNotificationConfigurationOutput> Notifications::put(
    const wire::Call& call, api::s3::PutBucketNotificationConfigurationRequest input) {
  NotificationConfiguration& configuration = input.notification_configuration;
  TRY_VOID(check_supported(configuration));
  Status tidy;
  each(configuration, [&](auto& one, const std::string&, std::string_view) {
    if (tidy) tidy = tidy_rules(one.filter);
    if (!one.id || one.id->empty()) one.id = base64_encode(random_.hex(kIdDigits));
  });
  TRY_VOID(std::move(tidy));
  const Rules rules = rules_of(configuration);
  TRY_VOID(check_ids(rules));
  TRY_VOID(check_overlaps(rules));
  auto find = [&](store::Transaction& tx) -> Async<BucketRecord> {
    Tables tables(tx);
    co_return co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner);
  };
  TRY(const BucketRecord found, co_await store_.read(find));
  const bool skip = input.skip_destination_validation.value_or(false);
  TRY_VOID(co_await check_targets(configuration, found, skip));
  auto body = [&](store::Transaction& tx) -> Async<void> {
    Tables tables(tx);
    TRY(const BucketRecord bucket,
        co_await find_bucket(tables, call, input.bucket, input.expected_bucket_owner));
    if (rules.empty()) {
      erase_setting(tables, bucket, kNotification);
    } else {
      write_setting(tables, bucket, kNotification, setting_text(configuration));
    }
    for (const Rule& rule : rules) say_hello(tx, call, bucket, rule);
    co_return {};
  };
  TRY_VOID(co_await store_.transact(body));
  co_return api::s3::PutBucketNotificationConfigurationOutput{};
}

}  // namespace hearth::services::s3
