// Tags of objects.
#pragma once
#include <map>

#include "api/s3.h"
#include "services/s3/objects.h"
#include "services/s3/parts.h"
#include "wire/router.h"

namespace hearth::services::s3 {

class ObjectTags {
 public:
  explicit ObjectTags(Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::s3::GetObjectTaggingOutput> get(const wire::Call& call, api::s3::GetObjectTaggingRequest input);
  Async<api::s3::PutObjectTaggingOutput> put(const wire::Call& call, api::s3::PutObjectTaggingRequest input);
  Async<api::s3::DeleteObjectTaggingOutput> remove(const wire::Call& call,
                                                   api::s3::DeleteObjectTaggingRequest input);

 private:
  // Gives the version whose tags these are now. `call` and `input` outlive the task.
  template <typename Input>
  Async<std::optional<std::string>> set(const wire::Call& call, const Input& input,
                                        std::map<std::string, std::string> tags, std::string_view event);

  Parts& parts_;
};

}  // namespace hearth::services::s3
