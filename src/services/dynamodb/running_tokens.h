// Tokens of the transactions that are under way here: who asks for one again meanwhile is told so.
//
// Threads: any.
#pragma once
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/result.h"

namespace hearth::services::dynamodb {

class RunningTokens {
 public:
  // A token is running while its holder lives.
  class Holder {
   public:
    Holder(RunningTokens& tokens, std::string key) : tokens_(&tokens), key_(std::move(key)) {}
    Holder(Holder&& other) noexcept : tokens_(std::exchange(other.tokens_, nullptr)), key_(other.key_) {}
    Holder& operator=(Holder&&) = delete;
    ~Holder() {
      if (tokens_) tokens_->end(key_);
    }

   private:
    RunningTokens* tokens_;
    std::string key_;
  };

  // "TransactionInProgressException" when it is running already.
  Result<Holder> begin(const std::string& account, const std::string& token) {
    std::string key = account + ":" + token;
    const std::scoped_lock lock(mutex_);
    if (running_.insert(key).second) return Holder(*this, std::move(key));
    return fail(Error{.code = "TransactionInProgressException",
                      .message = "The transaction with the given request token is already in progress."});
  }

 private:
  void end(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    running_.erase(key);
  }

  std::mutex mutex_;
  std::set<std::string> running_;
};

}  // namespace hearth::services::dynamodb
