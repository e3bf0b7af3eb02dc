// Callers of GetObject that wait for what a function makes of their object. Each has a token that nobody
// guesses; whoever has it may answer, once. The head of the answer comes first, its bytes follow by a pipe.
//
// Nothing of this is stored: who waits is a connection of this process.
//
// Threads: any; what belongs to one answer is used on two loops, the caller's and the answerer's.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/random.h"
#include "io/future.h"
#include "io/pipe.h"

namespace hearth::services::s3 {

class PendingAnswers {
 public:
  struct Head {
    json::object document;  // the input of WriteGetObjectResponse
    std::optional<uint64_t> size_bytes;
  };
  using Begun = Result<Head>;

  // The caller's side. The token ends with it.
  class Waiting {
   public:
    Waiting(PendingAnswers& answers, std::string token, std::unique_ptr<io::BodySource> source)
        : bytes(std::move(source)), answers_(answers), token_(std::move(token)) {}
    Waiting(const Waiting&) = delete;
    ~Waiting() { answers_.forget(token_); }

    const std::string& token() const { return token_; }

    io::Future<Begun> begun;
    std::unique_ptr<io::BodySource> bytes;
    // Set before the bytes end, when they are all there are.
    std::shared_ptr<std::atomic<bool>> whole = std::make_shared<std::atomic<bool>>(false);

   private:
    PendingAnswers& answers_;
    std::string token_;
  };

  // The function's side. The first who sets `begun` decides.
  struct Answerer {
    io::Promise<Begun> begun;
    io::PipeWriter bytes;
    std::shared_ptr<std::atomic<bool>> whole;
  };

  explicit PendingAnswers(Random& random) : random_(random) {}
  PendingAnswers(const PendingAnswers&) = delete;

  // `access_point` is the ARN by which the caller came. This outlives what it gives.
  std::unique_ptr<Waiting> open(std::string access_point);

  // The access point of a token that still waits for its answer.
  std::optional<std::string> access_point_of(const std::string& token) const;
  // Whoever takes it is the only one.
  std::optional<Answerer> take(const std::string& token);
  size_t size() const;

 private:
  struct Entry {
    std::string access_point;
    Answerer answerer;
  };
  void forget(const std::string& token);

  Random& random_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace hearth::services::s3
