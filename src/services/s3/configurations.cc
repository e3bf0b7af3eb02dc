#include "services/s3/configurations.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "services/s3/limits.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {
namespace {

constexpr SettingForm kAccelerate{.kind = "accelerate", .member = "AccelerateConfiguration"};
constexpr SettingForm kLogging{.kind = "logging", .member = "BucketLoggingStatus"};
constexpr SettingForm kReplication{.absent_code = "ReplicationConfigurationNotFoundError",
                                   .absent_message = "The replication configuration was not found"};

// Of these a bucket has several, each with an id.
struct ListedForm {
  std::string_view kind;
  std::string_view member;
  std::string_view list;  // member of the listing
};
constexpr ListedForm kAnalytics{
    .kind = "analytics", .member = "AnalyticsConfiguration", .list = "AnalyticsConfigurationList"};
constexpr ListedForm kInventory{
    .kind = "inventory", .member = "InventoryConfiguration", .list = "InventoryConfigurationList"};
constexpr ListedForm kMetrics{
    .kind = "metrics", .member = "MetricsConfiguration", .list = "MetricsConfigurationList"};
constexpr ListedForm kTiering{.kind = "intelligent-tiering",
                              .member = "IntelligentTieringConfiguration",
                              .list = "IntelligentTieringConfigurationList"};

constexpr size_t kIdMax = 64;

Error no_such_configuration() {
  return {
      .code = "NoSuchConfiguration", .message = "The specified configuration does not exist.", .status = 404};
}

Status check_id(const std::string& id, const json::value& document) {
  constexpr std::string_view kAlso = "-_.";
  const bool good = !id.empty() && id.size() <= kIdMax && std::ranges::all_of(id, [kAlso](unsigned char c) {
    return std::isalnum(c) || kAlso.find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (!good) return fail(errors::invalid_argument("Invalid configuration id.", "id", id));
  const json::value* inside = document.as_object().if_contains("Id");
  if (inside && inside->is_string() && inside->get_string() == id) return {};
  return fail(Error{.code = "IdMismatch",
                    .message = "Document ID does not match the specified configuration ID.",
                    .status = 400});
}

template <typename Operation, typename Check>
void mount_listed_put(wire::Router& router, Parts& parts, ListedForm form, Check check) {
  using Input = typename Operation::Input;
  auto handle = [&parts, form, check](const wire::Call& call, wire::Message message) -> Async<wire::Message> {
    const auto* member = message.document.if_contains(form.member);
    if (!member) co_return errors::malformed_xml();
    const json::value document = *member;
    TRY(const auto input, wire::from_document<Input>(std::move(message)));
    TRY_VOID(check_id(input.id, document));
    TRY_VOID(check(input));
    auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<wire::Message> {
      const store::Key all(bucket.id, form.kind);
      const store::Key key = all + store::Key(input.id);
      TRY(const bool replaces, co_await tables.settings.contains(key));
      if (!replaces) {
        TRY(const size_t count, co_await tables.settings.count(all, limits::kConfigurationsMax));
        if (count >= limits::kConfigurationsMax) {
          co_return Error{.code = "TooManyConfigurations",
                          .message =
                              "You are attempting to create a new configuration but have already "
                              "reached the 1,000-configuration limit.",
                          .status = 400};
        }
      }
      tables.settings.put(key, {.text = to_text(document)});
      co_return wire::Message{};
    };
    co_return co_await with_bucket<wire::Message>(parts, call, input, run);
  };
  router.add(Operation::kInfo, handle);
}

template <typename Operation>
void mount_listed_get(wire::Router& router, Parts& parts, ListedForm form) {
  auto run = [form](Tables& tables, const BucketRecord& bucket, const auto& input) -> Async<wire::Message> {
    TRY(const auto kept, co_await tables.settings.get(store::Key(bucket.id, form.kind, input.id)));
    if (!kept) co_return no_such_configuration();
    wire::Message answer;
    TRY(answer.document[form.member], parse_json(kept->text));
    co_return std::move(answer);
  };
  mount_in_bucket<Operation>(router, parts, run);
}

template <typename Operation>
void mount_listed_delete(wire::Router& router, Parts& parts, ListedForm form) {
  auto run = [form](Tables& tables, const BucketRecord& bucket, const auto& input) -> Async<wire::Message> {
    const store::Key key(bucket.id, form.kind, input.id);
    TRY(const bool is_there, co_await tables.settings.contains(key));
    if (!is_there) co_return no_such_configuration();
    tables.settings.erase(key);
    co_return wire::Message{};
  };
  mount_in_bucket<Operation>(router, parts, run);
}

// A page's token is the id that it goes on behind.
template <typename Operation>
void mount_listed_list(wire::Router& router, Parts& parts, ListedForm form) {
  auto handle = [&parts, form](const wire::Call& call, wire::Message message) -> Async<wire::Message> {
    TRY(const auto input, wire::from_document<typename Operation::Input>(std::move(message)));
    const auto behind = base64_decode(input.continuation_token.value_or(""));
    if (!behind) {
      co_return errors::invalid_argument("The continuation token provided is incorrect", "continuation-token",
                                         *input.continuation_token);
    }
    auto run = [&](Tables& tables, const BucketRecord& bucket) -> Async<wire::Message> {
      const store::Key all(bucket.id, form.kind);
      const std::string after = behind->empty() ? "" : (all + store::Key(*behind)).bytes();
      TRY(const auto page, co_await tables.settings.list(
                               {.under = all, .after = after, .rows_max = limits::kConfigurationPage}));
      wire::Message answer;
      json::array found;
      for (const auto& entry : page.entries) {
        TRY(json::value document, parse_json(entry.record.text));
        found.push_back(std::move(document));
      }
      answer.document["IsTruncated"] = !page.next.empty();
      if (input.continuation_token) answer.document["ContinuationToken"] = *input.continuation_token;
      if (!page.next.empty()) {
        TRY(const auto key, (store::parse_key<std::string, std::string, std::string>(page.next)));
        answer.document["NextContinuationToken"] = base64_encode(std::get<2>(key));
      }
      if (!found.empty()) answer.document[form.list] = std::move(found);
      co_return std::move(answer);
    };
    co_return co_await with_bucket<wire::Message>(parts, call, input, run);
  };
  router.add(Operation::kInfo, handle);
}

// ----- what each of them demands -----

// One thing, or several joined by And.
template <typename Filter>
Status check_filter(const std::optional<Filter>& filter) {
  if (!filter) return {};
  int things = filter->prefix.has_value() + filter->tag.has_value() + filter->and_.has_value();
  if constexpr (requires { filter->access_point_arn; }) things += filter->access_point_arn.has_value();
  if (things != 1) return fail(errors::malformed_xml());
  return {};
}

auto check_analytics = [](const auto& input) -> Status {
  TRY_SYNC_VOID(check_filter(input.analytics_configuration.filter));
  if (!input.analytics_configuration.storage_class_analysis.data_export) return {};
  return fail(errors::header_not_implemented("DataExport", "This server writes no reports of analyses."));
};

auto check_inventory = [](const auto& input) -> Status {
  if (!input.inventory_configuration.is_enabled) return {};
  return fail(errors::header_not_implemented("IsEnabled", "This server writes no reports of inventories."));
};

auto check_metrics = [](const auto& input) -> Status {
  return check_filter(input.metrics_configuration.filter);
};

auto check_tiering = [](const auto& input) -> Status {
  constexpr int32_t kArchiveDaysMin = 90, kDeepDaysMin = 180, kDaysMax = 730;
  const auto& configuration = input.intelligent_tiering_configuration;
  TRY_SYNC_VOID(check_filter(configuration.filter));
  std::set<std::string> tiers;
  for (const auto& tiering : configuration.tierings) {
    if (!tiers.insert(tiering.access_tier).second) return fail(errors::malformed_xml());
    const int32_t days_min = tiering.access_tier == "ARCHIVE_ACCESS" ? kArchiveDaysMin : kDeepDaysMin;
    if (tiering.days >= days_min && tiering.days <= kDaysMax) continue;
    return fail(errors::invalid_argument("'Days' for the " + tiering.access_tier + " tier must be between " +
                                             std::to_string(days_min) + " and " + std::to_string(kDaysMax),
                                         "Days", std::to_string(tiering.days)));
  }
  if (tiers.empty()) return fail(errors::malformed_xml());
  return {};
};

auto check_accelerate = [](Tables&, const BucketRecord& bucket, const auto& input) -> Async<void> {
  if (!input.accelerate_configuration.status) co_return errors::malformed_xml();
  if (bucket.name.find('.') == std::string::npos) co_return {};
  co_return errors::invalid_request(
      "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names");
};

auto check_logging = [](Tables&, const BucketRecord&, const auto& input) -> Async<void> {
  if (!input.bucket_logging_status.logging_enabled) co_return {};
  co_return errors::header_not_implemented("LoggingEnabled", "This server writes no access logs to buckets.");
};

}  // namespace

void mount_configurations(wire::Router& router, Parts& parts) {
  namespace ops = api::s3::ops;
  mount_get<ops::GetBucketAccelerateConfiguration>(router, parts, kAccelerate);
  mount_put<ops::PutBucketAccelerateConfiguration>(router, parts, kAccelerate, check_accelerate);
  mount_get<ops::GetBucketLogging>(router, parts, kLogging);
  mount_put<ops::PutBucketLogging>(router, parts, kLogging, check_logging);
  mount_get<ops::GetBucketReplication>(router, parts, kReplication);
  mount_delete<ops::DeleteBucketReplication>(router, parts, kReplication);

  mount_listed_get<ops::GetBucketAnalyticsConfiguration>(router, parts, kAnalytics);
  mount_listed_put<ops::PutBucketAnalyticsConfiguration>(router, parts, kAnalytics, check_analytics);
  mount_listed_delete<ops::DeleteBucketAnalyticsConfiguration>(router, parts, kAnalytics);
  mount_listed_list<ops::ListBucketAnalyticsConfigurations>(router, parts, kAnalytics);
  mount_listed_get<ops::GetBucketInventoryConfiguration>(router, parts, kInventory);
  mount_listed_put<ops::PutBucketInventoryConfiguration>(router, parts, kInventory, check_inventory);
  mount_listed_delete<ops::DeleteBucketInventoryConfiguration>(router, parts, kInventory);
  mount_listed_list<ops::ListBucketInventoryConfigurations>(router, parts, kInventory);
  mount_listed_get<ops::GetBucketMetricsConfiguration>(router, parts, kMetrics);
  mount_listed_put<ops::PutBucketMetricsConfiguration>(router, parts, kMetrics, check_metrics);
  mount_listed_delete<ops::DeleteBucketMetricsConfiguration>(router, parts, kMetrics);
  mount_listed_list<ops::ListBucketMetricsConfigurations>(router, parts, kMetrics);
  mount_listed_get<ops::GetBucketIntelligentTieringConfiguration>(router, parts, kTiering);
  mount_listed_put<ops::PutBucketIntelligentTieringConfiguration>(router, parts, kTiering, check_tiering);
  mount_listed_delete<ops::DeleteBucketIntelligentTieringConfiguration>(router, parts, kTiering);
  mount_listed_list<ops::ListBucketIntelligentTieringConfigurations>(router, parts, kTiering);
}

}  // namespace hearth::services::s3
