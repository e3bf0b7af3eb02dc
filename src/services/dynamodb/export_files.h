// The texts of an export's files: lines of data, and manifests.
#pragma once
#include <string>

#include "services/dynamodb/job_records.h"
#include "services/dynamodb/records.h"

namespace hearth::services::dynamodb {

// Where things of an export lie: "prefix/AWSDynamoDB/01693685827463-2d8752fd/manifest-files.json".
std::string export_key(const ExportRecord& record, const std::string& id, std::string_view name);
// Of its data file of that number: names that tell nothing, and are the same whenever it is written again.
std::string data_key(const ExportRecord& record, const std::string& id, int64_t number);

// One line, with its end.
Status append_item(const ExportRecord& record, const ItemRecord& item, std::string& text);
Status append_change(const ExportRecord& record, const ChangeRecord& change, std::string& text);

std::string manifest_line(const ExportFile& file);
std::string manifest_summary(const ExportRecord& record, const PartRef& ref);

}  // namespace hearth::services::dynamodb
