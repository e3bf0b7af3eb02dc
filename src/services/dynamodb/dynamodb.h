// The DynamoDB service, put together.
#pragma once
#include "io/task_scope.h"
#include "services/dynamodb/absences.h"
#include "services/dynamodb/answers.h"
#include "services/dynamodb/backups.h"
#include "services/dynamodb/batches.h"
#include "services/dynamodb/change_source.h"
#include "services/dynamodb/destinations.h"
#include "services/dynamodb/expiry_worker.h"
#include "services/dynamodb/export_worker.h"
#include "services/dynamodb/exports.h"
#include "services/dynamodb/forwarding.h"
#include "services/dynamodb/import_worker.h"
#include "services/dynamodb/imports.h"
#include "services/dynamodb/index_filler.h"
#include "services/dynamodb/items.h"
#include "services/dynamodb/queries.h"
#include "services/dynamodb/recovery.h"
#include "services/dynamodb/statements.h"
#include "services/dynamodb/streams.h"
#include "services/dynamodb/table_copies.h"
#include "services/dynamodb/table_extras.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/time_to_live.h"
#include "services/dynamodb/transactions.h"
#include "services/dynamodb/trimming.h"

namespace hearth::services::dynamodb {

// All outlive the service.
struct Needs {
  store::Store& store;
  wire::Authorizer& authorizer;
  const delivery::Rights& rights;
  const wire::Router& router;
  wire::CredentialSource& credentials;
  delivery::Target& data_streams;
  io::ThreadPool& pool;
  const Clock& clock;
  Random& random;
};

class DynamoDb {
 public:
  DynamoDb(Needs needs, std::string_view server_key)
      : throughput_(needs.clock),
        parts_{.store = needs.store,
               .authorizer = needs.authorizer,
               .clock = needs.clock,
               .random = needs.random,
               .catalog = catalog_,
               .throughput = throughput_},
        streams_(parts_, server_key),
        source_(parts_, needs.rights),
        destinations_(parts_, needs.data_streams),
        forwarding_(parts_, needs.data_streams),
        client_(needs.router, needs.credentials, needs.clock, needs.random),
        export_worker_(parts_, client_, needs.pool) {}
  DynamoDb(const DynamoDb&) = delete;

  void mount(wire::Router& router) {
    tables_.mount(router);
    items_.mount(router);
    queries_.mount(router);
    batches_.mount(router);
    transactions_.mount(router);
    times_to_live_.mount(router);
    extras_.mount(router);
    absences_.mount(router);
    streams_.mount(router);
    destinations_.mount(router);
    answers_.mount(router);
    statements_.mount(router);
    backups_.mount(router);
    recovery_.mount(router);
    exports_.mount(router);
    imports_.mount(router);
  }
  // Background work, in a scope that ends before this.
  void start(io::TaskScope& scope) {
    scope.spawn(index_filler_.run());
    scope.spawn(expiry_worker_.run());
    scope.spawn(trimming_.run());
    scope.spawn(forwarding_.run());
    scope.spawn(copies_.run());
    scope.spawn(export_worker_.run());
    scope.spawn(import_worker_.run());
  }

  // Streams of tables, for event source mappings.
  delivery::StreamSource& source() { return source_; }

 private:
  Catalog catalog_;
  Throughput throughput_;
  const Parts parts_;
  Tables tables_{parts_};
  Items items_{parts_};
  Queries queries_{parts_};
  Batches batches_{parts_};
  Transactions transactions_{parts_};
  TimesToLive times_to_live_{parts_};
  TableExtras extras_{parts_};
  Absences absences_{parts_};
  Streams streams_;
  ChangeSource source_;
  IndexFiller index_filler_{parts_};
  ExpiryWorker expiry_worker_{parts_};
  Trimming trimming_{parts_};
  Answers answers_;
  Statements statements_{parts_};
  Backups backups_{parts_};
  Recovery recovery_{parts_};
  TableCopies copies_{parts_};
  Destinations destinations_;
  Forwarding forwarding_;
  const delivery::AskerClient client_;
  Exports exports_{parts_, client_};
  ExportWorker export_worker_;
  Imports imports_{parts_, client_};
  ImportWorker import_worker_{parts_, client_};
};

}  // namespace hearth::services::dynamodb
