#include "server/services.h"

#include "api/dynamodb.h"
#include "api/dynamodbstreams.h"
#include "api/ecr.h"
#include "api/iam.h"
#include "api/kinesis.h"
#include "api/lambda.h"
#include "api/logs.h"
#include "api/s3.h"
#include "api/s3control.h"
#include "api/signer.h"
#include "api/sqs.h"
#include "api/sts.h"
#include "execution/variables.h"

namespace hearth::server {
namespace {

constexpr const wire::ServiceInfo* kServices[] = {&api::lambda::kService,    &api::logs::kService,
                                                  &api::sqs::kService,       &api::sts::kService,
                                                  &api::iam::kService,       &api::kinesis::kService,
                                                  &api::s3control::kService, &api::s3::kService,
                                                  &api::dynamodb::kService,  &api::dynamodbstreams::kService,
                                                  &api::ecr::kService,       &api::signer::kService};

}  // namespace

Services::Services(Foundation on, const ServeOptions& options)
    : on_(std::move(on)),
      rights_(on_.identities.roles, on_.identities.access, system_clock()),
      outbox_(on_.store, event_targets_, system_clock(), system_random()),
      router_(kServices, on_.identities.access),
      targets_(on_.store, system_random()),
      code_("code", on_.data + "/code", on_.blobs, on_.pool),
      own_registry_(ecr_, options.region),
      live_folders_(on_.images.folders, on_.pool),
      image_sources_(on_.images, on_.pool, &own_registry_),
      images_(code_.directories(), on_.blobs, on_.pool, image_sources_),
      code_signatures_(signer_),
      lambda_facts_(on_.store),
      lambda_(lambda_parts(), on_.server_key, on_.identities.access, on_.identities.access,
              std::chrono::seconds(options.inactive_after_seconds)),
      logs_(on_.store, on_.ingest, system_clock()),
      retention_(on_.store, system_clock()),
      sqs_facts_(on_.store),
      sqs_({.store = on_.store,
            .authorizer = on_.identities.access,
            .clock = system_clock(),
            .random = system_random(),
            .before_recreation = std::chrono::seconds(options.queue_name_rest_seconds)},
           on_.server_key),
      queue_target_(on_.store, sqs_.sender(), rights_),
      kinesis_facts_(on_.store),
      kinesis_({.store = on_.store, .clock = system_clock(), .random = system_random()}, rights_,
               on_.server_key),
      sts_({.store = on_.store,
            .directory = on_.identities.directory,
            .sessions = on_.identities.sessions,
            .authorizer = on_.identities.access,
            .oidc_keys = on_.oidc_keys,
            .clock = system_clock()}),
      iam_({.store = on_.store,
            .directory = on_.identities.directory,
            .seal = on_.identities.key_seal,
            .authorizer = on_.identities.access,
            .clock = system_clock(),
            .random = system_random()}),
      s3_(s3_needs(options)),
      table_facts_(on_.store),
      dynamodb_({.store = on_.store,
                 .authorizer = on_.identities.access,
                 .rights = rights_,
                 .router = router_,
                 .credentials = on_.identities.access,
                 .data_streams = kinesis_.target(),
                 .pool = on_.pool,
                 .clock = system_clock(),
                 .random = system_random()},
                on_.server_key),
      repository_facts_(on_.store),
      ecr_({.store = on_.store,
            .blobs = on_.blobs,
            .authorizer = on_.identities.access,
            .credentials = on_.identities.access,
            .clock = system_clock(),
            .random = system_random(),
            .passes = services::ecr::Passes(on_.server_key, system_random()),
            .hosts = services::ecr::RegistryHosts(options.region)}),
      profile_facts_(on_.store),
      signer_(signer_parts()) {
  router_.serve_domains(options.domains);
  join();
}

services::lambda::Parts Services::lambda_parts() {
  return {.store = on_.store,
          .blobs = on_.blobs,
          .targets = targets_,
          .code = code_,
          .live_folders = live_folders_,
          .signatures = code_signatures_,
          .images = images_,
          .executor = on_.executor,
          .concurrency = on_.concurrency,
          .usage = on_.usage,
          .roles = on_.identities.roles,
          .authorizer = on_.identities.access,
          .router = router_,
          .rights = rights_,
          .event_targets = event_targets_,
          .streams = streams_,
          .outbox = outbox_,
          .clock = system_clock(),
          .random = system_random()};
}

services::signer::Parts Services::signer_parts() {
  return {.store = on_.store,
          .pool = on_.pool,
          .clock = system_clock(),
          .random = system_random(),
          .client = delivery::AskerClient(router_, on_.identities.access, system_clock(), system_random()),
          .key_seal = identity::Seal(on_.master_key, services::signer::kSigningKeySeal, system_random())};
}

services::s3::S3::Needs Services::s3_needs(const ServeOptions& options) {
  return {.store = on_.store,
          .blobs = on_.blobs,
          .pool = on_.pool,
          .outbox = outbox_,
          .targets = event_targets_,
          .rights = rights_,
          .authorizer = on_.identities.access,
          .credentials = on_.identities.access,
          .router = router_,
          .clock = system_clock(),
          .random = system_random(),
          .calendar = services::s3::Calendar(std::chrono::seconds(options.lifecycle_day_seconds)),
          .master_key = on_.master_key,
          .encryption = {.always = options.object_encryption == "always",
                         .customer_needs_tls = options.customer_keys_need_tls},
          .scrub_interval = std::chrono::hours(options.scrub_hours),
          .functions = {.host = execution::platform_host(), .route = std::string(execution::kPlatformRoute)}};
}

void Services::join() {
  on_.ingest.authorize_by([this](const execution::LogStream& stream, const wire::OperationInfo& operation,
                                 std::string resource) -> Async<bool> {
    delivery::Sender writer{.service = "lambda.amazonaws.com",
                            .arn = stream.function_arn,
                            .account = stream.account,
                            .region = stream.region,
                            .role_arn = stream.role_arn,
                            .session_name = stream.function};
    const auto allowed = co_await rights_.require(std::move(writer), operation, std::move(resource));
    if (!allowed && allowed.error().code != delivery::kTargetDenied) co_return allowed.error();
    co_return allowed.has_value();
  });
  event_targets_.add("lambda", lambda_.target());
  event_targets_.add("sqs", queue_target_);
  event_targets_.add("s3", s3_.target());
  streams_.add("kinesis", kinesis_.source());
  streams_.add("dynamodb", dynamodb_.source());
  lambda_.mount(router_);
  logs_.mount(router_);
  sqs_.mount(router_);
  kinesis_.mount(router_);
  sts_.mount(router_);
  iam_.mount(router_);
  s3_.mount(router_);
  dynamodb_.mount(router_);
  ecr_.mount(router_);
  signer_.mount(router_);
  on_.identities.access.add_source("lambda", lambda_facts_);
  on_.identities.access.add_source("sqs", sqs_facts_);
  on_.identities.access.add_source("kinesis", kinesis_facts_);
  on_.identities.access.add_source("s3", s3_.facts());
  on_.identities.access.add_source("dynamodb", table_facts_);
  on_.identities.access.add_source("ecr", repository_facts_);
  on_.identities.access.add_source("signer", profile_facts_);
  on_.identities.access.add_source("s3-object-lambda", s3_.object_lambda_facts());
}

bool Services::is_for_registry(const io::Request& request) const {
  if (!services::ecr::RegistryFront::takes(request)) return false;
  return services::ecr::RegistryHosts::parse(request.headers.get("Host")) ||
         router_.path_of(api::s3::kService, request) == request.raw_path();
}

void Services::start(io::TaskScope& scope) {
  lambda_.start(scope);
  sqs_.start(scope);
  kinesis_.start(scope);
  s3_.start(scope);
  dynamodb_.start(scope);
  ecr_.start(scope);
  signer_.start(scope);
  scope.spawn(outbox_.run());
  scope.spawn(retention_.run());
}

Async<void> Services::release() {
  const auto released = co_await s3_.release();
  TRY_VOID(co_await lambda_.release());
  co_return released;
}

}  // namespace hearth::server
