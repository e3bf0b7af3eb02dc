// The container registry, put together: the ECR service and the distribution API beside it.
#pragma once
#include "io/task_scope.h"
#include "services/ecr/front.h"
#include "services/ecr/image_source.h"
#include "services/ecr/images.h"
#include "services/ecr/keeper.h"
#include "services/ecr/layers.h"
#include "services/ecr/policies.h"
#include "services/ecr/repositories.h"
#include "services/ecr/tags.h"

namespace hearth::services::ecr {

class Ecr {
 public:
  // All references outlive it.
  explicit Ecr(Parts parts) : parts_(std::move(parts)) {}
  Ecr(const Ecr&) = delete;

  void mount(wire::Router& router) {
    repositories_.mount(router);
    tags_.mount(router);
    policies_.mount(router);
    images_.mount(router);
    layers_.mount(router);
  }
  // Background work, in a scope that ends before this.
  void start(io::TaskScope& scope) { scope.spawn(keeper_.run()); }

  RegistryFront& front() { return front_; }
  ImageSource& source() { return source_; }

 private:
  Parts parts_;
  LayerStore store_{parts_};
  Repositories repositories_{parts_};
  RepositoryTags tags_{parts_};
  Policies policies_{parts_};
  Images images_{parts_};
  Layers layers_{parts_, store_};
  RegistryFront front_{parts_, store_};
  ImageSource source_{parts_};
  Keeper keeper_{parts_};
};

}  // namespace hearth::services::ecr
