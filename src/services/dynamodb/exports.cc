#include "services/dynamodb/exports.h"

#include "base/unless_empty.h"
#include "services/dynamodb/export_files.h"
#include "services/dynamodb/jobs.h"
#include "services/dynamodb/numbers.h"
#include "services/dynamodb/recovery_window.h"

namespace hearth::services::dynamodb {
namespace {

namespace ops = api::dynamodb::ops;
namespace shapes = api::dynamodb;

constexpr const char* kBothImages = "NEW_AND_OLD_IMAGES";
constexpr int64_t kWindowMaxMs = int64_t{24} * 60 * 60 * 1000;

Error invalid_time(std::string message) {
  return {.code = "InvalidExportTimeException", .message = std::move(message)};
}
Error no_export(const std::string& arn) {
  return {.code = "ExportNotFoundException", .message = "Export not found: " + arn};
}

Status check_export(const shapes::ExportTableToPointInTimeInput& input) {
  if (input.filter_specification) {
    return fail(errors::not_implemented("ExportTableToPointInTime with FilterSpecification"));
  }
  const bool incremental = input.export_type == "INCREMENTAL_EXPORT";
  if (incremental != input.incremental_export_specification.has_value()) {
    return fail(errors::validation(
        incremental ? "IncrementalExportSpecification must be specified when ExportType is INCREMENTAL_EXPORT"
                    : "IncrementalExportSpecification can only be specified when ExportType is "
                      "INCREMENTAL_EXPORT"));
  }
  if (incremental && input.export_time) {
    return fail(errors::validation("ExportTime cannot be specified when ExportType is INCREMENTAL_EXPORT"));
  }
  if (incremental && !input.incremental_export_specification->export_from_time) {
    return fail(errors::validation("ExportFromTime must be specified for incremental exports"));
  }
  return {};
}

// What of the request is kept; the table, and times that are not its own, come later.
ExportRecord export_record(const shapes::ExportTableToPointInTimeInput& input, Asker asker, int64_t now) {
  ExportRecord record{.asker = std::move(asker),
                      .client_token = input.client_token.value_or(""),
                      .request_sha256 = request_digest(input),
                      .started_ms = now,
                      .bucket = input.s3_bucket,
                      .bucket_owner = input.s3_bucket_owner.value_or(""),
                      .prefix = input.s3_prefix.value_or(""),
                      .sse_algorithm = input.s3_sse_algorithm.value_or(""),
                      .kms_key_id = input.s3_sse_kms_key_id.value_or(""),
                      .format = input.export_format.value_or("DYNAMODB_JSON"),
                      .to_ms = input.export_time ? epoch_ms(*input.export_time) : now};
  if (const auto& window = input.incremental_export_specification) {
    record.from_ms = epoch_ms(*window->export_from_time);
    record.to_ms = window->export_to_time ? epoch_ms(*window->export_to_time) : now;
    record.view = window->export_view_type.value_or(kBothImages);
  }
  return record;
}

Status place_in_time(const TableLog& log, int64_t now, ExportRecord& record) {
  const auto within = [&](int64_t& moment) { return place_in_window(log, now, moment); };
  if (!within(record.to_ms) || (record.incremental() && !within(record.from_ms))) {
    return fail(invalid_time("The specified ExportTime is outside of the point in time recovery window."));
  }
  if (!record.incremental()) return {};
  if (record.from_ms >= record.to_ms) {
    return fail(errors::validation("ExportFromTime must be before ExportToTime"));
  }
  if (record.to_ms - record.from_ms > kWindowMaxMs) {
    return fail(errors::validation("The time between ExportFromTime and ExportToTime exceeds 24 hours"));
  }
  return {};
}

shapes::ExportDescription describe_export(const PartRef& ref, const ExportRecord& record) {
  shapes::ExportDescription told{
      .export_arn = ref.arn(),
      .export_status = status_name(record.status),
      .start_time = from_epoch_ms(record.started_ms),
      .export_manifest = export_key(record, ref.id, "manifest-summary.json"),
      .table_arn = ref.table.arn(),
      .table_id = record.table_id,
      .client_token = unless_empty(record.client_token),
      .s3_bucket = record.bucket,
      .s3_bucket_owner = unless_empty(record.bucket_owner),
      .s3_prefix = unless_empty(record.prefix),
      .s3_sse_algorithm = record.sse_algorithm.empty() ? "AES256" : record.sse_algorithm,
      .s3_sse_kms_key_id = unless_empty(record.kms_key_id),
      .failure_code = unless_empty(record.failure_code),
      .failure_message = unless_empty(record.failure_message),
      .export_format = record.format,
      .export_type = record.incremental() ? "INCREMENTAL_EXPORT" : "FULL_EXPORT"};
  if (record.incremental()) {
    told.incremental_export_specification =
        shapes::IncrementalExportSpecification{.export_from_time = from_epoch_ms(record.from_ms),
                                               .export_to_time = from_epoch_ms(record.to_ms),
                                               .export_view_type = record.view};
  } else {
    told.export_time = from_epoch_ms(record.to_ms);
  }
  if (record.status == JobStatus::kInProgress) return told;
  told.end_time = from_epoch_ms(record.ended_ms);
  if (record.status != JobStatus::kCompleted) return told;
  told.billed_size_bytes = record.bytes;
  told.item_count = record.items;
  return told;
}

}  // namespace

void Exports::mount(wire::Router& router) {
  router.on<ops::ExportTableToPointInTime>(*this, &Exports::begin);
  router.on<ops::DescribeExport>(*this, &Exports::describe);
  router.on<ops::ListExports>(*this, &Exports::list);
}

Async<shapes::ExportTableToPointInTimeOutput> Exports::begin(const wire::Call& call,
                                                             shapes::ExportTableToPointInTimeInput input) {
  TRY_VOID(check_export(input));
  TRY(const TableRef table_ref, TableRef::parse(call, input.table_arn));
  if (table_ref.account != call.account || table_ref.region != call.region) {
    co_return errors::table_not_found(table_ref.name);
  }
  TRY(Asker asker, client_.asker_of(call));
  const int64_t now = now_ms(parts_.clock);
  const PartRef ref{.table = table_ref, .kind = "export", .id = new_part_id(now, parts_.random)};
  ExportRecord asked = export_record(input, std::move(asker), now);
  asked.table_name = table_ref.name;
  asked.number = new_number(parts_.random);
  const JobScope scope{.kind = "export", .account = call.account, .region = call.region};
  auto body = [&](store::Transaction& tx) -> Async<shapes::ExportTableToPointInTimeOutput> {
    if (!asked.client_token.empty()) {
      TRY(const auto before, co_await find_by_token<ExportRecord>(tx, scope, asked.client_token, now));
      if (before && before->record.request_sha256 != asked.request_sha256) {
        co_return Error{.code = "ExportConflictException",
                        .message = "The client token was used for another export: " + before->ref.arn()};
      }
      if (before) {
        co_return shapes::ExportTableToPointInTimeOutput{.export_description =
                                                             describe_export(before->ref, before->record)};
      }
    }
    TRY(const auto table, co_await parts_.catalog.find(tx, table_ref));
    if (!table) co_return errors::table_not_found(table_ref.name);
    if (!table->record.log.recovery) co_return errors::no_recovery(table_ref.name);
    ExportRecord record = asked;
    record.table_id = table->record.id;
    TRY_VOID(place_in_time(table->record.log, now, record));
    tx.put(job_key(ref).bytes(), store::encode(record));
    tx.put(task_key(ref).bytes(), {});
    co_return shapes::ExportTableToPointInTimeOutput{.export_description = describe_export(ref, record)};
  };
  co_return co_await parts_.store.transact(body);
}

Async<shapes::DescribeExportOutput> Exports::describe(const wire::Call& call,
                                                      shapes::DescribeExportInput input) {
  const auto ref = PartRef::parse(input.export_arn, "export");
  if (!ref) co_return errors::validation("The provided ExportArn is invalid: " + input.export_arn);
  auto body = [&](store::Transaction& tx) -> Async<shapes::DescribeExportOutput> {
    TRY(const auto record, co_await find_job<ExportRecord>(tx, *ref, call.region));
    if (!record) co_return no_export(ref->arn());
    co_return shapes::DescribeExportOutput{.export_description = describe_export(*ref, *record)};
  };
  co_return co_await parts_.store.read(body);
}

Async<shapes::ListExportsOutput> Exports::list(const wire::Call& call, shapes::ListExportsInput input) {
  TRY(const std::string table_name, table_of_list(call, input.table_arn));
  const size_t jobs_max = input.max_results ? static_cast<size_t>(*input.max_results) : kJobsOnPage;
  const JobScope scope{.kind = "export", .account = call.account, .region = call.region};
  auto body = [&](store::Transaction& tx) -> Async<shapes::ListExportsOutput> {
    bool more = false;
    TRY(const auto page, co_await page_of_jobs<ExportRecord>(tx, scope, table_name,
                                                             input.next_token.value_or(""), jobs_max, more));
    shapes::ListExportsOutput output;
    output.export_summaries.emplace();
    for (const auto& [ref, record] : page) {
      output.export_summaries->push_back(
          {.export_arn = ref.arn(),
           .export_status = status_name(record.status),
           .export_type = record.incremental() ? "INCREMENTAL_EXPORT" : "FULL_EXPORT"});
    }
    if (more) output.next_token = page.back().ref.id;
    co_return output;
  };
  co_return co_await parts_.store.read(body);
}

}  // namespace hearth::services::dynamodb
