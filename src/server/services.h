// The services, and what joins them: the router by which they call each other, and the targets that take
// events.
#pragma once
#include "base/clock.h"
#include "delivery/outbox.h"
#include "delivery/rights.h"
#include "execution/executor.h"
#include "identity/oidc_keys.h"
#include "server/code_signatures.h"
#include "server/identities.h"
#include "server/own_registry.h"
#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/resource_facts.h"
#include "services/ecr/ecr.h"
#include "services/ecr/resource_facts.h"
#include "services/iam/iam.h"
#include "services/kinesis/kinesis.h"
#include "services/kinesis/resource_facts.h"
#include "services/lambda/lambda.h"
#include "services/lambda/resource_facts.h"
#include "services/logs/logs.h"
#include "services/logs/retention.h"
#include "services/s3/s3.h"
#include "services/signer/resource_facts.h"
#include "services/signer/signer.h"
#include "services/sqs/queue_target.h"
#include "services/sqs/resource_facts.h"
#include "services/sqs/sqs.h"
#include "services/sts/sts.h"

namespace hearth::server {

// What they stand on.
struct Foundation {
  store::Store& store;
  store::Blobs& blobs;
  io::ThreadPool& pool;
  Identities& identities;
  identity::OidcKeys& oidc_keys;
  services::logs::Ingest& ingest;
  execution::Executor& executor;
  execution::Concurrency& concurrency;
  execution::UsageHistory& usage;
  oci::ImageSourceOptions images;
  std::string data;  // the data directory
  std::string server_key;
  std::string master_key;
};

class Services {
 public:
  // All outlive it.
  Services(Foundation on, const ServeOptions& options);
  Services(const Services&) = delete;

  // Background work, in the scope of its owner and on that loop.
  void start(io::TaskScope& scope);
  // Who waits in a call is answered, so that requests come to their end. Any loop.
  void answer_waiting() { sqs_.stop(); }
  // After the background work has ended.
  Async<void> release();

  const wire::Router& router() const { return router_; }
  const services::s3::Scrubber& scrubber() const { return s3_.scrubber(); }
  services::lambda::Lambda& lambda() { return lambda_; }
  services::s3::S3& s3() { return s3_; }
  services::ecr::RegistryFront& registry() { return ecr_.front(); }
  // Its paths are also those of objects of a bucket that is named by the host.
  bool is_for_registry(const io::Request& request) const;

 private:
  // Of services that need much; what they refer to need not be made yet.
  services::lambda::Parts lambda_parts();
  services::signer::Parts signer_parts();
  services::s3::S3::Needs s3_needs(const ServeOptions& options);
  // A kind of target, and what is known of resources, for each that has some.
  void join();

  Foundation on_;
  delivery::Rights rights_;
  delivery::Targets event_targets_;
  delivery::StreamSources streams_;
  delivery::Outbox outbox_;
  wire::Router router_;
  services::lambda::Targets targets_;
  services::lambda::CodeStore code_;
  OwnRegistry own_registry_;
  services::lambda::LiveFolders live_folders_;
  oci::ImageSources image_sources_;
  services::lambda::ImageStore images_;
  CodeSignatures code_signatures_;
  services::lambda::LambdaFacts lambda_facts_;
  services::lambda::Lambda lambda_;
  services::logs::Logs logs_;
  services::logs::Retention retention_;
  services::sqs::SqsFacts sqs_facts_;
  services::sqs::Sqs sqs_;
  services::sqs::QueueTarget queue_target_;
  services::kinesis::KinesisFacts kinesis_facts_;
  services::kinesis::Kinesis kinesis_;
  services::sts::Sts sts_;
  services::iam::Iam iam_;
  services::s3::S3 s3_;
  services::dynamodb::TableFacts table_facts_;
  services::dynamodb::DynamoDb dynamodb_;
  services::ecr::RepositoryFacts repository_facts_;
  services::ecr::Ecr ecr_;
  services::signer::ProfileFacts profile_facts_;
  services::signer::Signer signer_;
};

}  // namespace hearth::server
