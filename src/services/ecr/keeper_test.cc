// Promise: what nobody needs leaves nothing behind; what is in use stays.
#include "services/ecr/keeper.h"

#include "services/ecr/limits.h"
#include "services/ecr/testing.h"

namespace hearth::services::ecr {
namespace {

class KeeperTest : public EcrTest {
 protected:
  void rule(std::string lifecycle) {
    auto body = [&](store::Transaction& tx) -> Async<void> {
      TRY(RepositoryRecord record, co_await require_repository(tx, ref));
      record.lifecycle = lifecycle;
      repositories(tx, ref).put(store::Key(ref.name), record);
      co_return {};
    };
    ASSERT_TRUE(run(store->transact(body)));
  }

  Keeper keeper{parts};
};

TEST_F(KeeperTest, DropsUploadsAndLayersThatNobodyWentOnWith) {
  const std::string image = push_image("used");
  push_layer("unused");
  const std::string old = run(layers.begin(ref)).value();
  ASSERT_TRUE(run(layers.append(ref, old, 0, io::Body(std::string("12345")))));
  ASSERT_TRUE(run(keeper.look(Keeper::Kind::kLeftovers)));
  EXPECT_EQ(files(), 4u);

  clock.pass(limits::kUploadLife - std::chrono::hours(1));
  const std::string young = run(layers.begin(ref)).value();
  clock.pass(std::chrono::hours(2));
  ASSERT_TRUE(run(keeper.look(Keeper::Kind::kLeftovers)));
  EXPECT_FALSE(run(layers.find_upload(ref, old)));
  EXPECT_TRUE(run(layers.find_upload(ref, young)));
  EXPECT_FALSE(has_layer("unused"));
  EXPECT_TRUE(has_layer("used"));
  EXPECT_TRUE(has_image(image));
  EXPECT_EQ(files(), 2u);
}

TEST_F(KeeperTest, ExpiresImagesByAge) {
  rule(R"({"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePushed",
      "countUnit":"days","countNumber":3},"action":{"type":"expire"}}]})");
  const std::string old = push_image("old", "old");
  clock.pass(std::chrono::days(2));
  const std::string young = push_image("young", "young");
  ASSERT_TRUE(run(keeper.look(Keeper::Kind::kImages)));
  EXPECT_TRUE(has_image(old));
  clock.pass(std::chrono::days(1));
  ASSERT_TRUE(run(keeper.look(Keeper::Kind::kImages)));
  EXPECT_FALSE(has_image(old));
  EXPECT_FALSE(has_layer("old"));
  EXPECT_TRUE(has_image(young));
  EXPECT_TRUE(has_layer("{}"));  // the configuration of both
}

TEST_F(KeeperTest, ExpiresMoreThanOneTransactionTakes) {
  for (int i = 0; i < 60; ++i) {
    push_image("layer " + std::to_string(i));
    clock.pass(std::chrono::seconds(1));
  }
  rule(R"({"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"imageCountMoreThan",
      "countNumber":3},"action":{"type":"expire"}}]})");
  ASSERT_TRUE(run(keeper.look(Keeper::Kind::kImages)));
  EXPECT_EQ(files(), 4u);
  EXPECT_TRUE(has_layer("layer 59") && has_layer("layer 57"));
}

}  // namespace
}  // namespace hearth::services::ecr
