// What a request may say about a function's configuration: checked as the service checks it, then written
// into the record; and a record as callers see it.
#pragma once
#include "api/lambda.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

// What is a mistake depends on whether the record has an image. Members that are absent change nothing;
// layers are left to use_layers(), whether dead letters may go where they should to check_dead_letters(). On
// an error the record may be half changed; do not store it.
Status apply_settings(api::lambda::UpdateFunctionConfigurationRequest settings, VersionRecord& record);

// The configuration part of a CreateFunction request, which keeps its layers.
api::lambda::UpdateFunctionConfigurationRequest settings_of(api::lambda::CreateFunctionRequest& request);

Status check_tags(const std::map<std::string, std::string>& tags);

struct Describe {
  bool qualified = false;  // the ARN ends in the version
  bool with_state = true;  // lists leave states and the runtime's version out
};
api::lambda::FunctionConfiguration describe(const FunctionRef& ref, const VersionRecord& record,
                                            Describe how);

// As it is shown while its image is still to come: with that.
VersionRecord as_it_is_to_be(VersionRecord record);

// The build of its runtime that a function has.
std::string runtime_version_arn(const std::string& region, const std::string& runtime);

// The code's SHA-256 as it is reported: of a package in base64, of an image its digest in hex.
std::string code_sha256(const VersionRecord& record);
// All that a version freezes, as bytes: equal where publishing again would change nothing.
std::string content_of(VersionRecord record);

// "/aws/lambda/<name>" unless another group was given.
std::string log_group_of(const FunctionRef& ref, const VersionRecord& record);

}  // namespace hearth::services::lambda
