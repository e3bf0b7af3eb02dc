// Layers: packages that functions see at /opt. A layer is its numbered versions; those do not change. What a
// function uses of a deleted version stays with the function (layer_use.h).
#pragma once
#include "api/lambda.h"
#include "services/lambda/code_links.h"
#include "services/lambda/parts.h"
#include "services/lambda/records.h"
#include "wire/router.h"

namespace hearth::services::lambda {

class Layers {
 public:
  Layers(Parts& parts, const CodeLinks& links) : parts_(parts), links_(links) {}
  void mount(wire::Router& router);

  Async<api::lambda::PublishLayerVersionResponse> publish(const wire::Call& call,
                                                          api::lambda::PublishLayerVersionRequest input);
  Async<api::lambda::GetLayerVersionResponse> get(const wire::Call& call,
                                                  api::lambda::GetLayerVersionRequest input);
  Async<api::lambda::GetLayerVersionResponse> get_by_arn(const wire::Call& call,
                                                         api::lambda::GetLayerVersionByArnRequest input);
  Async<api::lambda::ops::DeleteLayerVersion::Output> remove(const wire::Call& call,
                                                             api::lambda::DeleteLayerVersionRequest input);
  Async<api::lambda::ListLayerVersionsResponse> list_versions(const wire::Call& call,
                                                              api::lambda::ListLayerVersionsRequest input);
  Async<api::lambda::ListLayersResponse> list(const wire::Call& call, api::lambda::ListLayersRequest input);

 private:
  Async<api::lambda::GetLayerVersionResponse> describe(const wire::Call& call, LayerRef ref);

  Parts& parts_;
  const CodeLinks& links_;
};

}  // namespace hearth::services::lambda
