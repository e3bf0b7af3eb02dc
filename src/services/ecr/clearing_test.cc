// Promise: what nobody needs leaves nothing behind.
#include "services/ecr/clearing.h"

#include "services/ecr/testing.h"

namespace hearth::services::ecr {
namespace {

using ClearingTest = EcrTest;

TEST_F(ClearingTest, GoesOnWhereACrashLeftIt) {
  for (int i = 0; i < 5; ++i) push_image("layer " + std::to_string(i), "t" + std::to_string(i));
  const std::string upload = run(layers.begin(ref)).value();
  ASSERT_TRUE(run(layers.append(ref, upload, 0, io::Body(std::string("12345")))));
  EXPECT_EQ(files(), 7u);
  auto remove = [&](store::Transaction& tx) -> Async<void> {
    repositories(tx, ref).erase(store::Key(ref.name));
    mark_for_clearing(tx, 1);
    co_return {};
  };
  ASSERT_TRUE(run(store->transact(remove)));
  ASSERT_TRUE(run(clear_marked(parts)));
  EXPECT_EQ(files(), 0u);
  auto left = [](store::Transaction& tx) -> Async<size_t> {
    TRY(const store::Page page,
        co_await tx.scan({.range = {.begin = store::Key("ecr").bytes(), .end = store::Key("ecs").bytes()}}));
    co_return page.rows.size();
  };
  EXPECT_EQ(run(store->read(left)).value(), 0u);
}

TEST_F(ClearingTest, AnotherRepositoryKeepsWhatItShares) {
  const auto digest = push_layer("layer");
  RepositoryRef other = ref;
  other.name = "other";
  make(other);
  ASSERT_TRUE(run(layers.mount(other, ref, digest)).value());
  ASSERT_TRUE(run(clear(parts, 1)));
  EXPECT_TRUE(run(layers.find(other, digest)).value());
  EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace hearth::services::ecr
