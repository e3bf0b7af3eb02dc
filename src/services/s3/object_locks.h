// Locks of objects and of buckets, as they are set and told. What they mean is in lock.h.
#pragma once
#include "api/s3.h"
#include "services/s3/arns.h"
#include "services/s3/bucket_access.h"
#include "services/s3/lock.h"
#include "services/s3/objects.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class ObjectLocks {
 public:
  explicit ObjectLocks(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3::GetObjectLockConfigurationOutput> get_configuration(
      const wire::Call& call, api::s3::GetObjectLockConfigurationRequest input);
  Async<api::s3::PutObjectLockConfigurationOutput> put_configuration(
      const wire::Call& call, api::s3::PutObjectLockConfigurationRequest input);
  Async<api::s3::GetObjectRetentionOutput> get_retention(const wire::Call& call,
                                                         api::s3::GetObjectRetentionRequest input);
  Async<api::s3::PutObjectRetentionOutput> put_retention(const wire::Call& call,
                                                         api::s3::PutObjectRetentionRequest input);
  Async<api::s3::GetObjectLegalHoldOutput> get_hold(const wire::Call& call,
                                                    api::s3::GetObjectLegalHoldRequest input);
  Async<api::s3::PutObjectLegalHoldOutput> put_hold(const wire::Call& call,
                                                    api::s3::PutObjectLegalHoldRequest input);

 private:
  // `change` (LockRecord&) -> Status. `call`, `input` and `change` outlive the task.
  template <typename Input, typename Change>
  Async<void> change(const wire::Call& call, const Input& input, Change& change);
  template <typename Input>
  Async<LockRecord> read(const wire::Call& call, const Input& input);

  Parts& parts_;
};

// The bypass that a request asks for, where its caller may have it. `call` outlives the task.
Async<Bypass> bypass_of(const Parts& parts, const wire::Call& call, std::string bucket, std::string key,
                        std::optional<bool> asked);

// Into the output of GetObject or HeadObject, for those who may know. All outlive the task.
template <typename Output>
Async<void> describe_lock(const Parts& parts, const wire::Call& call, const LockRecord& lock,
                          std::string name, Output& output) {
  if (lock == LockRecord()) co_return {};
  const std::string arn = bucket_arn(name);
  if (lock.mode != LockMode::kNone) {
    TRY(const bool is_told, co_await may(parts, call, "s3:GetObjectRetention", arn));
    if (is_told) {
      output.object_lock_mode = name_of(lock.mode);
      output.object_lock_retain_until_date = lock.until;
    }
  }
  if (lock.hold_said) {
    TRY(const bool is_told, co_await may(parts, call, "s3:GetObjectLegalHold", arn));
    if (is_told) output.object_lock_legal_hold_status = lock.hold ? "ON" : "OFF";
  }
  co_return {};
}

}  // namespace hearth::services::s3
