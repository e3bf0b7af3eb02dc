// The lifecycle configuration of a bucket: put, given back, taken away.
#pragma once
#include "api/s3.h"
#include "services/s3/lifecycle_rules.h"
#include "services/s3/settings.h"

namespace hearth::services::s3 {

inline constexpr SettingForm kLifecycle{.kind = "lifecycle",
                                        .absent_code = "NoSuchLifecycleConfiguration",
                                        .absent_message = "The lifecycle configuration does not exist"};

class LifecycleSettings {
 public:
  explicit LifecycleSettings(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3::PutBucketLifecycleConfigurationOutput> put(
      const wire::Call& call, api::s3::PutBucketLifecycleConfigurationRequest input);
  Async<api::s3::DeleteBucketLifecycleOutput> remove(const wire::Call& call,
                                                     api::s3::DeleteBucketLifecycleRequest input);

 private:
  Parts& parts_;
};

}  // namespace hearth::services::s3
