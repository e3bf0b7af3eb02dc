#include "services/dynamodb/imports.h"

#include "base/encoding.h"
#include "base/unless_empty.h"
#include "services/dynamodb/jobs.h"
#include "services/dynamodb/numbers.h"
#include "services/dynamodb/restoring.h"
#include "services/dynamodb/table_definition.h"
#include "services/dynamodb/table_description.h"
#include "services/dynamodb/table_encryption.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;
namespace shapes = api::dynamodb;

constexpr const char* kCsv = "CSV";

Error no_import(const std::string& arn) {
  return {.code = "ImportNotFoundException", .message = "Import not found: " + arn};
}

Status check_import(const shapes::ImportTableInput& input) {
  if (input.table_creation_parameters.vector_indexes) {
    return fail(errors::not_implemented("ImportTable with VectorIndexes"));
  }
  if (input.input_format_options && input.input_format != kCsv) {
    return fail(errors::validation("InputFormatOptions can only be specified when InputFormat is CSV"));
  }
  return {};
}

Result<TableRecord> define(const shapes::TableCreationParameters& asked) {
  return define_table({.attribute_definitions = asked.attribute_definitions,
                       .table_name = asked.table_name,
                       .key_schema = asked.key_schema,
                       .global_secondary_indexes = asked.global_secondary_indexes,
                       .billing_mode = asked.billing_mode,
                       .provisioned_throughput = asked.provisioned_throughput,
                       .on_demand_throughput = asked.on_demand_throughput});
}

ImportRecord import_record(const shapes::ImportTableInput& input, Asker asker, int64_t now) {
  ImportRecord record{.table_name = input.table_creation_parameters.table_name,
                      .asker = std::move(asker),
                      .client_token = input.client_token.value_or(""),
                      .request_sha256 = request_digest(input),
                      .started_ms = now,
                      .bucket = input.s3_bucket_source.s3_bucket,
                      .bucket_owner = input.s3_bucket_source.s3_bucket_owner.value_or(""),
                      .prefix = input.s3_bucket_source.s3_key_prefix.value_or(""),
                      .format = input.input_format,
                      .compression = input.input_compression_type.value_or("NONE")};
  if (input.input_format_options && input.input_format_options->csv) {
    record.delimiter = input.input_format_options->csv->delimiter.value_or("");
    record.headers = input.input_format_options->csv->header_list.value_or(std::vector<std::string>());
  }
  return record;
}

shapes::S3BucketSource source_of(const ImportRecord& record) {
  return {.s3_bucket_owner = unless_empty(record.bucket_owner),
          .s3_bucket = record.bucket,
          .s3_key_prefix = unless_empty(record.prefix)};
}

shapes::TableCreationParameters parameters_of(const PartRef& ref, const ImportRecord& record) {
  const auto table = describe(Table{.ref = ref.table, .record = record.table}, {});
  const ThroughputRecord& throughput = record.table.throughput;
  shapes::TableCreationParameters told{
      .table_name = record.table_name,
      .attribute_definitions = *table.attribute_definitions,
      .key_schema = *table.key_schema,
      .billing_mode = record.table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED",
      .on_demand_throughput = table.on_demand_throughput};
  if (!record.table.on_demand) {
    told.provisioned_throughput = shapes::ProvisionedThroughput{.read_capacity_units = throughput.read,
                                                                .write_capacity_units = throughput.write};
  }
  if (!record.table.kms_key_arn.empty()) {
    told.sse_specification = shapes::SSESpecification{
        .enabled = true, .sse_type = "KMS", .kms_master_key_id = record.table.kms_key_arn};
  }
  if (!table.global_secondary_indexes) return told;
  told.global_secondary_indexes.emplace();
  for (const auto& index : *table.global_secondary_indexes) {
    shapes::GlobalSecondaryIndex shown{.index_name = *index.index_name,
                                       .key_schema = *index.key_schema,
                                       .projection = *index.projection,
                                       .on_demand_throughput = index.on_demand_throughput};
    if (!record.table.on_demand) {
      shown.provisioned_throughput = shapes::ProvisionedThroughput{
          .read_capacity_units = index.provisioned_throughput->read_capacity_units.value_or(0),
          .write_capacity_units = index.provisioned_throughput->write_capacity_units.value_or(0)};
    }
    told.global_secondary_indexes->push_back(std::move(shown));
  }
  return told;
}

std::string log_group_of(const PartRef& ref) {
  return "arn:aws:logs:" + ref.table.region + ":" + ref.table.account + ":log-group:" + kImportLogGroup +
         ":*";
}

shapes::ImportTableDescription describe_import(const PartRef& ref, const ImportRecord& record) {
  shapes::ImportTableDescription told{.import_arn = ref.arn(),
                                      .import_status = status_name(record.status),
                                      .table_arn = ref.table.arn(),
                                      .table_id = record.table.id,
                                      .client_token = unless_empty(record.client_token),
                                      .s3_bucket_source = source_of(record),
                                      .error_count = record.errors,
                                      .cloud_watch_log_group_arn = log_group_of(ref),
                                      .input_format = record.format,
                                      .input_compression_type = record.compression,
                                      .table_creation_parameters = parameters_of(ref, record),
                                      .start_time = from_epoch_ms(record.started_ms),
                                      .processed_size_bytes = record.bytes,
                                      .processed_item_count = record.processed,
                                      .imported_item_count = record.imported,
                                      .failure_code = unless_empty(record.failure_code),
                                      .failure_message = unless_empty(record.failure_message)};
  if (!record.delimiter.empty() || !record.headers.empty()) {
    told.input_format_options =
        shapes::InputFormatOptions{.csv = shapes::CsvOptions{.delimiter = unless_empty(record.delimiter)}};
    if (!record.headers.empty()) told.input_format_options->csv->header_list = record.headers;
  }
  if (record.status != JobStatus::kInProgress) told.end_time = from_epoch_ms(record.ended_ms);
  return told;
}

