// Reads, keeps and unpacks images of functions whose create or update has been answered, and then has
// Activation bring them to their final state; or ends their Pending in Failed, their InProgress in a Failed
// update that leaves them what they had. What is to be done lies in the store, so a crash delays it and loses
// nothing.
#pragma once
#include <chrono>
#include <optional>

#include "services/lambda/parts.h"
#include "services/lambda/records.h"

namespace hearth::services::lambda {

class ImageArrivals {
 public:
  static constexpr size_t kAtOnce = 4;  // functions whose image is read
  static constexpr int kTriesMax = 5;   // where a source cannot be asked, or the store has no room
  static constexpr std::chrono::hours kFetchTimeMax{2};

  explicit ImageArrivals(Parts& parts) : parts_(parts) {}

  // Marks the function, which has a coming image, in the transaction that changes it.
  static void enqueue(store::Transaction& tx, const FunctionRef& ref);

  // Runs until the scope it is spawned in ends.
  Task<void> run();

 private:
  // `last`: nothing is tried again.
  Async<void> bring(FunctionRef ref, bool last);
  Async<void> settle(FunctionRef ref, const std::optional<ComingImage>& coming,
                     const Result<ImageStore::Arrived>& arrived);

  Parts& parts_;
};

}  // namespace hearth::services::lambda
