// What ECR says, in one place. Codes and statuses are the model's; how the distribution API says the same is
// in registry_errors.h.
#pragma once
#include <fmt/format.h>

#include "api/ecr.h"
#include "services/ecr/repository_ref.h"

namespace hearth::services::ecr::errors {

using namespace api::ecr::errors;  // NOLINT(google-build-using-namespace): it is this one, with texts

inline Error invalid_parameter(std::string_view name, std::string_view constraint) {
  return invalid_parameter_exception(
      fmt::format("Invalid parameter at '{}' failed to satisfy constraint: '{}'", name, constraint));
}
// "the repository with name 'a' in the registry with id '000000000000'", as most texts end.
inline std::string place_of(const RepositoryRef& ref) {
  return fmt::format("the repository with name '{}' in the registry with id '{}'", ref.name, ref.account);
}
inline Error no_repository(const RepositoryRef& ref) {
  return repository_not_found_exception(fmt::format(
      "The repository with name '{}' does not exist in the registry with id '{}'", ref.name, ref.account));
}
inline Error repository_exists(const RepositoryRef& ref) {
  return repository_already_exists_exception(fmt::format(
      "The repository with name '{}' already exists in the registry with id '{}'", ref.name, ref.account));
}
inline Error repository_not_empty(const RepositoryRef& ref) {
  return repository_not_empty_exception(fmt::format(
      "The repository with name '{}' in registry with id '{}' cannot be deleted because it still contains "
      "images",
      ref.name, ref.account));
}
inline Error no_policy(const RepositoryRef& ref) {
  return repository_policy_not_found_exception("Repository policy does not exist for " + place_of(ref));
}
inline Error no_lifecycle_policy(const RepositoryRef& ref) {
  return lifecycle_policy_not_found_exception("Lifecycle policy does not exist for " + place_of(ref));
}
inline Error no_image(const std::optional<std::string>& digest, const std::optional<std::string>& tag,
                      const RepositoryRef& ref) {
  return image_not_found_exception(
      fmt::format("The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within {}",
                  digest.value_or("null"), tag.value_or("null"), place_of(ref)));
}
inline Error image_exists(std::string_view digest, std::string_view tag, const RepositoryRef& ref) {
  return image_already_exists_exception(
      fmt::format("Image with digest '{}' and tag '{}' already exists in {}", digest, tag, place_of(ref)));
}
inline Error tag_is_immutable(std::string_view tag, const RepositoryRef& ref) {
  return image_tag_already_exists_exception(fmt::format(
      "The image tag '{}' already exists in the '{}' repository and cannot be overwritten because the tag is "
      "immutable.",
      tag, ref.name));
}
inline Error no_layers(const std::string& digests, const RepositoryRef& ref) {
  return layers_not_found_exception(fmt::format(
      "Layers with digests '[{}]' required for pushing image into repository with name '{}' in the registry "
      "with id '{}' do not exist",
      digests, ref.name, ref.account));
}
inline Error no_layer(std::string_view digest, const RepositoryRef& ref) {
  return layers_not_found_exception(
      fmt::format("The layer with digest '{}' does not exist within {}", digest, place_of(ref)));
}
inline Error no_referenced_images(const std::string& digests, const RepositoryRef& ref) {
  return referenced_images_not_found_exception(fmt::format(
      "Images with digests '[{}]' required for pushing image into repository with name '{}' in the registry "
      "with id '{}' do not exist",
      digests, ref.name, ref.account));
}
inline Error no_upload(std::string_view upload, const RepositoryRef& ref) {
  return upload_not_found_exception(
      fmt::format("The upload with id '{}' does not exist within {}", upload, place_of(ref)));
}
inline Error layer_exists(std::string_view digest, const RepositoryRef& ref) {
  return layer_already_exists_exception(
      fmt::format("The layer with digest '{}' already exists within {}", digest, place_of(ref)));
}
inline Error wrong_layer_digest(std::string_view said, std::string_view calculated) {
  return invalid_layer_exception(fmt::format(
      "The layer's digest '{}' does not match the digest of the uploaded bytes, '{}'", said, calculated));
}

}  // namespace hearth::services::ecr::errors