shapes::ImportSummary summary_of(const PartRef& ref, const ImportRecord& record) {
  shapes::ImportSummary told{.import_arn = ref.arn(),
                             .import_status = status_name(record.status),
                             .table_arn = ref.table.arn(),
                             .s3_bucket_source = source_of(record),
                             .cloud_watch_log_group_arn = log_group_of(ref),
                             .input_format = record.format,
                             .start_time = from_epoch_ms(record.started_ms)};
  if (record.status != JobStatus::kInProgress) told.end_time = from_epoch_ms(record.ended_ms);
  return told;
}

// Tokens of pages have so many hexadecimal digits here.
constexpr size_t kTokenBytes = 56;

std::string token_of(std::string id) {
  id.resize(kTokenBytes, '\0');
  return hex_encode(id);
}
Result<std::string> read_token(const std::optional<std::string>& token) {
  if (!token) return std::string();
  auto id = hex_decode(*token);
  if (!id || id->size() != kTokenBytes) return fail(errors::validation("Invalid NextToken"));
  id->resize(id->find_last_not_of('\0') + 1);
  return *std::move(id);
}

}  // namespace

void Imports::mount(wire::Router& router) {
  router.on<ops::ImportTable>(*this, &Imports::begin);
  router.on<ops::DescribeImport>(*this, &Imports::describe);
  router.on<ops::ListImports>(*this, &Imports::list);
}

Async<shapes::ImportTableOutput> Imports::begin(const wire::Call& call, shapes::ImportTableInput input) {
  TRY(const TableRef table_ref, TableRef::parse(call, input.table_creation_parameters.table_name));
  TRY_VOID(co_await authorize_target(parts_, call, "dynamodb:ImportTable", table_ref));
  TRY_VOID(check_import(input));
  TRY(TableRecord table, define(input.table_creation_parameters));
  TRY(Asker asker, client_.asker_of(call));
  const int64_t now = now_ms(parts_.clock);
  table.id = parts_.random.uuid();
  table.number = new_number(parts_.random);
  for (IndexRecord& index : table.indexes) index.number = new_number(parts_.random);
  table.created_ms = now;
  table.status = TableStatus::kCreating;
  if (table.on_demand) table.on_demand_since_ms = now;
  if (const auto& encryption = input.table_creation_parameters.sse_specification) {
    table.kms_key_arn = kms_key_of(table_ref, *encryption);
  }
  const PartRef ref{.table = table_ref, .kind = "import", .id = new_part_id(now, parts_.random)};
  ImportRecord record = import_record(input, std::move(asker), now);
  record.table = table;
  const JobScope scope{.kind = "import", .account = call.account, .region = call.region};
  auto body = [&](store::Transaction& tx) -> Async<shapes::ImportTableOutput> {
    if (!record.client_token.empty()) {
      TRY(const auto before, co_await find_by_token<ImportRecord>(tx, scope, record.client_token, now));
      if (before && before->record.request_sha256 != record.request_sha256) {
        co_return Error{.code = "ImportConflictException",
                        .message = "The client token was used for another import: " + before->ref.arn()};
      }
      if (before) {
        co_return shapes::ImportTableOutput{.import_table_description =
                                                describe_import(before->ref, before->record)};
      }
    }
    TRY(const auto existing, co_await parts_.catalog.find(tx, table_ref));
    if (existing) co_return errors::in_use("Table already exists: " + table_ref.name);
    tx.put(table_ref.key().bytes(), store::encode(table));
    tx.put(job_key(ref).bytes(), store::encode(record));
    tx.put(task_key(ref).bytes(), {});
    co_return shapes::ImportTableOutput{.import_table_description = describe_import(ref, record)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<shapes::DescribeImportOutput> Imports::describe(const wire::Call& call,
                                                      shapes::DescribeImportInput input) {
  const auto ref = PartRef::parse(input.import_arn, "import");
  if (!ref) co_return errors::validation("The provided ImportArn is invalid: " + input.import_arn);
  auto body = [&](store::Transaction& tx) -> Async<shapes::DescribeImportOutput> {
    TRY(const auto record, co_await find_job<ImportRecord>(tx, *ref, call.region));
    if (!record) co_return no_import(ref->arn());
    co_return shapes::DescribeImportOutput{.import_table_description = describe_import(*ref, *record)};
  };
  co_return co_await parts_.store.read(body);
}

Async<shapes::ListImportsOutput> Imports::list(const wire::Call& call, shapes::ListImportsInput input) {
  TRY(const std::string table_name, table_of_list(call, input.table_arn));
  TRY(const std::string after, read_token(input.next_token));
  const size_t jobs_max = input.page_size ? static_cast<size_t>(*input.page_size) : kJobsOnPage;
  const JobScope scope{.kind = "import", .account = call.account, .region = call.region};
  auto body = [&](store::Transaction& tx) -> Async<shapes::ListImportsOutput> {
    bool more = false;
    TRY(const auto page, co_await page_of_jobs<ImportRecord>(tx, scope, table_name, after, jobs_max, more));
    shapes::ListImportsOutput output;
    output.import_summary_list.emplace();
    for (const auto& [ref, record] : page) output.import_summary_list->push_back(summary_of(ref, record));
    if (more) output.next_token = token_of(page.back().ref.id);
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::dynamodb
