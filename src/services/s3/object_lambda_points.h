// Access points of Object Lambda, as they are configured: which access point they stand before, and the
// function that changes what is read.
#pragma once
#include "api/s3control.h"
#include "services/s3/access_point_records.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

using ObjectLambdaConfiguration = api::s3control::ObjectLambdaConfiguration;

Result<ObjectLambdaConfiguration> configuration_of(const AccessPointRecord& point);
// The function for a call of that operation ("GetObject"); null where it goes on unchanged.
const api::s3control::AwsLambdaTransformation* transformation_of(
    const ObjectLambdaConfiguration& configuration, std::string_view operation);
// Whether calls may ask for a part of what is made ("GetObject-Range").
bool allows(const ObjectLambdaConfiguration& configuration, std::string_view feature);

class ObjectLambdaPoints {
 public:
  explicit ObjectLambdaPoints(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3control::CreateAccessPointForObjectLambdaResult> create(
      const wire::Call& call, api::s3control::CreateAccessPointForObjectLambdaRequest input);
  Async<api::s3control::GetAccessPointForObjectLambdaResult> get(
      const wire::Call& call, api::s3control::GetAccessPointForObjectLambdaRequest input);
  Async<api::s3control::ListAccessPointsForObjectLambdaResult> list(
      const wire::Call& call, api::s3control::ListAccessPointsForObjectLambdaRequest input);
  Async<api::s3control::GetAccessPointConfigurationForObjectLambdaResult> get_configuration(
      const wire::Call& call, api::s3control::GetAccessPointConfigurationForObjectLambdaRequest input);
  Async<api::s3control::PutAccessPointConfigurationForObjectLambdaOutput> put_configuration(
      const wire::Call& call, api::s3control::PutAccessPointConfigurationForObjectLambdaRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::s3
